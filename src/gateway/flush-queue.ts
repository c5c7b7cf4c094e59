/**
 * When frames for clients are written: at the end of the macrotask, so that everything a client gets in a turn is one message and one
 * write. Knows nothing of the frames.
 */
import type { Clock } from '../runtime/runtime.js'

export interface Flushable {
  /** What is held goes out. */
  flush(): void
}

export class FlushQueue {
  readonly #clock: Clock
  #due: Flushable[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `flush` once, when the macrotask is over. */
  add(one: Flushable): void {
    if (this.#due.length === 0) this.#clock.soon(() => this.#flush())
    this.#due.push(one)
  }

  #flush(): void {
    const due = this.#due
    this.#due = []
    for (const one of due) one.flush()
  }
}
