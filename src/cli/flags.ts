/**
 * How options look on a command line: the flag and the environment variable that follow from a name, and what stands for
 * the value. Knows no command and reads nothing.
 */
import type { Option } from '../options/option-table.js'

/** `graceMs` is `--grace-ms`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `graceMs` is `CENTRUM_GRACE_MS`. */
export function variableOf(name: string): string {
  return `CENTRUM_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** What stands for the value in the help and in errors: `<number>`. Nothing for a switch. */
export function placeholderOf(option: Option): string {
  switch (option.kind) {
    case 'text':
    case 'texts':
      return `<${option.value}>`
    case 'number':
      return `<${option.unit === 'ms' || option.unit === 'bytes' || option.unit === 'per second' ? option.unit : 'number'}>`
    case 'choice':
      return `<${option.choices.join('|')}>`
    case 'folders':
      return '<folder>'
    case 'switch':
      return ''
    case 'limits':
    case 'object':
      return '<object>'
  }
}
