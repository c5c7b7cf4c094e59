/**
 * What every part takes from outside: time, chance and a log. Real ones are in `node-runtime.ts` and `browser-runtime.ts`;
 * a simulation brings its own. Nothing else in the source asks a clock or rolls a die.
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
   * Runs once, no earlier than `delayMs` from now. It keeps the process alive until then: whoever stops cancels what it asked for.
   */
  after(delayMs: number, run: () => void): Timer
  /** Runs once in the next macrotask, behind what has already been asked for. */
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

/** What centrum logs to: one line an event of `LOG_EVENTS`, with its fields. An `AppLog` is one. */
export interface Log {
  /** What explains a run step by step. */
  debug<E extends LogEventAt<'debug'>>(event: E, fields: LogFieldsOf<E>): void
  /** What happens in good order. */
  info<E extends LogEventAt<'info'>>(event: E, fields: LogFieldsOf<E>): void
  /** What may need somebody. */
  warn<E extends LogEventAt<'warn'>>(event: E, fields: LogFieldsOf<E>): void
  /** What failed. */
  error<E extends LogEventAt<'error'>>(event: E, fields: LogFieldsOf<E>): void
  /** The same log with fields that each line carries. */
  with(fields: LogFields): Log
}

/** The same log for an app: one line an event, with names and fields of the app's own. */
export interface AppLog {
  /** What explains a run step by step. */
  debug(event: string, fields?: LogFields): void
  /** What happens in good order. */
  info(event: string, fields?: LogFields): void
  /** What may need somebody. */
  warn(event: string, fields?: LogFields): void
  /** What failed. */
  error(event: string, fields?: LogFields): void
  /** The same log with fields that each line carries. */
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
  /** Whether mistakes are to be found, at the cost of speed: `NODE_ENV` is `development` for a client, and not `production` for a server. */
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
