/**
 * What an option of a command is: its name, from which its flag and environment variable follow, and what values it takes.
 * Knows no command and reads nothing.
 */

interface AnyOption {
  /** What it means, as sentences. Shown in the help. */
  readonly description: string
  /** The command refuses to run without it. The text is the end of the sentence "--id is missing. …". */
  readonly required?: string
}

/** A text, taken as it is. */
export interface TextOption extends AnyOption {
  readonly kind: 'text'
  /** Stands for the value in the help: `--id <name>`. */
  readonly value: string
  readonly default?: string
  /** Its value is never shown. */
  readonly secret?: boolean
}

export interface NumberOption extends AnyOption {
  readonly kind: 'number'
  readonly min: number
  readonly max: number
  readonly unit: 'ms' | 'bytes' | 'count' | 'per second' | 'port'
  readonly default?: number
}

export interface ChoiceOption extends AnyOption {
  readonly kind: 'choice'
  readonly choices: readonly string[]
  readonly default?: string
}

/** Folders: the flag may be given several times, the variable separates them like PATH does. */
export interface FoldersOption extends AnyOption {
  readonly kind: 'folders'
}

/** Texts: the flag may be given several times, the variable separates them by commas. */
export interface TextsOption extends AnyOption {
  readonly kind: 'texts'
  /** Stands for one of them in the help: `--drain-to <url>`. */
  readonly value: string
}

export type Option = TextOption | NumberOption | ChoiceOption | FoldersOption | TextsOption
export type OptionTable = Readonly<Record<string, Option>>

/** What was given for an option, or its default. */
export type ValueOf<O extends Option> = O extends FoldersOption | TextsOption
  ? readonly string[]
  : | (O extends NumberOption ? number : string)
    | (O extends { readonly required: string } | { readonly default: string | number } ? never : undefined)

export type ValuesOf<T extends OptionTable> = { readonly [Name in keyof T]: ValueOf<T[Name]> }

/** `graceMs` is `--grace-ms`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** `graceMs` is `CENTRUM_GRACE_MS`. */
export function variableOf(name: string): string {
  return `CENTRUM_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** What stands for the value in the help and in errors: `<number>`. */
export function placeholderOf(option: Option): string {
  switch (option.kind) {
    case 'text':
    case 'texts':
      return `<${option.value}>`
    case 'number':
      return `<${option.unit === 'count' || option.unit === 'port' ? 'number' : option.unit}>`
    case 'choice':
      return `<${option.choices.join('|')}>`
    case 'folders':
      return '<folder>'
  }
}

/** Whether the flag may be given several times. */
export function isList(option: Option): option is FoldersOption | TextsOption {
  return option.kind === 'folders' || option.kind === 'texts'
}

/** What a number must be, as the end of a sentence. */
export function rangeOf({ min, max, unit }: NumberOption): string {
  const amount = unit === 'count' || unit === 'port' ? 'a whole number' : `a whole number of ${unit}`
  return `${unit === 'per second' ? 'a whole number per second' : amount} from ${min} to ${max}`
}
