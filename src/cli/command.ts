/**
 * What a command is: its words in the help, its options, and what it does with them. Knows no particular one.
 */
import type { LimitTable, OptionTable, OptionValues } from '../options/option-table.js'
import { type Environment, readCommandLine } from './read-command-line.js'
import type { Terminal } from './terminal.js'
import { UsageError } from './usage-error.js'

/** The surroundings of a command. */
export interface Surroundings {
  readonly terminal: Terminal
  readonly environment: Environment
}

export interface CommandText {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** What it does, as paragraphs. */
  readonly description: readonly string[]
  /** What stands behind the name in its usage line. */
  readonly usage: string
  readonly examples: readonly (readonly [line: string, meaning: string])[]
  /** Its one argument; `any`: several, of which it refuses those that it does not know itself. */
  readonly takes: Argument | 'any' | null
  readonly options: OptionTable
  /** Options too, but listed elsewhere: there are many. */
  readonly limits: LimitTable
}

export interface Command extends CommandText {
  /** Resolves with the exit code. Rejects with a `UsageError` or with whatever failed. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>
}

/** The argument of a command, for its help and for the errors about it. */
export interface Argument {
  /** `<app>`. */
  readonly shown: string
  /** The variable that gives it where no argument does. */
  readonly variable: string
  /** What it is, as sentences. */
  readonly description: string
  /** The beginning of a sentence: `The app's file`. */
  readonly noun: string
  /** What to give, as a sentence. */
  readonly remedy: string
}

/** What a command is given to do its work. */
export interface CommandInput<T extends OptionTable> extends Surroundings {
  /** The argument; empty for a command that takes none. */
  readonly argument: string
  /** Arguments that are no flags, of a command that takes any. */
  readonly args: readonly string[]
  readonly values: OptionValues<T>
  readonly limits: Readonly<Record<string, number>>
}

export function defineCommand<const T extends OptionTable>(
  text: Omit<CommandText, 'options'> & { readonly options: T },
  work: (input: CommandInput<T>) => Promise<number>,
): Command {
  return {
    ...text,
    run(args, surroundings) {
      const line = readCommandLine({ ...text.options, ...text.limits }, args, surroundings.environment)
      const [values, limits] = [text.options, text.limits].map((table) => pick(line.values, Object.keys(table)))
      const argument = readArgument(text, line.positionals, surroundings.environment)
      return work({
        ...surroundings,
        argument,
        args: line.positionals,
        values: values as OptionValues<T>,
        limits: limits as Record<string, number>,
      })
    },
  }
}

function pick(values: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.map((name) => [name, values[name]]))
}

export const APP_ARGUMENT: Argument = {
  shown: '<app>',
  variable: 'CENTRUM_APP',
  description:
    "The app's file, TypeScript or JavaScript. TypeScript is run by tsx if the app has it installed, or else by Node itself (22.18 or later).",
  noun: "The app's file",
  remedy: 'Name the file whose default export is the app, such as app.ts.',
}

function readArgument(
  { takes }: Pick<CommandText, 'takes'>,
  positionals: readonly string[],
  environment: Environment,
): string {
  if (takes === 'any') return ''
  const [first, second] = positionals
  const tooMuch = takes === null ? first : second
  if (tooMuch !== undefined) {
    const why =
      takes === null ? 'this command takes only flags' : `${takes.noun.replace(/^T/, 't')} is already '${first}'`
    throw new UsageError(`Unexpected argument '${tooMuch}': ${why}.`)
  }
  if (takes === null) return ''
  const given = first ?? environment[takes.variable]
  if (given !== undefined && given !== '') return given
  throw new UsageError(`${takes.noun} is missing (and ${takes.variable} is not set). ${takes.remedy}`)
}
