/** Channels without links that are closed after their `idleMs`: one timer for all of them. Knows nothing of what closing means. */
import type { Clock, Timer } from '../runtime/runtime.js'

const SWEEP_MS = 1_000

export interface IdleMember {
  /** Whether it is still without links. */
  readonly idle: boolean
  closeIdle(): void
}

export class IdleChannels {
  readonly #clock: Clock
  readonly #members = new Map<IdleMember, { readonly sinceMs: number; readonly idleMs: number }>()
  #sweep: Timer | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(member: IdleMember, idleMs: number): void {
    if (this.#members.has(member)) return
    this.#members.set(member, { sinceMs: this.#clock.now(), idleMs })
    this.#sweep ??= this.#clock.after(Math.min(SWEEP_MS, idleMs), () => this.#sweepAll())
  }

  leave(member: IdleMember): void {
    this.#members.delete(member)
  }

  stop(): void {
    this.#sweep?.cancel()
    this.#sweep = null
    this.#members.clear()
  }

  #sweepAll(): void {
    this.#sweep = null
    const now = this.#clock.now()
    let soonestMs = SWEEP_MS
    for (const [member, { sinceMs, idleMs }] of this.#members) {
      const leftMs = sinceMs + idleMs - now
      if (member.idle && leftMs > 0) {
        soonestMs = Math.min(soonestMs, leftMs)
        continue
      }
      this.#members.delete(member)
      if (member.idle) member.closeIdle()
    }
    if (this.#members.size > 0) this.#sweep = this.#clock.after(soonestMs, () => this.#sweepAll())
  }
}
