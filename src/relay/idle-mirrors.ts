/**
 * Mirrors without links, kept for a while for returning clients. All are kept equally long, so one timer is enough: the mirror that has
 * been idle for longest is the next to be evicted. Knows nothing of what a mirror is.
 */
import type { Clock } from '../runtime/runtime.js'
import { Sweep } from '../runtime/sweep.js'

export class IdleMirrors<M> {
  readonly #clock: Clock
  readonly #keepMs: number
  readonly #keptMax: number
  readonly #forget: (mirror: M) => void
  /** When each is forgotten; in that order. */
  readonly #expiries = new Map<M, number>()
  readonly #sweep: Sweep

  constructor(
    clock: Clock,
    limits: { readonly keepMs: number; readonly keptMax: number },
    forget: (mirror: M) => void,
  ) {
    this.#clock = clock
    this.#keepMs = limits.keepMs
    this.#keptMax = limits.keptMax
    this.#forget = forget
    this.#sweep = new Sweep(clock, (now) => this.#forgetDue(now))
  }

  get size(): number {
    return this.#expiries.size
  }

  get timers(): number {
    return this.#sweep.timers
  }

  add(mirror: M): void {
    this.#expiries.delete(mirror)
    const now = this.#clock.now()
    this.#expiries.set(mirror, now + this.#keepMs)
    const nextMs = this.#forgetDue(now)
    if (nextMs !== null) this.#sweep.within(nextMs)
  }

  /** It has links again. */
  delete(mirror: M): void {
    this.#expiries.delete(mirror)
    if (this.#expiries.size === 0) this.#sweep.stop()
  }

  clear(): void {
    for (const mirror of [...this.#expiries.keys()]) this.delete(mirror)
  }

  #forgetDue(now: number): number | null {
    for (const [mirror, at] of this.#expiries) {
      if (at > now && this.#expiries.size <= this.#keptMax) return at - now
      this.delete(mirror)
      this.#forget(mirror)
    }
    return null
  }
}
