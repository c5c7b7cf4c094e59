/**
 * State as clients see it, and paths into it, as `on(path, handlers)` of a link takes them: what lies at one, and what its
 * handlers get. Types only.
 */

/** State as a client sees it: plain objects that only the channel changes. */
export type ReadonlyState<V> = V extends Uint8Array | ((...args: never[]) => unknown)
  ? V
  : V extends ReadonlyMap<infer K, infer E>
    ? ReadonlyMap<K, ReadonlyState<E>>
    : V extends object
      ? { readonly [K in keyof V]: ReadonlyState<V[K]> }
      : V

/** A path into the state: a list of keys; `*` stands for every key. */
export type StatePath = readonly (string | number)[]

/** The entry `K` of `V`. A `*` is any of them, and what is not known is `unknown`. */
type Step<V, K> = unknown extends V
  ? unknown
  : V extends ReadonlyMap<infer Key, infer Entry>
    ? K extends '*' | Key
      ? Entry
      : never
    : V extends readonly (infer Entry)[]
      ? K extends '*' | number
        ? Entry
        : never
      : V extends object
        ? K extends keyof V
          ? V[K]
          : K extends '*'
            ? V[keyof V]
            : never
        : never

/** The type of the value at a path of a state. */
export type StateAt<V, P extends StatePath> = P extends readonly [infer K, ...infer Rest]
  ? Rest extends StatePath
    ? StateAt<Step<NonNullable<V>, K>, Rest>
    : never
  : NonNullable<V>

/** The path itself where there is something at it; else what a compiler can show in its place. */
export type KnownPath<V, P extends StatePath> = [StateAt<V, P>] extends [never]
  ? readonly ['nothing lies at this path of the state']
  : P

type KeyOf<V> = unknown extends V
  ? string | number
  : V extends ReadonlyMap<infer Key, unknown>
    ? Key
    : V extends readonly unknown[]
      ? number
      : Extract<keyof V, string>

type EntryOf<V> = unknown extends V
  ? unknown
  : V extends ReadonlyMap<unknown, infer Entry>
    ? Entry
    : V extends readonly (infer Entry)[]
      ? Entry
      : V[keyof V]

type Handler<V> = (value: ReadonlyState<EntryOf<V>>, key: KeyOf<V>, container: ReadonlyState<V>) => void

/** Handlers for changes of the entries at a path. `key` is an index in lists. */
export interface StateHandlers<V> {
  /** An entry was added. Also called for each entry that already exists when you start listening. */
  readonly add?: Handler<V>
  /** An entry, or something in it, has changed. */
  readonly change?: Handler<V>
  /** An entry was removed. `value` is its last value. */
  readonly remove?: Handler<V>
}
