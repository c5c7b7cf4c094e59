/**
 * Holds back what is written to sockets until the macrotask is over, so that all a client gets in a tick is one write of the
 * system. Knows nothing of what is written.
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../runtime/runtime.js'

export class Corks {
  readonly #clock: Clock
  readonly #corked = new Set<Duplex>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Call before writing. */
  cork(socket: Duplex): void {
    if (this.#corked.has(socket)) return
    if (this.#corked.size === 0) this.#clock.soon(() => this.#uncorkAll())
    this.#corked.add(socket)
    socket.cork()
  }

  #uncorkAll(): void {
    const corked = [...this.#corked]
    this.#corked.clear()
    for (const socket of corked) socket.uncork()
  }
}
