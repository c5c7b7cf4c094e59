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
  /** Whether it takes the app's file. */
  readonly takesApp: boolean
  /** Whether it takes other arguments; it refuses those that it does not know itself. */
  readonly takes?: 'any'
  readonly options: OptionTable
  /** Options too, but listed elsewhere: there are many. */
  readonly limits: LimitTable
}

export interface Command extends CommandText {
  /** Resolves with the exit code. Rejects with a `UsageError` or with whatever failed. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>
}

/** What a command is given to do its work. */
export interface CommandInput<T extends OptionTable> extends Surroundings {
  /** The app's file; empty for a command that takes none. */
  readonly app: string
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
      const app = readApp(text, line.positionals, surroundings.environment)
      return work({
        ...surroundings,
        app,
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

/** The variable that gives the app's file where no argument does. */
export const APP_VARIABLE = 'CENTRUM_APP'

function readApp(
  { takesApp, takes }: Pick<CommandText, 'takesApp' | 'takes'>,
  positionals: readonly string[],
  environment: Environment,
): string {
  if (takes === 'any') return ''
  const [first, second] = positionals
  const tooMuch = takesApp ? second : first
  if (tooMuch !== undefined) {
    throw new UsageError(
      `'${tooMuch}' is too much: ${takesApp ? `the app's file is '${first}' already` : 'only flags are taken here'}.`,
    )
  }
  if (!takesApp) return ''
  const app = first ?? environment[APP_VARIABLE]
  if (app !== undefined && app !== '') return app
  throw new UsageError(
    `The app's file is missing (or ${APP_VARIABLE} in the environment). Give the file whose default export is the app, such as app.ts.`,
  )
}
