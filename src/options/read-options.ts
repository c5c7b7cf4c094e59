/**
 * The one reader of options: an object that a user gave against a table, with every default filled in. What is not
 * accepted is refused with the option, its value, what it must be and the default.
 */
import { CentrumError } from '../protocol/errors.js'
import { describeValue, isRecord } from './describe-value.js'
import { optionProblem, publicNames, unknownOption } from './option-problem.js'
import { isList, type Option, type OptionTable, type OptionValues } from './option-table.js'

/** Where options were given, for the errors about them. */
export interface OptionPlace {
  /** The call: `startFront`. Each message begins with it. */
  readonly call: string
  /** What stands before the names: `backs[0].` where they are those of an entry. */
  readonly path?: string
  readonly code?: 'invalid-option' | 'invalid-definition'
}

/** Throws a `CentrumError` `invalid-option`, or with the code of the place. */
export function readOptions<const T extends OptionTable>(
  place: OptionPlace,
  table: T,
  given: unknown,
): OptionValues<T> {
  const { path = '' } = place
  const owner = path === '' ? null : path.slice(0, -1)
  if (!isRecord(given)) {
    const what = owner === null ? 'the options are' : `${owner} is`
    refuseOption(
      place,
      `${what} ${given === undefined ? 'missing' : describeValue(given)}. Give an object with ${publicNames(table).join(', ')}.`,
    )
  }
  for (const name of Object.keys(given))
    if (!Object.hasOwn(table, name)) refuseOption(place, unknownOption(owner, name, table))
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) values[name] = valueOf(place, path + name, option, given[name])
  for (const [name, option] of Object.entries(table)) {
    if (option.kind === 'number' && option.notAbove !== undefined) expectNotAbove(place, values, name, option.notAbove)
  }
  return values as OptionValues<T>
}

/** Throws the error of a wrong option. `problem` is a sentence, or several. */
export function refuseOption({ call, code = 'invalid-option' }: OptionPlace, problem: string): never {
  throw new CentrumError(code, `${call}: ${problem}`)
}

function valueOf(place: OptionPlace, name: string, option: Option, value: unknown): unknown {
  if (option.kind === 'limits') return readOptions({ ...place, path: `${name}.` }, option.limits, value ?? {})
  if (value === undefined) {
    if (option.required !== undefined) refuseOption(place, `${name} is missing. ${option.required}`)
    if (isList(option)) return []
    return 'default' in option ? option.default : undefined
  }
  const problem = optionProblem(name, option, value)
  if (problem !== null) refuseOption(place, problem)
  return isList(option) && !Array.isArray(value) ? [value] : value
}

function expectNotAbove(
  place: OptionPlace,
  values: Readonly<Record<string, unknown>>,
  lower: string,
  upper: string,
): void {
  const { path = '' } = place
  if (Number(values[lower]) <= Number(values[upper])) return
  refuseOption(
    place,
    `${path}${lower} is ${String(values[lower])}, above ${path}${upper}, which is ${String(values[upper])}. Lower the first or raise the second.`,
  )
}
