/**
 * The log of a server: JSON lines on standard error, one an event, or text for people. It never throws and never waits: what standard error does not
 * take waits, up to a limit, and repeated lines are counted. Knows nothing of who logs.
 */
import { performance } from 'node:perf_hooks'
import { type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { countRepeats } from './count-repeats.js'
import { type LineOutput, LineSink } from './line-sink.js'
import { type LogRecord, logText } from './log-text.js'
import type { LogFormat, LogLevel } from './runtime-options.js'
import type { AppLog, LogFields } from './runtime.js'
import { standardError } from './standard-error.js'

/** How soon a log that was full is tried again. */
const RETRY_MS = 50
/** How long the end of the process may wait for the last lines. */
const EXIT_MS = 200

export interface StderrLogOptions {
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly logQueuedBytesMax: number
  readonly logLinesPerSecond: number
  readonly now: () => number
}

/** One for all logs of the process. */
let output: LineOutput | null = null
/** Those that have lines that standard error did not take. */
const waiting = new Set<LineSink>()

export function stderrLog(given: StderrLogOptions): AppLog {
  const { logLevel, logFormat, logQueuedBytesMax, logLinesPerSecond, now } = given
  const shown = logFormat === 'text' ? textOf : (line: string): string => line
  const options = {
    level: logLevel,
    messageKey: 'event',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
    base: { pid: process.pid },
  }
  let told = ''
  const log = logOf(pino(options, { write: (line) => void (told = shown(line)) }))
  if (output === null) process.once('exit', flushAtExit)
  output ??= standardError()
  const sink: LineSink = new LineSink({
    output,
    queuedBytesMax: logQueuedBytesMax,
    later(run) {
      waiting.add(sink)
      later(RETRY_MS, () => {
        waiting.delete(sink)
        run()
      })
    },
    droppedLine(count) {
      log.warn('log.dropped', { count })
      return told
    },
  })
  const lines = logOf(pino(options, { write: (line) => sink.write(shown(line)) }))
  return countRepeats(lines, { linesPerSecond: logLinesPerSecond, now, later })
}

function textOf(line: string): string {
  const colors = process.stderr.isTTY && process.stderr.hasColors() && !process.env['NO_COLOR']
  return logText(JSON.parse(line) as LogRecord, colors)
}

function later(delayMs: number, run: () => void): void {
  setTimeout(run, delayMs).unref()
}

/** The lines that say why a process ends are worth a moment, and no more. */
function flushAtExit(): void {
  const until = performance.now() + EXIT_MS
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (const sink of waiting) {
    while (!sink.flush() && performance.now() < until) Atomics.wait(pause, 0, 0, 5)
  }
}

function logOf(logger: Logger): AppLog {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error'): AppLog['info'] =>
    (event, fields) => {
      try {
        logger[level](fields ?? {}, event)
      } catch (error) {
        // A getter of what is logged threw: the line goes without its fields.
        logger[level]({ error: error instanceof Error ? error.message : typeof error }, event)
      }
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields: LogFields) => logOf(logger.child(fields)),
  }
}
