/**
 * When what was written to clients goes out: once the macrotask is over, so that all a client gets in a tick is one write of the
 * system. Knows nothing of what is written.
 */
import type { Clock } from '../runtime/runtime.js'

export interface Flushable {
  /** What was held back goes out. */
  uncork(): void
}

export class FlushQueue {
  readonly #clock: Clock
  #corked: Flushable[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `uncork` once, when the macrotask is over. */
  add(corked: Flushable): void {
    if (this.#corked.length === 0) this.#clock.soon(() => this.#uncorkAll())
    this.#corked.push(corked)
  }

  #uncorkAll(): void {
    const corked = this.#corked
    this.#corked = []
    for (const each of corked) each.uncork()
  }
}
