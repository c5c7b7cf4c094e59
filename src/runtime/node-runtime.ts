/**
 * The runtime of a server: Node's own clock and randomness, and a log of JSON lines on stderr, one line an event.
 * Knows nothing of who asks.
 */
import { randomFillSync } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { destination, pino, stdSerializers, stdTimeFunctions, type Logger } from 'pino'
import type { AppLog, Clock, LogFields, Random, Runtime, Timer } from './runtime.js'

/** What the log lets through; `silent` is nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface NodeRuntimeOptions {
  /** From the environment variable `CENTRUM_LOG` unless given, else `info`. */
  readonly logLevel?: LogLevel
  /** A log of one's own instead of JSON lines on stderr. */
  readonly log?: AppLog
}

/** The runtime of a server. The app may log to it as well. */
export interface NodeRuntime extends Runtime {
  readonly log: AppLog
}

/** The longest that one timer of Node waits; longer waits are made of several. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** Node's clock, randomness and, on stderr, its log. Throws a `RangeError` for a log level that does not exist. */
export function nodeRuntime(options: NodeRuntimeOptions = {}): NodeRuntime {
  return { clock: nodeClock, random: nodeRandom, log: options.log ?? stderrLog(logLevelOf(options.logLevel)) }
}

const nodeClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, run) {
    // Node may run a timer up to a millisecond early by this clock, and what waits for a moment must not come before it.
    const due = performance.now() + delayMs
    let handle = wait(delayMs)
    function wait(leftMs: number): NodeJS.Timeout {
      return setTimeout(check, Math.min(Math.max(Math.ceil(leftMs), 0), DELAY_MS_MAX))
    }
    function check(): void {
      const leftMs = due - performance.now()
      if (leftMs > 0) handle = wait(leftMs)
      else run()
    }
    return { cancel: () => clearTimeout(handle) }
  },
  soon(run) {
    const handle = setImmediate(run)
    return { cancel: () => clearImmediate(handle) } satisfies Timer
  },
}

const nodeRandom: Random = {
  float: () => Math.random(),
  bytes: (count) => randomFillSync(new Uint8Array(count)),
}

function logLevelOf(given: LogLevel | undefined): LogLevel {
  // An empty variable is one that was not set.
  const wanted = given ?? (process.env['CENTRUM_LOG'] || 'info')
  const level = LOG_LEVELS.find((candidate) => candidate === wanted)
  if (level !== undefined) return level
  const where = given === undefined ? 'CENTRUM_LOG' : 'logLevel'
  throw new RangeError(`${where} is '${wanted}', which is no log level: use one of ${LOG_LEVELS.join(', ')}`)
}

function stderrLog(level: LogLevel): AppLog {
  const options = {
    level,
    messageKey: 'event',
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
    base: { pid: process.pid },
  }
  // Written at once: the line that says why a process ended must not be lost with it.
  return logOf(pino(options, destination({ fd: 2, sync: true })))
}

function logOf(logger: Logger): AppLog {
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
    with: (fields: LogFields) => logOf(logger.child(fields)),
  }
}
