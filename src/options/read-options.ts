/** The reader of options for servers: errors show values of every type, and guess at mistyped names. */
import { didYouMean } from './closest-name.js'
import { describeValue } from './describe-value.js'
import type { Option, OptionTable, OptionValues } from './option-table.js'
import { type OptionPlace, type OptionWords, readTable } from './read-table.js'

export const OPTION_WORDS: OptionWords = {
  shown: shownFor,
  near: (value, choices = []) => (typeof value === 'string' ? didYouMean(value, choices) : ''),
  names(table, unknown) {
    const known = Object.keys(table).filter((name) => table[name]?.internal !== true)
    return `${unknown === undefined ? '' : didYouMean(unknown, known)} There are: ${known.join(', ')}.`
  },
}

/** Throws a `CentrumError` `invalid-option`, or with the code of the place. */
export function readOptions<const T extends OptionTable>(
  place: OptionPlace,
  table: T,
  given: unknown,
): OptionValues<T> {
  return readTable(OPTION_WORDS, place, table, given)
}

/** A number is told from a string where a string is expected, and a string always is. */
function shownFor(value: unknown, option?: Option): string {
  if (option?.secret === true) return `a value of type ${typeof value}, not shown here`
  const part = option?.part?.(value) ?? value
  return typeof part === 'number' && option?.kind !== 'number' ? `${part}, a number` : describeValue(part)
}
