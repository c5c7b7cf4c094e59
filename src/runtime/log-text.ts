/** A log line for people: the same event and fields as the JSON line has, in the order in which a reader wants them. Knows nothing of streams. */

/** What pino wrote: `level`, `time`, `pid`, `event`, and the fields of the event. */
export type LogRecord = Readonly<Record<string, unknown>>

/** Codes of terminals: SGR parameters. */
const BOLD = 1
const CYAN = 36
const GRAY = 90
const LEVELS: Readonly<Record<string, number>> = { debug: GRAY, info: 32, warn: 33, error: 31 }

/** `12:00:00.000 info  back-1 channel.opened channel=arena/1`, and below it the stack of an error. Ends in a newline. */
export function logText(record: LogRecord, colors: boolean): string {
  const { level, time, pid: _pid, event, error, ...others } = record
  const fields = Object.entries(others)
  // The master that logs stands first; what it says of another one comes later.
  const master = isMaster(fields[0]?.[0]) ? fields.shift() : undefined
  const style = (code: number, text: string): string => (colors ? `\x1b[${code}m${text}\x1b[0m` : text)
  const name = String(level)
  const parts = [
    style(GRAY, String(time).slice(11, 23)),
    style(LEVELS[name] ?? CYAN, name.padEnd(5)),
    ...(master === undefined ? [] : [style(CYAN, String(master[1]))]),
    style(BOLD, String(event)),
    ...fields.map(([key, value]) => `${style(GRAY, `${key}=`)}${shown(value)}`),
  ]
  return `${parts.join(' ')}\n${error === undefined ? '' : `${indented(stackOf(error))}\n`}`
}

function isMaster(field: string | undefined): boolean {
  return field === 'back' || field === 'front'
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  return /^[^\s"'=]+$/.test(value) ? value : JSON.stringify(value)
}

/** Errors arrive as text, or as pino serialized them. */
function stackOf(error: unknown): string {
  if (typeof error === 'string') return printable(error)
  if (typeof error !== 'object' || error === null) return shown(error)
  const { stack, message } = error as { readonly stack?: unknown; readonly message?: unknown }
  return typeof stack === 'string'
    ? printable(stack)
    : typeof message === 'string'
      ? printable(message)
      : JSON.stringify(error)
}

/** What a client sent may be quoted in it, and a terminal obeys control characters. */
function printable(text: string): string {
  return text.replaceAll(/[^\n\P{Cc}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
