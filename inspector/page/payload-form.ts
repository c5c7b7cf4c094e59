/** A payload by its JSON Schema: a field for each property of an object that is simple, else one for JSON. */
import { make } from './element.js'

interface JsonSchema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly enum?: readonly unknown[]
  readonly minimum?: number
}

const SIMPLE = ['string', 'number', 'integer', 'boolean']

/** Fills `into` with fields; returns what reads them. Throws a `SyntaxError` where JSON is expected and is not there. */
export function payloadForm(into: HTMLElement, schemaText: string | null): () => unknown {
  const schema = schemaText === null ? {} : (JSON.parse(schemaText) as JsonSchema)
  const properties = Object.entries(schema.properties ?? {})
  const isSimple = schema.type === 'object' && properties.length > 0 && properties.every(([, each]) => isField(each))
  if (isSimple) {
    const fields = properties.map(([name, each]) => {
      const isRequired = schema.required?.includes(name) === true
      return [name, field(into, isRequired ? name : `${name} (optional)`, each, isRequired)] as const
    })
    return () => {
      const values: [string, unknown][] = fields.map(([name, read]) => [name, read()])
      return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as unknown
    }
  }
  if (isField(schema)) return field(into, `payload: ${schema.type}`, schema, true)
  const text = document.createElement('textarea')
  text.rows = 3
  text.placeholder = schemaText ?? 'JSON, or nothing'
  into.append(make('label', '', 'payload, as JSON', text))
  return () => (text.value.trim() === '' ? undefined : (JSON.parse(text.value) as unknown))
}

function isField({ type, enum: choices }: JsonSchema): boolean {
  return choices !== undefined || SIMPLE.includes(type ?? '')
}

function field(
  into: HTMLElement,
  label: string,
  { type, enum: choices, minimum }: JsonSchema,
  isRequired: boolean,
): () => unknown {
  const given = type === 'boolean' ? [true, false] : choices
  if (given !== undefined) {
    const select = document.createElement('select')
    if (!isRequired) select.append(new Option('', ''))
    for (const [index, choice] of given.entries()) select.append(new Option(String(choice), String(index)))
    into.append(make('label', '', label, select))
    return () => (select.value === '' ? undefined : given[Number(select.value)])
  }
  const input = document.createElement('input')
  const isNumber = type !== 'string'
  if (isNumber) {
    input.type = 'number'
    input.step = type === 'integer' ? '1' : 'any'
    if (isRequired) input.value = String(Math.max(0, minimum ?? 0))
  }
  into.append(make('label', '', label, input))
  return () =>
    isNumber
      ? input.value === ''
        ? undefined
        : Number(input.value)
      : isRequired || input.value
        ? input.value
        : undefined
}
