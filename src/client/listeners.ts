/**
 * Who listens to one thing. A listener that throws is reported and disturbs no other; one that is added or removed while
 * the others are called takes effect with the next call.
 */
import type { Log } from '../runtime/runtime.js'

export class Listeners<Arguments extends readonly unknown[]> {
  readonly #log: Log
  readonly #what: string
  #listeners: readonly ((...args: Arguments) => void)[] = []

  /** `what`: named in the log beside what a listener threw. */
  constructor(what: string, log: Log) {
    this.#what = what
    this.#log = log
  }

  get count(): number {
    return this.#listeners.length
  }

  /** Returns what removes it again. The same function twice is called twice. */
  add(listener: (...args: Arguments) => void): () => void {
    // Wrapped, so that each adding is a listener of its own.
    const added = (...args: Arguments): void => listener(...args)
    this.#listeners = [...this.#listeners, added]
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== added)
    }
  }

  call(...args: Arguments): void {
    for (const listener of this.#listeners) {
      try {
        listener(...args)
      } catch (error) {
        this.#log.error('listener-failed', { listener: this.#what, error })
      }
    }
  }

  clear(): void {
    this.#listeners = []
  }
}
