/** What browsers carry of the words about options: they show the value, and neither list names nor guess at them. */
import type { Option } from './option-table.js'
import type { OptionWords } from './read-table.js'

export const PLAIN_WORDS: OptionWords = {
  shown: (value: unknown, option?: Option) => {
    if (option?.secret || ['function', 'symbol', 'undefined'].includes(typeof value)) return `a ${typeof value}`
    if (typeof value === 'string') return `'${value}', a string`
    return value instanceof Object ? 'an object' : `${value as number}`
  },
}
