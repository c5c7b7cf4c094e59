/** What browsers carry of the words about options: they show the value, and neither list names nor guess at them. */
import type { Option } from './option-table.js'
import type { OptionWords } from './read-table.js'

export const PLAIN_WORDS: OptionWords = {
  shown: (value: unknown, option?: Option) => {
    const isOpaque = option?.secret || typeof value === 'function' || value === undefined
    return isOpaque ? `a ${typeof value}` : String(JSON.stringify(value))
  },
}
