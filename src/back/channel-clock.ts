/**
 * A channel's clock: milliseconds since 1970 that never go back, whatever the machine's clock does, and go on at the next owner.
 * Knows nothing of turns.
 */
import type { Clock } from '../runtime/runtime.js'

/** How fast it goes while it is ahead of the machine's clock, so that it is caught up with: an hour's lead is gone after six weeks. */
const AHEAD_RATE = 0.999

export class ChannelClock {
  readonly #clock: Clock
  #now = 0
  /** Of the machine's monotonic clock, at the last reading. */
  #readAt = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The last reading. */
  get now(): number {
    return Math.floor(this.#now)
  }

  /** Goes on from where an earlier owner's was. */
  restore(now: number): void {
    this.#now = now
    this.#readAt = this.#clock.now()
  }

  read(): number {
    this.#now = this.#at()
    this.#readAt = this.#clock.now()
    return this.now
  }

  /** How far the last reading is ahead of the machine's clock. */
  get leadMs(): number {
    return Math.max(0, this.now - Math.floor(this.#clock.wall()))
  }

  /** What it would read, without a reading. */
  peek(): number {
    return Math.floor(this.#at())
  }

  #at(): number {
    return Math.max(this.#clock.wall(), this.#now + (this.#clock.now() - this.#readAt) * AHEAD_RATE)
  }
}
