/**
 * What every part takes from outside: time, chance and a log. Real ones are in `node-runtime.ts` and `browser-runtime.ts`;
 * a simulation brings its own. Nothing else in the source asks a clock or rolls a die.
 */

/** A running timer. Cancelling one that has run, or twice, does nothing. */
export interface Timer {
  cancel(): void
}

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

export interface Random {
  /** From 0 up to, not including, 1. Not for secrets. */
  float(): number
  /** Bytes good enough for secrets. */
  bytes(count: number): Uint8Array
}

export type LogFields = Readonly<Record<string, unknown>>

/** One line an event: a short stable name and its fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** The same log with fields that each line carries. */
  with(fields: LogFields): Log
}

export interface Runtime {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * Where there is a page: runs whenever it may have been cut off or asleep, as it goes on- or offline, comes back or goes
   * to the background. Returns what ends that.
   */
  readonly onWake?: (run: () => void) => () => void
}
