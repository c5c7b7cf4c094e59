/**
 * A token bucket: so many a second, and a burst after a quiet time. One object serves all clients: the only thing to remember for each is
 * when its bucket is full again, a number that the client's account keeps. Knows nothing of what is counted.
 */
export class RateLimit {
  readonly #intervalMs: number
  readonly #burstMs: number

  constructor(perSecond: number, burst: number) {
    this.#intervalMs = 1_000 / perSecond
    // Half a token more, so that fractions of the clock cost none.
    this.#burstMs = (burst + 0.5) * this.#intervalMs
  }

  /**
   * Takes `count`. `fullAt`: what this returned last, 0 at first. Null where there is none left: nothing is taken then. `bursts`: how deep
   * it may go, in bursts.
   */
  take(fullAt: number, now: number, count = 1, bursts = 1): number | null {
    const next = Math.max(fullAt, now) + count * this.#intervalMs
    return next - now > this.#burstMs * bursts ? null : next
  }

  /** Takes `count`, be it more than there is. */
  charge(fullAt: number, now: number, count: number): number {
    return Math.max(fullAt, now) + count * this.#intervalMs
  }

  /** How long until nothing is owed any more. */
  owedMs(fullAt: number, now: number): number {
    return Math.max(0, fullAt - now - this.#burstMs)
  }
}
