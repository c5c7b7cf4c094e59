/**
 * Who listens to what. A listener that throws is reported and disturbs no other; one that is added or removed while others
 * are called takes effect with the next call.
 */
import type { Log } from '../runtime/runtime.js'

type Listener = (...args: never[]) => void

/** `Kinds`: what each kind of listener is called with. */
export class Listeners<Kinds extends { readonly [kind: string]: readonly unknown[] }> {
  readonly #log: Log
  readonly #listeners = new Map<keyof Kinds, readonly Listener[]>()

  constructor(log: Log) {
    this.#log = log
  }

  has(kind: keyof Kinds): boolean {
    return this.#of(kind).length > 0
  }

  /** Returns what removes it again. The same function twice is called twice. */
  add<K extends keyof Kinds>(kind: K, listener: (...args: Kinds[K]) => void): () => void {
    // Wrapped, so that each adding is a listener of its own.
    const added: Listener = (...args) => listener(...(args as unknown as Kinds[K]))
    this.#listeners.set(kind, [...this.#of(kind), added])
    return () => {
      this.#listeners.set(
        kind,
        this.#of(kind).filter((other) => other !== added),
      )
    }
  }

  call<K extends keyof Kinds>(kind: K, ...args: Kinds[K]): void {
    for (const listener of this.#of(kind)) {
      try {
        listener(...(args as unknown as never[]))
      } catch (error) {
        this.#log.error('listener-failed', { listener: kind, error })
      }
    }
  }

  #of(kind: keyof Kinds): readonly Listener[] {
    return this.#listeners.get(kind) ?? []
  }
}
