/**
 * How options are declared: a table of names with kinds, defaults, bounds and descriptions. From it follow what is
 * accepted, the types, the flags and variables of the command, its help and the tables of the documents. Reads nothing.
 */

interface AnyOption {
  /**
   * What it means, as sentences. Shown in the help and in the documents. Tables that browsers carry leave it out: there
   * it is the comment of the row.
   */
  readonly description?: string
  /** Refused without it. The text says what to give, as a sentence. */
  readonly required?: string
  /** Accepted, and shown nowhere: of use to the project itself. */
  readonly internal?: true
  /** Its value is never shown. */
  readonly secret?: true
}

/** What a kind of option brings along. */
interface Kind<O, Name extends string> {
  readonly kind: Name
  readonly accepts: (option: O, value: unknown) => boolean
  /** What the value must be, as the end of the sentence "It must …". */
  readonly must: (option: O) => string
  /** What of a value errors show; all of it where this is left out. */
  readonly part?: (value: unknown) => unknown
  /** What an accepted value is read as; itself where this is left out. */
  readonly read?: (value: unknown) => unknown
  /** What is read where nothing is given and there is no default. */
  readonly none?: () => unknown
}

export type Unit = 'ms' | 'bytes' | 'count' | 'per second' | 'times' | 'part' | 'port'

export interface NumberOption extends AnyOption, Kind<NumberOption, 'number'> {
  readonly min: number
  readonly max: number
  readonly unit: Unit
  /** Whether parts of a whole are accepted. */
  readonly fraction?: true
  readonly default?: number
  /** The option of the same table that this one must not exceed. */
  readonly notAbove?: string
}

export interface TextOption extends AnyOption, Kind<TextOption, 'text'> {
  /** Stands for the value in the help: `--id <name>`. */
  readonly value: string
  readonly default?: string
  /** What it must look like, and that as the end of the sentence "It must …". */
  readonly form?: { readonly matches: RegExp; readonly must: string }
}

export interface ChoiceOption extends AnyOption, Kind<ChoiceOption, 'choice'> {
  readonly choices: readonly string[]
  readonly default?: string
}

/** Texts: a list, or a single one. The flag may be given several times, the variable separates them by commas. */
export interface TextsOption extends AnyOption, Kind<TextsOption, 'texts'> {
  /** Stands for one of them in the help: `--drain-to <url>`. */
  readonly value: string
  /** What is read where none is given; `none` reads it. */
  readonly default?: string
}

/** Folders of a command: likewise, and the variable separates them like PATH does. */
export interface FoldersOption extends AnyOption, Kind<FoldersOption, 'folders'> {}

/** On or off. A flag needs no value. */
export interface SwitchOption extends AnyOption, Kind<SwitchOption, 'switch'> {}

/** An object of limits: single ones replace the defaults. */
export interface LimitsOption extends AnyOption, Kind<LimitsOption, 'limits'> {
  readonly limits: LimitTable
}

/** Anything else: a function, an object with methods. */
export interface ObjectOption<T = unknown> extends AnyOption, Kind<ObjectOption, 'object'> {
  readonly is: (value: unknown) => value is T
  /** What it must be, as the end of the sentence "It must be …". */
  readonly expected: string
}

export type Option =
  | NumberOption
  | TextOption
  | ChoiceOption
  | TextsOption
  | FoldersOption
  | SwitchOption
  | LimitsOption
  | ObjectOption
export type OptionTable = Readonly<Record<string, Option>>

/** A number with a default that bounds something. `description` says what, and what happens at it. */
export interface Limit extends NumberOption {
  readonly default: number
}

export type LimitTable = Readonly<Record<string, Limit>>
/** All limits of a table, with their values. */
export type LimitsOf<T extends LimitTable> = { readonly [Name in keyof T]: number }
/** Some of them, as a user gives them. */
export type GivenLimits<T extends LimitTable> = { readonly [Name in keyof T]?: number | undefined }

/** What a user gives for one option. */
type GivenOf<O extends Option> = O extends {
  readonly kind: 'object'
  readonly is: (value: unknown) => value is infer T
}
  ? T
  : O extends { readonly kind: 'limits'; readonly limits: infer L extends LimitTable }
    ? GivenLimits<L>
    : O extends { readonly kind: 'choice'; readonly choices: readonly (infer C)[] }
      ? C
      : O extends { readonly kind: 'number' }
        ? number
        : O extends { readonly kind: 'text' }
          ? string
          : O extends { readonly kind: 'switch' }
            ? boolean
            : string | readonly string[]

type RequiredNames<T extends OptionTable> = {
  [Name in keyof T]: T[Name] extends { readonly required: string } ? Name : never
}[keyof T]
type InternalNames<T extends OptionTable> = {
  [Name in keyof T]: T[Name] extends { readonly internal: true } ? Name : never
}[keyof T]

/** What a user gives for a table. */
export type GivenOptions<T extends OptionTable> = {
  readonly [Name in keyof T as Name extends RequiredNames<T> ? Name : never]: GivenOf<T[Name]>
} & {
  readonly [Name in keyof T as Name extends RequiredNames<T> | InternalNames<T> ? never : Name]?:
    | GivenOf<T[Name]>
    | undefined
}

/** What was given for an option, or its default. */
export type OptionValue<O extends Option> = O extends TextsOption | FoldersOption
  ? readonly string[]
  : O extends SwitchOption
    ? boolean
    : O extends { readonly kind: 'limits'; readonly limits: infer L extends LimitTable }
      ? LimitsOf<L>
      :
          | GivenOf<O>
          | (O extends { readonly required: string } | { readonly default: string | number } ? never : undefined)

export type OptionValues<T extends OptionTable> = { readonly [Name in keyof T]: OptionValue<T[Name]> }

/** Whether several values are given. */
export function isList(option: Option): option is FoldersOption | TextsOption {
  return option.kind === 'folders' || option.kind === 'texts'
}
