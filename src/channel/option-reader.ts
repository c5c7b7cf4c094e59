/**
 * Reads the options of a definition at run time, one by one, and says exactly what is wrong with one: its name, its value
 * and what would do. For users without a compiler, and for values that only exist at run time.
 */

import { CentrumError } from '../protocol/errors.js'
import { didYouMean } from './closest-name.js'
import { isSchema, SENDERS } from './schema.js'
import type { StandardSchema } from './standard-schema.js'

/** The longest name of a message, request or event. */
export const NAME_LENGTH_MAX = 128

/** The longest time that timers can measure: 2^31 - 1 ms, almost 25 days. */
export const TIMER_MS_MAX = 2_147_483_647

export interface NumberRange {
  readonly min: number
  readonly max: number
  readonly unit: string
  readonly integer?: boolean
}

/** Throws the error of a wrong definition. `where` is the call, `problem` a sentence. */
export function refuseDefinition(where: string, problem: string): never {
  throw new CentrumError('invalid-definition', `${where}: ${problem}`)
}

export class OptionReader {
  readonly #where: string
  readonly #options: Readonly<Record<string, unknown>>

  /**
   * @param where the call that options were given to: `defineChannel`.
   * @param known the names of all options that there are.
   */
  constructor(where: string, options: unknown, known: readonly string[]) {
    this.#where = where
    if (!isRecord(options)) this.refuse(`it takes an object of options, got ${describeValue(options)}.`)
    this.#options = options
    for (const name of Object.keys(options)) {
      if (known.includes(name)) continue
      this.refuse(`there is no option '${name}'.${didYouMean(name, known)} There are: ${known.join(', ')}.`)
    }
  }

  refuse(problem: string): never {
    return refuseDefinition(this.#where, problem)
  }

  has(name: string): boolean {
    return this.#options[name] !== undefined
  }

  value(name: string): unknown {
    return this.#options[name]
  }

  schema(name: string): StandardSchema | null {
    return this.has(name) ? this.schemaOf(this.#options[name], name) : null
  }

  /** Checks that a value is a schema without a say on who may send it. */
  schemaOf(value: unknown, name: string): StandardSchema {
    const schema = this.messageSchemaOf(value, name)
    if (SENDERS in schema) {
      this.refuse(
        `${name} can't be ${String(schema[SENDERS])}(…): only messages are sent by others. Give the schema itself.`,
      )
    }
    return schema
  }

  messageSchemaOf(value: unknown, name: string): StandardSchema {
    if (isSchema(value)) return value
    return this.refuse(
      `${name} must be a schema (zod, valibot, arktype, or any with the Standard Schema interface; unchecked<T>() ` +
        `declares without checking), got ${describeValue(value)}.`,
    )
  }

  /** The entries of an option that is an object of named things; none if it is not given. */
  entries(name: string): [name: string, value: unknown][] {
    if (!this.has(name)) return []
    const record = this.#options[name]
    if (!isRecord(record))
      this.refuse(`${name} must be an object with a property for each name, got ${describeValue(record)}.`)
    for (const key of Object.keys(record)) {
      if (key === '') this.refuse(`${name} has an empty name. Give it one.`)
      if (key.length > NAME_LENGTH_MAX) {
        this.refuse(
          `${name} has a name of ${key.length} characters, the limit is ${NAME_LENGTH_MAX}: '${key.slice(0, 32)}…'.`,
        )
      }
    }
    return Object.entries(record)
  }

  number(name: string, range: NumberRange): number | null {
    if (!this.has(name)) return null
    const value = this.#options[name]
    const fits =
      typeof value === 'number' &&
      value >= range.min &&
      value <= range.max &&
      (range.integer !== true || Number.isInteger(value))
    if (fits) return value
    return this.refuse(
      `${name} must be ${range.integer === true ? 'a whole number' : 'a number'} of ${range.unit} ` +
        `from ${range.min} to ${range.max}, got ${describeValue(value)}.`,
    )
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[], otherwise: Choice): Choice {
    if (!this.has(name)) return otherwise
    const value = this.#options[name]
    for (const choice of choices) if (choice === value) return choice
    const near = typeof value === 'string' ? didYouMean(value, choices) : ''
    return this.refuse(
      `${name} must be ${choices.map((choice) => `'${choice}'`).join(' or ')}, got ${describeValue(value)}.${near}`,
    )
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as an error shows it: short, and with its type where that is not plain. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value.length > 64 ? `${value.slice(0, 64)}…` : value}'`
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? `an array of ${value.length}` : `an object with ${namesOf(value)}`
    case 'function':
      return `the function ${value.name === '' ? 'without a name' : value.name}`
    case 'bigint':
    case 'symbol':
      return `the ${typeof value} ${String(value)}`
    default:
      return String(value)
  }
}

function namesOf(value: object): string {
  const names = Object.keys(value)
  if (names.length === 0) return 'no properties'
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
