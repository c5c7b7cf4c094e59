/** Channels without links that are closed after their `idleMs`: one timer for all of them. Knows nothing of what closing means. */
import type { Clock } from '../runtime/runtime.js'
import { Sweep } from '../runtime/sweep.js'

const SWEEP_MS = 1_000

export interface IdleMember {
  /** Since when it has been without links; null while it has any, or has other reasons to stay open. */
  readonly idleSinceMs: number | null
  closeIdle(): void
}

export class IdleChannels {
  readonly #members = new Map<IdleMember, number>()
  readonly #sweep: Sweep

  constructor(clock: Clock) {
    this.#sweep = new Sweep(clock, (now) => this.#closeDue(now))
  }

  watch(member: IdleMember, idleMs: number): void {
    if (this.#members.has(member)) return
    this.#members.set(member, idleMs)
    this.#sweep.within(Math.min(SWEEP_MS, idleMs))
  }

  leave(member: IdleMember): void {
    this.#members.delete(member)
  }

  stop(): void {
    this.#sweep.stop()
    this.#members.clear()
  }

  #closeDue(now: number): number | null {
    let soonestMs = SWEEP_MS
    for (const [member, idleMs] of this.#members) {
      const { idleSinceMs } = member
      const leftMs = (idleSinceMs ?? now) + idleMs - now
      if (idleSinceMs !== null && leftMs > 0) {
        soonestMs = Math.min(soonestMs, leftMs)
        continue
      }
      this.#members.delete(member)
      if (idleSinceMs !== null) member.closeIdle()
    }
    return this.#members.size > 0 ? soonestMs : null
  }
}
