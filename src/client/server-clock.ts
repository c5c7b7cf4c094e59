/**
 * How long a round trip takes, and what time it is at the server. Of the last few measurements the fastest tells the time
 * best: its answer was the least delayed.
 */
import type { Clock } from '../runtime/runtime.js'

/** For so many answers the fastest is believed; then clocks have drifted, and the next is. */
const BELIEVED_MAX = 8

export class ServerClock {
  readonly #clock: Clock
  /** Milliseconds of the last round trip. NaN before the first. */
  rttMs = NaN
  /** The round trip of the answer that is believed. */
  #bestMs = Infinity
  #offsetMs: number | null = null
  #age = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds since 1970 at the server; by the own clock as long as nothing is known. */
  now(): number {
    return this.#offsetMs === null ? this.#clock.wall() : this.#clock.now() + this.#offsetMs
  }

  /** A question was asked at `sent` by the own clock, and has just been answered with the server's time. */
  measure(sent: number, serverNow: number): void {
    const now = this.#clock.now()
    this.rttMs = now - sent
    if (this.rttMs > this.#bestMs && ++this.#age < BELIEVED_MAX) return
    this.#bestMs = this.rttMs
    this.#offsetMs = serverNow + this.rttMs / 2 - now
    this.#age = 0
  }

  /** The first answer of another server: its clock is another one. */
  begin(sent: number, serverNow: number): void {
    this.#bestMs = Infinity
    this.measure(sent, serverNow)
  }
}
