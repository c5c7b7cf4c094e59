/**
 * What every part gets from outside: time, randomness and a log. Real ones are in `node-runtime.ts` and `browser-runtime.ts`;
 * a simulation has its own. Nothing else in the source uses a clock or random numbers.
 */
import type { LogEventAt, LogFieldsOf } from './log-events.js'

/** A running timer. Cancelling one that has run, or twice, does nothing. */
export interface Timer {
  /** Keeps it from running. */
  cancel(): void
}

/** Time and timers of a master. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; only differences mean anything. */
  now(): number
  /** Milliseconds since 1970 by the wall; may jump. */
  wall(): number
  /**
   * Runs once, no earlier than `delayMs` from now. It keeps the process alive until then, so cancel it before you stop.
   */
  after(delayMs: number, run: () => void): Timer
  /** Runs once in the next macrotask, after what was scheduled before. */
  soon(run: () => void): Timer
}

/** Where a master takes its randomness from. */
export interface Random {
  /** From 0 up to, not including, 1. Not for secrets. */
  float(): number
  /** Bytes good enough for secrets. */
  bytes(count: number): Uint8Array
}

export type LogFields = Readonly<Record<string, unknown>>

/** Where centrum logs: one line per event of `LOG_EVENTS`, with its fields. An `AppLog` can be used. */
export interface Log {
  /** Logs details that explain a run step by step. */
  debug<E extends LogEventAt<'debug'>>(event: E, fields: LogFieldsOf<E>): void
  /** Logs an ordinary event. */
  info<E extends LogEventAt<'info'>>(event: E, fields: LogFieldsOf<E>): void
  /** Logs an event that may need attention. */
  warn<E extends LogEventAt<'warn'>>(event: E, fields: LogFieldsOf<E>): void
  /** Logs a failure. */
  error<E extends LogEventAt<'error'>>(event: E, fields: LogFieldsOf<E>): void
  /** Returns the same log with fields that are added to each line. */
  with(fields: LogFields): Log
}

/** The same log for an app: one line per event, with names and fields of the app's own. */
export interface AppLog {
  /** Logs details that explain a run step by step. */
  debug(event: string, fields?: LogFields): void
  /** Logs an ordinary event. */
  info(event: string, fields?: LogFields): void
  /** Logs an event that may need attention. */
  warn(event: string, fields?: LogFields): void
  /** Logs a failure. */
  error(event: string, fields?: LogFields): void
  /** Returns the same log with fields that are added to each line. */
  with(fields: LogFields): AppLog
}

/** Time, timers, randomness and log of a master: `nodeRuntime()`, or simulated ones. */
export interface Runtime {
  /** Time and timers. */
  readonly clock: Clock
  /** Randomness. */
  readonly random: Random
  /** Where events are logged. */
  readonly log: Log
  /** Whether to detect mistakes, at the cost of speed. For a client: whether `NODE_ENV` is `development`. For a server: whether it is not `production`. */
  readonly isDevelopment?: boolean
  /** Where there is a page. */
  readonly page?: Page | undefined
}

/**
 * What happens to a page. network: it went on- or offline. visibility: it went to the background, or came back. left: it is
 * gone for good. kept: it is left, and the browser keeps it for a return. returned: it is back from there.
 */
export type PageEvent = 'network' | 'visibility' | 'left' | 'kept' | 'returned'

export interface Page {
  readonly isHidden: boolean
  /** Returns what ends it. */
  listen(run: (event: PageEvent) => void): () => void
}
