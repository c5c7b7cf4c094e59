/**
 * Mirrors without links, kept for a while for those who return. All are kept equally long, so one timer is enough: the one that has
 * been idle longest is the next to go. Knows nothing of what a mirror is.
 */
import type { Clock, Timer } from '../../runtime/runtime.js'

export class IdleMirrors<M> {
  readonly #clock: Clock
  readonly #keepMs: number
  readonly #keptMax: number
  readonly #forget: (mirror: M) => void
  /** When each is forgotten; in that order. */
  readonly #expiries = new Map<M, number>()
  #timer: Timer | null = null

  constructor(
    clock: Clock,
    limits: { readonly keepMs: number; readonly keptMax: number },
    forget: (mirror: M) => void,
  ) {
    this.#clock = clock
    this.#keepMs = limits.keepMs
    this.#keptMax = limits.keptMax
    this.#forget = forget
  }

  get size(): number {
    return this.#expiries.size
  }

  get timers(): number {
    return this.#timer === null ? 0 : 1
  }

  add(mirror: M): void {
    this.#expiries.delete(mirror)
    this.#expiries.set(mirror, this.#clock.now() + this.#keepMs)
    this.#sweep()
  }

  /** It has links again. */
  delete(mirror: M): void {
    this.#expiries.delete(mirror)
    if (this.#expiries.size > 0) return
    this.#timer?.cancel()
    this.#timer = null
  }

  clear(): void {
    for (const mirror of [...this.#expiries.keys()]) this.delete(mirror)
  }

  #sweep(): void {
    const now = this.#clock.now()
    for (const [mirror, at] of this.#expiries) {
      if (at > now && this.#expiries.size <= this.#keptMax) {
        this.#timer ??= this.#clock.after(at - now, () => {
          this.#timer = null
          this.#sweep()
        })
        return
      }
      this.delete(mirror)
      this.#forget(mirror)
    }
  }
}
