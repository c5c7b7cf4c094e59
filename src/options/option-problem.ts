/** What is wrong with one value that was given for an option. Throws nothing. */
import type { Option } from './option-table.js'
import { OPTION_WORDS } from './read-options.js'
import { wrongValue } from './read-table.js'

/** Null where the value is accepted. `name` is what the user wrote: `port`, `limits.graceMs`. */
export function optionProblem(name: string, option: Option, value: unknown): string | null {
  return option.accepts(option as never, value) ? null : wrongValue(OPTION_WORDS, name, option, value)
}

/** The same for a value that was read from a text, which is shown as it stands there. */
export function textProblem(name: string, option: Option, value: unknown, text: string): string | null {
  if (option.accepts(option as never, value)) return null
  return wrongValue({ ...OPTION_WORDS, shown: () => `'${text}'` }, name, option, text)
}
