/**
 * Reads a command's options from its arguments and from environment variables; arguments win. Whatever does not fit is
 * refused with the option, the value, where it came from and what would do. Knows no command and touches no file.
 */
import { delimiter } from 'node:path'
import { parseArgs } from 'node:util'
import { didYouMean } from '../options/closest-name.js'
import { textProblem } from '../options/option-problem.js'
import { isList, type Option, type OptionTable, type OptionValues } from '../options/option-table.js'
import { flagOf, placeholderOf, variableOf } from './flags.js'
import { UsageError } from './usage-error.js'

export type Environment = Readonly<Record<string, string | undefined>>

export interface CommandLine<T extends OptionTable> {
  readonly values: OptionValues<T>
  /** Arguments that are no flags, in order. */
  readonly positionals: readonly string[]
}

/** A text that was given for an option, and by what: `--port` or `CENTRUM_PORT`. */
interface Source {
  readonly by: string
  readonly texts: readonly string[]
}

/** Throws a `UsageError` that names the option, the value and the remedy. */
export function readCommandLine<const T extends OptionTable>(
  table: T,
  args: readonly string[],
  environment: Environment,
): CommandLine<T> {
  const { flags, positionals } = readFlags(table, args)
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(table)) {
    const source = flags.get(name) ?? fromEnvironment(name, option, environment)
    values[name] = source === undefined ? initialOf(name, option) : valueOf(option, source)
  }
  return { values: values as OptionValues<T>, positionals }
}

function readFlags(table: OptionTable, args: readonly string[]): { flags: Map<string, Source>; positionals: string[] } {
  const names = new Map(Object.keys(table).map((name) => [flagOf(name).slice(2), name]))
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...names].map(
        ([flag, name]) => [flag, { type: isSwitch(table[name]) ? 'boolean' : 'string', multiple: true }] as const,
      ),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const flags = new Map<string, Source>()
  const positionals: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const name = names.get(token.name)
    const option = name === undefined ? undefined : table[name]
    if (name === undefined || option === undefined) throw unknownFlag(token.rawName, [...names.keys()])
    const text = isSwitch(option)
      ? (token.value ?? '1')
      : textOf(token.rawName, token.value, token.inlineValue === true, option)
    const before = flags.get(name)?.texts ?? []
    if (before.length > 0 && !isList(option)) {
      throw new UsageError(
        `${token.rawName} is given twice${option.secret === true ? '' : `: '${before[0]}' and '${text}'`}. Keep one.`,
      )
    }
    flags.set(name, { by: token.rawName, texts: [...before, text] })
  }
  return { flags, positionals }
}

/** How a switch is set where a value is written. */
const SWITCHES: Readonly<Record<string, boolean>> = { '1': true, true: true, '0': false, false: false }

function isSwitch(option: Option | undefined): boolean {
  return option?.kind === 'switch'
}

function unknownFlag(rawName: string, known: readonly string[]): UsageError {
  const hint = didYouMean(
    rawName,
    known.map((flag) => `--${flag}`),
  )
  return new UsageError(`This command has no flag ${rawName}.${hint}`)
}

function textOf(rawName: string, value: string | undefined, inline: boolean, option: Option): string {
  if (value === undefined) {
    throw new UsageError(`${rawName} has no value. Write ${rawName} ${placeholderOf(option)}.`)
  }
  if (value === '') throw new UsageError(`${rawName} is empty. Write ${rawName} ${placeholderOf(option)}.`)
  // What begins with a dash is far more often the next flag than a value.
  if (value.startsWith('-') && !inline) {
    throw new UsageError(
      `${rawName} has no value: it is followed by '${value}', which looks like a flag. Write ${rawName} ${placeholderOf(option)}, or ${rawName}=${value} if that is the value.`,
    )
  }
  return value
}

/** An empty variable counts as none: that is how one is taken back in compose files and shells. */
function fromEnvironment(name: string, option: Option, environment: Environment): Source | undefined {
  const by = variableOf(name)
  const text = environment[by]
  if (text === undefined || text === '') return undefined
  if (!isList(option)) return { by, texts: [text] }
  const parts = option.kind === 'folders' ? text.split(delimiter) : text.split(',').map((part) => part.trim())
  return { by, texts: parts.filter((part) => part !== '') }
}

function initialOf(name: string, option: Option): unknown {
  if (option.required !== undefined) {
    throw new UsageError(`${flagOf(name)} is missing (and ${variableOf(name)} is not set). ${option.required}`)
  }
  if (isList(option)) return []
  if (isSwitch(option)) return false
  return 'default' in option ? option.default : undefined
}

function valueOf(option: Option, { by, texts }: Source): unknown {
  const [text = ''] = texts
  const value = isList(option)
    ? texts
    : option.kind === 'number' && /^\d+$/.test(text)
      ? Number(text)
      : isSwitch(option)
        ? SWITCHES[text]
        : text
  const problem = textProblem(by, option, value, text)
  if (problem === null) return value
  throw new UsageError(problem)
}
