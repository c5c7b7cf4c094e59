/**
 * The help as text: of the whole, of a command, of all limits. Takes every word from the commands, so that nothing is
 * said twice. Writes nothing.
 */
import type { CommandText } from './command.js'
import { isList, type Limit, type Option } from '../options/option-table.js'
import { flagOf, placeholderOf, variableOf } from './flags.js'

const COLUMNS = 100

/** `centrum --help`. */
export function overviewHelp(commands: readonly CommandText[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length), 'help limits'.length)
  const rows = [
    ...commands.map(({ name, summary }) => [name, summary] as const),
    ['help limits', 'list every limit of backs and fronts, with its flag, variable and default'] as const,
  ]
  const [first] = commands
  return [
    'centrum: realtime channels that outgrow one process',
    '',
    ...wrapped(
      'A channel is a named unit of state and logic, such as a room. A back owns channels: it holds their state and runs their code. A front accepts clients. Any number of backs and fronts form a cluster. All of them run the same app: a file whose default export is the result of defineApp({ … }).',
      '',
    ),
    '',
    'Commands',
    ...rows.map(([name, summary]) => `  centrum ${name.padEnd(width)}  ${summary}`),
    '',
    'Get started',
    ...(first === undefined ? [] : exampleLines(first.examples.slice(0, 1))),
    '',
    ...wrapped(
      'centrum <command> --help explains a command. Every option can be set by a flag or an environment variable; the flag wins. centrum --version prints the version.',
      '',
    ),
    ...wrapped('Exit codes: 0 success, or stopped by a signal; 1 failure; 2 wrong usage.', ''),
  ].join('\n')
}

/** `centrum <command> --help`. */
export function commandHelp(command: CommandText): string {
  const { name, summary, usage, description, takes, options, limits, examples } = command
  const lines = [
    `centrum ${name}: ${summary}`,
    '',
    `  centrum ${[name, usage].filter((part) => part !== '').join(' ')}${hasOptions(command) ? ' [options]' : ''}`,
  ]
  for (const paragraph of description) lines.push('', ...wrapped(paragraph, ''))
  if (takes !== null && takes !== 'any') {
    lines.push('', 'Argument', `  ${takes.shown}, or ${takes.variable}`, ...wrapped(takes.description, '      '))
  }
  if (hasOptions(command)) lines.push('', 'Options (flag, environment variable)')
  for (const [option, declared] of Object.entries(options)) lines.push(...optionLines(option, declared))
  if (Object.keys(limits).length > 0) {
    lines.push(
      '',
      ...wrapped(
        `Each of the ${Object.keys(limits).length} limits is an option, too, such as ${someLimits(limits)}. centrum help limits lists them.`,
        '',
      ),
    )
  }
  lines.push('', examples.length === 1 ? 'Example' : 'Examples', ...exampleLines(examples))
  return lines.join('\n')
}

/** `centrum help limits`: each limit once, under the commands that take it. */
export function limitsHelp(commands: readonly CommandText[]): string {
  const lines = [
    ...wrapped(
      'Every queue, buffer and wait has a limit. The defaults suit ordinary use; each can be set by a flag or an environment variable.',
      '',
    ),
  ]
  const byTakers = new Map<string, (readonly [string, Limit])[]>()
  const names = new Set(commands.flatMap(({ limits }) => Object.keys(limits)))
  for (const name of names) {
    const takers = commands.filter(({ limits }) => name in limits)
    const option = takers[0]?.limits[name]
    if (option === undefined) continue
    const title = `Limits of ${takers.map((taker) => `centrum ${taker.name}`).join(', ')}`
    byTakers.set(title, [...(byTakers.get(title) ?? []), [name, option]])
  }
  for (const [title, limits] of byTakers) {
    lines.push('', title)
    for (const [name, option] of limits) lines.push(...optionLines(name, option))
  }
  return lines.join('\n')
}

function hasOptions({ options, limits }: CommandText): boolean {
  return Object.keys(options).length + Object.keys(limits).length > 0
}

function someLimits(limits: CommandText['limits']): string {
  return Object.keys(limits).slice(0, 2).map(flagOf).join(' and ')
}

function optionLines(name: string, option: Option): string[] {
  return [
    `  ${`${flagOf(name)} ${placeholderOf(option)}`.trimEnd()}, ${variableOf(name)}`,
    ...wrapped(`${option.description}${footOf(option)}`, '      '),
  ]
}

function footOf(option: Option): string {
  if (option.required !== undefined) return ' Required.'
  if (isList(option)) return listNote(option)
  if (option.kind === 'switch') return ' Set the variable to 1 or 0. Default: 0.'
  const range = option.kind === 'number' && option.unit !== 'port' ? ` From ${option.min} to ${option.max}.` : ''
  const initial = 'default' in option ? option.default : undefined
  return `${range}${initial === undefined ? '' : ` Default: ${initial}.`}`
}

/** How to give several values, as the end of a description; empty for an option with one value. */
export function listNote(option: Option): string {
  if (!isList(option)) return ''
  return ` Repeat the flag for several values; in the variable, separate them ${option.kind === 'texts' ? 'with commas' : 'as in PATH'}.`
}

function exampleLines(examples: CommandText['examples']): string[] {
  return examples.flatMap(([line, meaning]) => [`  ${line}`, ...wrapped(meaning, '      ')])
}

/** Lines of at most `COLUMNS`, broken between words. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = indent
    }
    line += line.length > indent.length ? ` ${word}` : word
  }
  return [...lines, line]
}
