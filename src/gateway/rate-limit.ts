/** A token bucket: so many a second, and so many at once after a quiet time. Knows nothing of what is counted. */
export class RateLimit {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  /** `now`: monotonic milliseconds. */
  constructor(perSecond: number, burst: number, now: number) {
    this.#perMs = perSecond / 1_000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Takes one. False where there is none left: nothing is taken then. */
  take(now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
