/** Who listens to something. A listener that throws is logged, and costs nobody else anything. */
import type { Log } from '../../runtime/runtime.js'

export class Listeners<Arguments extends readonly unknown[]> {
  readonly #log: Log
  readonly #listeners = new Set<{ readonly heed: (...told: Arguments) => void }>()

  constructor(log: Log) {
    this.#log = log
  }

  /** Returns what ends it. The same function may listen twice. */
  add(heed: (...told: Arguments) => void): () => void {
    const listener = { heed }
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whether anybody listens. */
  tell(...told: Arguments): boolean {
    for (const { heed } of [...this.#listeners]) {
      try {
        heed(...told)
      } catch (error) {
        this.#log.error('listener.failed', { error })
      }
    }
    return this.#listeners.size > 0
  }
}
