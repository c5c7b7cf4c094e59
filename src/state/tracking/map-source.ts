/**
 * A large Map of an owner's state that notes in its log which entries are read and changed: by methods of its own, which do what those of
 * every Map do. It stays the same object with the same prototype, and nothing enumerable is added.
 */
import type { Key } from '../format/fields.js'
import { AccessLog, DELETED, SET } from './access-log.js'

type AnyMap = Map<Key, unknown>

const { get, set, delete: remove, clear, forEach, entries, values } = Map.prototype as AnyMap

/** What is noted of a Map, and the Map. */
export class MapSource {
  readonly face: AnyMap
  readonly log = new AccessLog()

  constructor(map: AnyMap) {
    this.face = map
  }
}

/** Gives a private field to an object that is there already: nobody else can see it, copy it or stumble over it. */
class Give {
  constructor(object: object) {
    return object
  }
}

class Marked extends Give {
  readonly #log: AccessLog
  readonly #source: MapSource

  constructor(source: MapSource) {
    super(source.face)
    this.#log = source.log
    this.#source = source
  }

  static sourceOf(map: object): MapSource | undefined {
    return #source in map ? map.#source : undefined
  }

  static readonly methods = {
    get(this: AnyMap, key: Key): unknown {
      const value = get.call(this, key)
      if (typeof value === 'object' && value !== null) {
        ;(this as unknown as Marked).#log.noteRead(key)
      }
      return value
    },
    set(this: AnyMap, key: Key, value: unknown): AnyMap {
      ;(this as unknown as Marked).#log.noteChange(SET, key)
      set.call(this, key, value)
      return this
    },
    delete(this: AnyMap, key: Key): boolean {
      ;(this as unknown as Marked).#log.noteChange(DELETED, key)
      return remove.call(this, key)
    },
    clear(this: AnyMap): void {
      for (const key of this.keys()) (this as unknown as Marked).#log.noteChange(DELETED, key)
      clear.call(this)
    },
    forEach(this: AnyMap, callback: (value: unknown, key: Key, map: AnyMap) => void, self?: unknown): void {
      ;(this as unknown as Marked).#log.noteWhole()
      forEach.call(this, callback, self)
    },
    entries(this: AnyMap): MapIterator<[Key, unknown]> {
      ;(this as unknown as Marked).#log.noteWhole()
      return entries.call(this)
    },
    values(this: AnyMap): MapIterator<unknown> {
      ;(this as unknown as Marked).#log.noteWhole()
      return values.call(this)
    },
  }
}

const { methods } = Marked
const properties: PropertyDescriptorMap = {}
for (const [name, value] of Object.entries(methods)) {
  properties[name] = { value, writable: true, configurable: true, enumerable: false }
}
properties[Symbol.iterator as never] = {
  value: methods.entries,
  writable: true,
  configurable: true,
  enumerable: false,
}

/** What notes the accesses to a Map from now on; undefined if that cannot be: it is frozen, or of a class with methods of its own. */
export function sourceOfMap(map: AnyMap): MapSource | undefined {
  const known = Marked.sourceOf(map)
  if (known !== undefined) return known
  if (Object.getPrototypeOf(map) !== Map.prototype || !Object.isExtensible(map)) return undefined
  const source = new MapSource(map)
  new Marked(source)
  Object.defineProperties(map, properties)
  return source
}
