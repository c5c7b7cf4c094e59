/**
 * A mirror's state as immutable values: each shares with the one before all that did not change, and has new objects along the paths that did. They
 * are made when they are asked for, and are never the mirror's own objects, which libraries that write into what they are given would spoil.
 */
import type { Key } from '../format/fields.js'
import { readOnlyMap } from './read-only-map.js'
import { entriesOf, setEntry, type Tell } from './mirror-nodes.js'

export class Snapshots {
  /** What was made of each container that has not changed since. */
  readonly #made = new WeakMap<object, unknown>()

  /** A container changed, and what lies there too: elements of a list that only moved are not told. */
  readonly changed: Tell = (_kind, value, _key, of) => {
    this.#made.delete(of)
    if (typeof value === 'object' && value !== null) this.#made.delete(value)
  }

  of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    let made = this.#made.get(value)
    if (made === undefined) this.#made.set(value, (made = this.#make(value)))
    return made
  }

  #make(value: object): unknown {
    // Bytes cannot be frozen: a copy keeps those of the mirror safe.
    if (value instanceof Uint8Array) return new Uint8Array(value)
    if (Array.isArray(value)) return Object.freeze(Array.from(value as unknown[], (item) => this.of(item)))
    const copy: object = value instanceof Map ? readOnlyMap<Key, unknown>() : {}
    for (const [key, entry] of entriesOf(value)) setEntry(copy, key, this.of(entry))
    return Object.freeze(copy)
  }
}
