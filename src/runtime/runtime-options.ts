/** The runtime as an option, and the options of `nodeRuntime`. Knows nothing of who takes them. */
import { CHOICE, NUMBER, OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import type { AppLog, Runtime } from './runtime.js'

/** What the log lets through; `silent` is nothing. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How the log looks: JSON lines for programs, text for people. */
export const LOG_FORMATS = ['json', 'text'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export const NODE_RUNTIME_OPTIONS = {
  /** The lowest level that is logged. If left out, the environment variable `CENTRUM_LOG`, or else `info`. */
  logLevel: {
    ...CHOICE,
    choices: LOG_LEVELS,
    description:
      'The lowest level that is logged. If left out, the environment variable `CENTRUM_LOG`, or else `info`.',
  },
  /**
   * Log lines that may wait while standard error accepts no more, such as a pipe that nobody reads. Further lines are
   * dropped and counted, and the count is logged. 1,048,576 bytes by default.
   */
  logQueuedBytesMax: {
    ...NUMBER,
    min: 0,
    max: 1024 * 1024 * 1024,
    unit: 'bytes',
    default: 1024 * 1024,
    description:
      'Log lines that may wait while standard error accepts no more, such as a pipe that nobody reads. Further lines are dropped and counted, and the count is logged.',
  },
  /**
   * How many lines a second are logged for one of centrum's own events; further lines are counted, and the count is
   * logged in one line. 20 by default.
   */
  logLinesPerSecond: {
    ...NUMBER,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    default: 20,
    description:
      "How many lines a second are logged for one of centrum's own events; further lines are counted, and the count is logged in one line.",
  },
  /**
   * JSON lines, or text for people. If left out, the environment variable `CENTRUM_LOG_FORMAT`, or else text on a
   * terminal and JSON lines elsewhere.
   */
  logFormat: {
    ...CHOICE,
    choices: LOG_FORMATS,
    description:
      'JSON lines, or text for people. If left out, the environment variable `CENTRUM_LOG_FORMAT`, or else text on a terminal and JSON lines elsewhere.',
  },
  /** A log of your own, instead of lines on stderr. */
  log: {
    ...OBJECT,
    is: isLog,
    expected: 'a log with debug, info, warn, error and with',
    description: 'A log of your own, instead of lines on stderr.',
  },
} as const satisfies OptionTable

/** What `nodeRuntime` takes. */
export type NodeRuntimeOptions = GivenOptions<typeof NODE_RUNTIME_OPTIONS>

/** Time, timers, randomness and log of a master, as an option of it. */
export const RUNTIME_OPTION = {
  ...OBJECT,
  is: isRuntime,
  expected: 'what nodeRuntime() returns: clock, random and log',
  description: 'Clock, randomness and log. If left out, `nodeRuntime()`.',
} as const

function isRuntime(value: unknown): value is Runtime {
  return isRecord(value) && isRecord(value['clock']) && isRecord(value['random']) && isLog(value['log'])
}

function isLog(value: unknown): value is AppLog {
  const named = ['debug', 'info', 'warn', 'error', 'with']
  return typeof value === 'object' && value !== null && named.every((name) => name in value)
}
