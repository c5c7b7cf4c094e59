/**
 * Channels that take no turns of their own: for a while after somebody touched one it gets a turn now and then, which compares all of its
 * state, so that what is changed through objects kept from earlier is published soon. One timer for all of them; one that nobody
 * touches costs nothing. Knows nothing of state.
 */
import type { Clock } from '../runtime/runtime.js'
import { Sweep } from '../runtime/sweep.js'

export interface CheckedMember {
  /** A turn is wanted. */
  wake(): void
}

export interface StateCheckLimits {
  readonly stateCheckMs: number
  readonly stateCheckedMs: number
}

export class StateChecks {
  readonly #clock: Clock
  readonly #limits: StateCheckLimits
  readonly #touchedMs = new Map<CheckedMember, number>()
  readonly #sweep: Sweep

  constructor(clock: Clock, limits: StateCheckLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#sweep = new Sweep(clock, (now) => this.#check(now))
  }

  /** It was touched, and takes no turns from here on. */
  watch(member: CheckedMember): void {
    this.#touchedMs.set(member, this.#clock.now())
    this.#sweep.within(this.#limits.stateCheckMs)
  }

  leave(member: CheckedMember): void {
    this.#touchedMs.delete(member)
  }

  stop(): void {
    this.#sweep.stop()
    this.#touchedMs.clear()
  }

  #check(now: number): number | null {
    const { stateCheckMs, stateCheckedMs } = this.#limits
    for (const [member, touchedMs] of this.#touchedMs) {
      if (now - touchedMs >= stateCheckedMs) this.#touchedMs.delete(member)
      member.wake()
    }
    return this.#touchedMs.size > 0 ? stateCheckMs : null
  }
}
