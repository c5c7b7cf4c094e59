/**
 * A log that writes an event only so often a second: the lines beyond are counted, and told in one. Only events of centrum's own
 * are counted; what an application logs is its own affair. Knows nothing of where lines go.
 */
import { LOG_EVENTS } from './log-events.js'
import type { AppLog, LogFields } from './runtime.js'

const WINDOW_MS = 1_000

export interface RepeatsOptions {
  /** Lines of one event a second. */
  readonly linesPerSecond: number
  readonly now: () => number
  /** Calls after so long, and does not keep the process alive for it. */
  readonly later: (delayMs: number, run: () => void) => void
}

interface Window {
  readonly since: number
  written: number
  left: number
}

type Level = 'debug' | 'info' | 'warn' | 'error'

export function countRepeats(log: AppLog, options: RepeatsOptions): AppLog {
  return new CountedLog(log, new Repeats(log, options))
}

class CountedLog implements AppLog {
  readonly #inner: AppLog
  readonly #repeats: Repeats

  constructor(log: AppLog, repeats: Repeats) {
    this.#inner = log
    this.#repeats = repeats
  }

  debug(event: string, fields?: LogFields): void {
    this.#inner.debug(event, fields)
  }

  info(event: string, fields?: LogFields): void {
    this.#write('info', event, fields)
  }

  warn(event: string, fields?: LogFields): void {
    this.#write('warn', event, fields)
  }

  error(event: string, fields?: LogFields): void {
    this.#write('error', event, fields)
  }

  with(fields: LogFields): AppLog {
    return new CountedLog(this.#inner.with(fields), this.#repeats)
  }

  #write(level: Level, event: string, fields: LogFields | undefined): void {
    if (this.#repeats.isDue(event, fields)) this.#inner[level](event, fields)
  }
}

/** How often each event was written lately: as many as there are events, handlers and reasons. */
class Repeats {
  readonly #log: AppLog
  readonly #options: RepeatsOptions
  readonly #windows = new Map<string, Window>()

  constructor(log: AppLog, options: RepeatsOptions) {
    this.#log = log
    this.#options = options
  }

  isDue(event: string, fields: LogFields = {}): boolean {
    if (!Object.hasOwn(LOG_EVENTS, event)) return true
    const key = [event, fields['handler'], fields['reason']].filter((part) => typeof part === 'string').join(' ')
    const { linesPerSecond, now } = this.#options
    const at = now()
    let window = this.#windows.get(key)
    if (window === undefined || at - window.since >= WINDOW_MS) {
      window = { since: at, written: 0, left: 0 }
      this.#windows.set(key, window)
    }
    if (window.written < linesPerSecond) {
      window.written++
      return true
    }
    if (window.left++ === 0) this.#tellLater(event, key, window)
    return false
  }

  #tellLater(event: string, key: string, window: Window): void {
    this.#options.later(WINDOW_MS, () => {
      this.#log.warn('log.repeated', { of: event, count: window.left })
      if (this.#windows.get(key) === window) this.#windows.delete(key)
    })
  }
}
