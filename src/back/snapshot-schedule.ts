/**
 * Channels that are stored now and then: each at most `snapshotMs` after the first turn that is not stored. One timer for all of them.
 * Knows nothing of the store.
 */
import type { Clock } from '../runtime/runtime.js'
import { Sweep } from '../runtime/sweep.js'
import type { KeptChannel } from './kept-channel.js'
import type { TurnOutcome } from './turn-outcome.js'

/** What a channel's image is made of, whenever none of its turns is under way. */
type Imaged = Pick<TurnOutcome, 'image' | 'dueAt'>

interface Waiting {
  readonly sinceMs: number
  dueMs: number
  latest: Imaged
}

export class SnapshotSchedule {
  readonly #clock: Clock
  readonly #store: (kept: KeptChannel, at: Imaged) => boolean
  readonly #waiting = new Map<KeptChannel, Waiting>()
  readonly #sweep: Sweep

  /** `store` gives whether it could: otherwise it is tried again after `snapshotMs`. */
  constructor(clock: Clock, store: (kept: KeptChannel, at: Imaged) => boolean) {
    this.#clock = clock
    this.#store = store
    this.#sweep = new Sweep(clock, (now) => this.#storeDue(now))
  }

  /** How long ago the oldest turn was taken that is not stored. */
  get ageMs(): number {
    // In the order in which they came.
    for (const { sinceMs } of this.#waiting.values()) return this.#clock.now() - sinceMs
    return 0
  }

  /** A turn has changed something. */
  note(kept: KeptChannel, outcome: Imaged): void {
    const waiting = this.#waiting.get(kept)
    if (waiting) waiting.latest = outcome
    else {
      const sinceMs = this.#clock.now()
      this.#waiting.set(kept, { sinceMs, dueMs: sinceMs + kept.snapshotMs, latest: outcome })
      this.#sweep.within(kept.snapshotMs)
    }
  }

  /** The channel ends, and is stored with its last turn. */
  leave(kept: KeptChannel): void {
    this.#waiting.delete(kept)
  }

  stop(): void {
    this.#sweep.stop()
    this.#waiting.clear()
  }

  #storeDue(now: number): number | null {
    let soonestMs = Number.POSITIVE_INFINITY
    for (const [kept, waiting] of this.#waiting) {
      const leftMs = waiting.dueMs - now
      // One that is under way yet, because the store is slow: the next holds all that came meanwhile.
      if (leftMs > 0 || kept.isPending) {
        soonestMs = Math.min(soonestMs, Math.max(leftMs, kept.snapshotMs / 10))
        continue
      }
      if (this.#store(kept, waiting.latest)) this.#waiting.delete(kept)
      else {
        waiting.dueMs = now + kept.snapshotMs
        soonestMs = Math.min(soonestMs, kept.snapshotMs)
      }
    }
    return this.#waiting.size > 0 ? soonestMs : null
  }
}
