/**
 * The runtime of the client's library: what browsers and Node both have, small enough to be shipped. Only warnings and
 * errors reach the console. Knows nothing of who asks.
 */
import type { AppLog, Clock, LogFields, Runtime } from './runtime.js'

/** The longest that one timer waits. */
const DELAY_MS_MAX = 2 ** 31 - 1

/** The clock, randomness and console of wherever this runs. */
export function browserRuntime(): Runtime {
  const clock: Clock = {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(delayMs, run) {
      const handle = setTimeout(run, Math.min(delayMs, DELAY_MS_MAX))
      return { cancel: () => clearTimeout(handle) }
    },
    soon(run) {
      let wanted: (() => void) | null = run
      nextMacrotask(() => wanted?.())
      return {
        cancel() {
          wanted = null
        },
      }
    },
  }
  const random = {
    float: () => Math.random(),
    bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
  }
  return { clock, random, log: consoleLog({}), onWake }
}

/** What only pages have. */
const page = globalThis as {
  addEventListener?(event: string, run: () => void, options: { readonly signal: AbortSignal }): void
}

function onWake(run: () => void): () => void {
  const ended = new AbortController()
  for (const event of ['online', 'offline', 'visibilitychange']) page.addEventListener?.(event, run, ended)
  return () => ended.abort()
}

/** Browsers hold back timers of pages in the background, and nested ones everywhere; a message channel they do not. */
function nextMacrotask(run: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(run)
    return
  }
  const { port1, port2 } = new MessageChannel()
  port1.addEventListener('message', () => {
    port1.close()
    run()
  })
  port1.start()
  port2.postMessage(0)
}

function consoleLog(own: LogFields): AppLog {
  const at =
    (level: 'warn' | 'error'): AppLog['warn'] =>
    (event, fields) =>
      console[level]('centrum', event, { ...own, ...fields })
  return {
    debug() {},
    info() {},
    warn: at('warn'),
    error: at('error'),
    with: (fields) => consoleLog({ ...own, ...fields }),
  }
}
