/**
 * The one reader of options: an object that a user gave against a table, with every default filled in. What is not
 * accepted is refused with the option, its value, what it must be and the default. How values are shown comes from outside,
 * since browsers carry less of that (`read-options.ts` has it for servers).
 */
import { CentrumError } from '../protocol/errors.js'
import type { ChoiceOption, NumberOption, Option, OptionTable, OptionValues } from './option-table.js'

/** Where options were given, for the errors about them. */
export interface OptionPlace {
  /** The call: `startFront`. Each message begins with it. */
  readonly call: string
  /** What stands before the names: `backs[0].` where they are those of an entry. */
  readonly path?: string
  readonly code?: 'invalid-option' | 'invalid-definition'
}

/** How errors show values and guess at names. */
export interface OptionWords {
  /** A value that is not accepted; of an option that is secret its type alone. */
  shown(value: unknown, option?: Option): string
  /** ` Did you mean 'none'?`, or nothing. */
  near?(value: unknown, choices: readonly string[] | undefined): string
  /** Which options a table has, and the one that is nearest to an unknown name; or nothing. */
  names?(table: OptionTable, unknown?: string): string
}

/** Throws a `CentrumError` `invalid-option`, or with the code of the place. */
export function readTable<const T extends OptionTable>(
  words: OptionWords,
  place: OptionPlace,
  table: T,
  given: unknown,
): OptionValues<T> {
  const { path = '' } = place
  if (Object(given) !== given || Array.isArray(given)) {
    refuseOption(place, `${path.slice(0, -1) || 'options'} is ${words.shown(given)}.${words.names?.(table) ?? ''}`)
  }
  const own = given as Readonly<Record<string, unknown>>
  for (const name of Object.keys(own)) {
    if (Object.hasOwn(table, name)) continue
    refuseOption(place, `there is no option '${path}${name}'.${words.names?.(table, name) ?? ''}`)
  }
  const values: Record<string, string | number> = {}
  for (const [name, option] of Object.entries(table)) {
    values[name] = readValue(words, place, path + name, option, own[name]) as number
  }
  for (const [name, option] of Object.entries(table)) {
    const { notAbove } = option as Partial<NumberOption>
    const limit = notAbove && values[notAbove]
    if (limit && Number(values[name]) > Number(limit)) {
      refuseOption(
        place,
        `${path}${name} is ${values[name]}, above ${path}${notAbove}, which is ${limit}. Lower the former, or raise the latter.`,
      )
    }
  }
  return values as unknown as OptionValues<T>
}

/** Throws the error of a wrong option. `problem` is a sentence, or several. */
export function refuseOption({ call, code = 'invalid-option' }: OptionPlace, problem: string): never {
  throw new CentrumError(code, `${call}: ${problem}`)
}

/** `port is '8070', a string. It must be a whole number from 0 to 65535; the default is 8080.` */
export function wrongValue(words: OptionWords, name: string, option: Option, value: unknown): string {
  const { choices, default: initial } = option as Partial<ChoiceOption>
  const end = initial === undefined ? '' : `; the default is ${initial}`
  return `${name} is ${words.shown(value, option)}. It must ${option.must(option as never)}${end}.${words.near?.(value, choices) ?? ''}`
}

function readValue(words: OptionWords, place: OptionPlace, name: string, option: Option, value: unknown): unknown {
  if ('limits' in option) return readTable(words, { ...place, path: `${name}.` }, option.limits, value ?? {})
  if (value === undefined) {
    if (option.required) refuseOption(place, `${name} is missing. ${option.required}`)
    return option.none?.() ?? (option as Partial<ChoiceOption>).default
  }
  if (!option.accepts(option as never, value)) refuseOption(place, wrongValue(words, name, option, value))
  return option.read?.(value) ?? value
}
