/**
 * What is wrong with a value that was given for an option, in the words that all errors about options share: the name, the
 * value with its type, what it must be, and the default. Throws nothing.
 */
import { didYouMean } from './closest-name.js'
import { describeValue } from './describe-value.js'
import type { Option, OptionTable } from './option-table.js'

/** Null where the value is accepted. `name` is what the user wrote: `port`, `--port`, `limits.graceMs`. */
export function optionProblem(name: string, option: Option, value: unknown): string | null {
  return option.accepts(option as never, value) ? null : wrongValue(name, option, option.part?.(value) ?? value)
}

/** The problem of a name that is not in the table. `owner` is the option whose entries these are; null for the options of a call. */
export function unknownOption(owner: string | null, name: string, table: OptionTable): string {
  const known = publicNames(table)
  const problem = owner === null ? `there is no option '${name}'` : `${owner} has no '${name}'`
  return `${problem}.${didYouMean(name, known)} There are: ${known.join(', ')}.`
}

/** The names of a table that are shown. */
export function publicNames(table: OptionTable): string[] {
  return Object.keys(table).filter((name) => table[name]?.internal !== true)
}

/** `port is '8070', a string. It must be a whole number from 0 to 65535; the default is 8080.` */
export function wrongValue(name: string, option: Option, value: unknown, shown = shownFor(option, value)): string {
  const near = 'choices' in option && typeof value === 'string' ? didYouMean(value, option.choices) : ''
  const initial = 'default' in option && option.default !== undefined ? `; the default is ${option.default}` : ''
  return `${name} is ${option.secret === true ? `a value of type ${typeof value}, not shown here` : shown}. It must ${option.must(option as never)}${initial}.${near}`
}

/** A number is told from a string where a string is expected, and a string always is. */
function shownFor({ kind }: Option, value: unknown): string {
  return typeof value === 'number' && kind !== 'number' ? `${value}, a number` : describeValue(value)
}
