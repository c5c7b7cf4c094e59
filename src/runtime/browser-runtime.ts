/**
 * The runtime of the client's library: what browsers and Node both have, small enough to be shipped. Only warnings and
 * errors reach the console. Knows nothing of who asks.
 */
import { isDevelopment } from './is-development.js'
import type { AppLog, Clock, LogFields, PageEvent, Runtime } from './runtime.js'

/** The longest wait of one timer, in milliseconds. */
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
  return {
    clock,
    random,
    log: consoleLog({}),
    isDevelopment: isDevelopment(),
    page: globals.document && {
      get isHidden() {
        return globals.document?.visibilityState === 'hidden'
      },
      listen,
    },
  }
}

/** What only pages have. */
const globals = globalThis as unknown as {
  readonly document?: { readonly visibilityState: string }
  addEventListener(event: string, run: (event: { persisted?: boolean }) => void, options: object): void
}

function listen(run: (event: PageEvent) => void): () => void {
  const ended = new AbortController()
  const on = (name: string, event: PageEvent, kept = event): void =>
    globals.addEventListener(name, ({ persisted }) => run(persisted ? kept : event), ended)
  on('online', 'network')
  on('offline', 'network')
  on('visibilitychange', 'visibility')
  on('pagehide', 'left', 'kept')
  // One that was loaded anew has nothing to return to: to ask the network does no harm.
  on('pageshow', 'network', 'returned')
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
