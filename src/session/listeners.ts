/**
 * Who listens to what. A listener that throws is reported and disturbs no other; one that is added or removed while others
 * are called takes effect with the next call.
 */
import type { Log } from '../runtime/runtime.js'

type Listener = (...args: never[]) => void

/** `Kinds`: what each kind of listener is called with. */
export interface Listeners<Kinds extends { readonly [kind: string]: readonly unknown[] }> {
  has(kind: keyof Kinds): boolean
  /** Returns what removes it again. The same function twice is called twice. */
  add<K extends keyof Kinds>(kind: K, listener: (...args: Kinds[K]) => void): () => void
  /** Returns whether there was a listener. */
  call<K extends keyof Kinds>(kind: K, ...args: Kinds[K]): boolean
}

export function newListeners<Kinds extends { readonly [kind: string]: readonly unknown[] }>(
  log: Log,
): Listeners<Kinds> {
  const all = new Map<keyof Kinds, readonly Listener[]>()
  const of = (kind: keyof Kinds): readonly Listener[] => all.get(kind) ?? []
  return {
    has: (kind) => of(kind).length > 0,
    add(kind, listener) {
      // Wrapped, so that each adding is a listener of its own.
      const added: Listener = (...args) => listener(...(args as never))
      all.set(kind, [...of(kind), added])
      return () => {
        const others = of(kind).filter((other) => other !== added)
        all.set(kind, others)
      }
    },
    call(kind, ...args) {
      const listeners = of(kind)
      for (const listener of listeners) {
        try {
          listener(...(args as unknown as never[]))
        } catch (error) {
          log.error('listener.failed', { listener: kind, error })
        }
      }
      return listeners.length > 0
    },
  }
}
