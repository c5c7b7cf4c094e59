/**
 * The runtime of a server: Node's own clock and randomness, and a log on stderr, one line an event: JSON, or text on a terminal.
 * Knows nothing of who asks.
 */
import { randomFillSync } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { optionProblem } from '../options/option-problem.js'
import type { ChoiceOption } from '../options/option-table.js'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { guardLog } from './guard-log.js'
import { silentLog } from './silent-log.js'
import { stderrLog } from './stderr-log.js'
import {
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  NODE_RUNTIME_OPTIONS,
  type NodeRuntimeOptions,
} from './runtime-options.js'
import type { AppLog, Clock, Random, Runtime, Timer } from './runtime.js'

/** The runtime of a server. The app may log to it, too. */
export interface NodeRuntime extends Runtime {
  /** Accepts events of any name, so that an app can use it, too. */
  readonly log: AppLog
}

/** The longest wait of one timer of Node, in milliseconds; longer waits use several. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** Node's clock, randomness and, on stderr, its log. Throws a `CentrumError` `invalid-option`. */
export function nodeRuntime(options: NodeRuntimeOptions = {}): NodeRuntime {
  const { log, ...given } = readOptions({ call: 'nodeRuntime' }, NODE_RUNTIME_OPTIONS, options)
  const own = log && (log === silentLog ? log : guardLog(log))
  const { logLevel = environmentLevel(), logFormat = environmentFormat() } = given
  return {
    clock: nodeClock,
    random: nodeRandom,
    isDevelopment: process.env['NODE_ENV'] !== 'production',
    log: own ?? stderrLog({ ...given, logLevel, logFormat, now: nodeClock.now }),
  }
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

function environmentLevel(): LogLevel {
  return ofEnvironment('CENTRUM_LOG', LOG_LEVELS, { ...NODE_RUNTIME_OPTIONS.logLevel, default: 'info' })
}

function environmentFormat(): LogFormat {
  const usual = process.stderr.isTTY ? 'text' : 'json'
  return ofEnvironment('CENTRUM_LOG_FORMAT', LOG_FORMATS, { ...NODE_RUNTIME_OPTIONS.logFormat, default: usual })
}

/** An empty variable is one that was not set. */
function ofEnvironment<T extends string>(
  name: string,
  choices: readonly T[],
  option: ChoiceOption & { readonly default: T },
): T {
  const wanted = process.env[name] || option.default
  const choice = choices.find((candidate) => candidate === wanted)
  if (choice !== undefined) return choice
  refuseOption({ call: 'nodeRuntime' }, optionProblem(name, option, wanted) ?? `${name} is wrong.`)
}
