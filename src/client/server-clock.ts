/**
 * Measures the round trip and the server's time. Of the last few measurements the fastest is the most accurate, because its answer was
 * delayed least. A measurement that contradicts it is trusted at once.
 */
import type { Clock } from '../runtime/runtime.js'

/** After this many answers the fastest is no longer trusted: clocks drift. */
const BELIEVED_MAX = 8

export interface ServerClock {
  /** Milliseconds of the last round trip. NaN before the first. */
  readonly rttMs: number
  /** Milliseconds since 1970 at the server; by the own clock as long as nothing is known. */
  now(): number
  /**
   * A question was asked at `sent` by the own clock, and has just been answered with the server's time. `first`: by another
   * server, whose clock is another one.
   */
  measure(sent: number, serverNow: number, first?: boolean): void
}

export function newServerClock(clock: Clock): ServerClock {
  let rttMs = NaN
  /** The round trip of the answer that is believed. */
  let bestMs = Infinity
  let offsetMs: number | null = null
  let age = 0
  return {
    get rttMs() {
      return rttMs
    },
    now: () => (offsetMs === null ? clock.wall() : clock.now() + offsetMs),
    measure(sent, serverNow, first = false) {
      const now = clock.now()
      rttMs = now - sent
      const offset = serverNow + rttMs / 2 - now
      // Each answer is right by half of its round trip. Two that contradict each other: a clock was set, or a machine slept.
      const fits = offsetMs !== null && Math.abs(offset - offsetMs) <= (rttMs + bestMs) / 2
      if (!first && fits && rttMs > bestMs && ++age < BELIEVED_MAX) return
      bestMs = rttMs
      offsetMs = offset
      age = 0
    },
  }
}
