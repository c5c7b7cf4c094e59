/** Sessions that were ended for good, so that they do not come back by another front. Bounded: the oldest is evicted first. */
import type { Clock } from '../runtime/runtime.js'

const KICKED_MAX = 10_000
const KICKED_MS = 24 * 3_600_000

export class KickedSessions {
  readonly #clock: Clock
  readonly #until = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#until.size
  }

  add(sessionId: string): void {
    this.#until.delete(sessionId)
    this.#until.set(sessionId, this.#clock.now() + KICKED_MS)
    if (this.#until.size <= KICKED_MAX) return
    const [oldest] = this.#until.keys()
    if (oldest !== undefined) this.#until.delete(oldest)
  }

  has(sessionId: string): boolean {
    const until = this.#until.get(sessionId)
    return until !== undefined && until > this.#clock.now()
  }
}
