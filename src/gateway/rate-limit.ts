/**
 * A token bucket: so many a second, and so many at once after a quiet time. One serves all clients, since what it remembers of each is
 * a number that the client's socket keeps: when its bucket is full again. Knows nothing of what is counted.
 */
export class RateLimit {
  readonly #intervalMs: number
  readonly #burstMs: number

  constructor(perSecond: number, burst: number) {
    this.#intervalMs = 1_000 / perSecond
    // Half a token more, so that fractions of the clock cost none.
    this.#burstMs = (burst + 0.5) * this.#intervalMs
  }

  /** Takes one. `fullAt`: what this returned last, 0 at first. Null where there is none left: nothing is taken then. */
  take(fullAt: number, now: number): number | null {
    const next = Math.max(fullAt, now) + this.#intervalMs
    return next - now > this.#burstMs ? null : next
  }
}
