/**
 * What was published of each place in the state, and the nouns that all of the owner's side shares: primitives as they are,
 * containers as shadows, which form a tree parallel to the state. A shadow remembers the object that it was made of, so that moves
 * can be told from changes. Knows nothing of how changes are found.
 */
import type { Fields, Key } from '../format/fields.js'
import type { Kind } from '../format/state-format.js'
import type { StateWriter } from '../format/state-writer.js'
import type { TypeInfo } from '../schema/type-info.js'
import type { AccessLog } from '../tracking/access-log.js'
import type { Layout } from './layout.js'
import type { UndoLog } from './undo-log.js'

export type Primitive = undefined | null | boolean | number | string
export type Published = Primitive | AnyShadow
export type AnyShadow = StructShadow | CollectionShadow | ListShadow | BytesShadow

/** What a comparison gives when there is nothing to write. */
export const SAME = Symbol('same')
/** In a slot whose entry has gone. */
export const HOLE = Symbol('hole')

/** An object with a shape. It has the published values of its fields. The engine makes such objects faster if the shadows of each shape have a class of their own. */
export interface StructShadow {
  readonly sort: 'struct'
  /** The object in the owner's state: never a Proxy. */
  value: object
  shape: Shape
  get: (i: number) => Published
  set: (i: number, published: Published) => void
}

/** What the mirror knows of a shape: its number, -1 until it has been written. */
export interface WireShape {
  id: number
}

/** The keys that many objects have in common, how each field is written, and the code that compares such objects with their shadows. */
export interface Shape {
  readonly keys: readonly string[]
  readonly kinds: readonly Kind[]
  /** The declared type of each field, if there is one. */
  readonly types: readonly (TypeInfo | undefined)[]
  /** Of the struct whose shape this is, if it was declared. */
  readonly declared: TypeInfo | undefined
  /** Own keys that are there and undefined. A mirror has none of them. */
  readonly ghosts: readonly string[]
  /** Whether the prototype has fields of its own, so that own keys must be asked for by themselves. */
  readonly isOdd: boolean
  /** How many bytes tell which fields changed; the lowest bit is not a field's. */
  readonly maskBytes: number
  /** Made anew when it is known what lies within such objects. */
  code: ShapeCode
  /** What the code is made for; undefined where it is general. */
  readonly layout: Layout | undefined
  readonly wire: WireShape
}

export interface ShapeCode {
  /** Whether it does for all shapes: shadows of other classes are not for code that was made for one. */
  readonly isGeneral: boolean
  readonly Shadow: new (value: object, shape: Shape, published: readonly Published[]) => StructShadow
  /** Whether an object is as its shadow says, with all that is within it. May be wrong only in saying no. */
  readonly same: (comparison: Comparison, object: Fields, shadow: StructShadow) => boolean
  /**
   * The same for those of `shadows` from the `from`-th on that are of the shape, as long as each is the same. Gives the index of the first that
   * is not. `objects` is what is there now; undefined if those are known to be the ones that the shadows are of.
   */
  readonly sameRun: (
    comparison: Comparison,
    objects: readonly unknown[] | undefined,
    shadows: readonly (Published | typeof HOLE)[],
    from: number,
    to: number,
    shape: Shape,
  ) => number
  /**
   * Writes what changed of the items of a run from the `from`-th on, as long as they are of the shape and still made of the same
   * objects. Gives the index of the first that is not.
   */
  readonly diffRun: (comparison: Comparison, run: Run, from: number, to: number, shape: Shape) => number
  /**
   * Writes the mask and what changed of `object` since `shadow`, and takes it over into the shadow. Gives `SAME` if that is
   * nothing (then nothing is written), the shadow, or, if the object is no longer of this shape, the shadow that takes its place.
   */
  readonly diff: (comparison: Comparison, object: Fields, shadow: StructShadow) => Published | typeof SAME
}

/** Of the items of a collection or list, as far as they were noted: they may be of others by now. */
export type Shapes = (Shape | undefined)[]

/** What of the items of a collection or list has changed, written one after the other: each with its distance to the one before. */
export interface Run {
  readonly shadow: { shapes: Shapes | undefined }
  readonly items: (Published | typeof HOLE)[]
  /** What is there now; undefined if those are known to be the objects that the shadows are of. */
  readonly objects: readonly unknown[] | undefined
  /** Of the entries of a large collection. */
  readonly keys: readonly (Key | typeof HOLE)[] | undefined
  /** In which items that changed are to be looked at again. */
  readonly watching: CollectionShadow | undefined
  /** An item that has changed, or most probably has; -1 if none is known. */
  changedAt: number
  /** The last one that was written, and how many were. */
  previous: number
  count: number
}

/** One comparison of a state with what was published of it, as those who compare a part of it see it. */
export interface Comparison {
  /** The key of the entry of a large collection that is compared. */
  outerKey: Key
  readonly writer: StateWriter
  /** What fields of structs held before. */
  readonly log: UndoLog
  /** Whether an object that changed may be at another place that is to be told. */
  readonly marks: boolean
  /** How many containers what is compared lies in. */
  depth: number
  /** One container deeper, and back. Throws when that is too deep. */
  enter: () => void
  leave: () => void
  refuse: () => never
  /** Whether what is at a place is as it was published, with all that is within it. May be wrong only in saying no. */
  same: (value: unknown, published: AnyShadow) => boolean
  /**
   * Writes what makes `value` of what was published at the same place, which is `holder[key]`: its change if both are containers of a sort,
   * else the value. Gives what is published then; `SAME`, and nothing is written, if nothing changed.
   */
  change: (
    value: unknown,
    published: Published,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ) => Published | typeof SAME
  /** The same for a field of a bare number that holds, or held, something else. */
  escaped: (
    value: unknown,
    published: Published,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ) => Published | typeof SAME
  /** The item of a run changed, and `next` is what is published of it now. */
  changed: (run: Run, i: number, published: StructShadow, next: Published) => void
  /** The change of a struct whose keys may be others than those of its shape. */
  reshape: (object: Fields, shadow: StructShadow) => Published | typeof SAME
}

/** What notes the accesses to a large collection. */
export interface AccessSource {
  /** What stands in the owner's state: a Map itself, a Proxy in the place of a record. */
  readonly face: object
  readonly log: AccessLog
}

/** Accesses to a collection are noted from this many entries on; smaller ones are compared as a whole, which is as fast. */
export const TRACKED_ENTRIES_MIN = 24

/** How many entries are looked at in any case because they just came or were changed unseen, and for how many comparisons at least. */
export const WATCHED_COMPARISONS = 16
/** How many entries a collection compares because they are new or were changed through a kept object. */
const WATCHED_MAX = 16
const NONE: number[] = []

/** Counts the collections of all encoders of the process. */
let collections = 0

/** A record or a Map: each entry has a slot, in the order of coming. What has gone leaves a hole until there are too many. */
export class CollectionShadow {
  readonly number = ++collections
  readonly sort: 'record' | 'map'
  value: object
  /** The declared type of its entries. */
  readonly type: TypeInfo | undefined
  keys: (Key | typeof HOLE)[] = []
  values: (Published | typeof HOLE)[] = []
  /** Of entries, where those of several shapes take turns. */
  shapes: Shapes | undefined = undefined
  /** How many entries there are. */
  size = 0
  #slots: Map<Key, number> | undefined
  /** Notes who reads and changes entries, if that is noted. */
  source: AccessSource | undefined = undefined
  /** How much of what the source noted has been looked at, and how often it had noted that all was read. */
  seen = 0
  wholes = 0
  /** The slots of entries that are looked at whether or not anyone was seen to touch them: since the last time that such were forgotten, and before. */
  watched: number[] = NONE
  watchedBefore: number[] = NONE
  untilForgetting = 0
  /** Whether its entries were registered as such. */
  isRegistered = false
  /** The slots of entries that were changed through another place. */
  marked: number[] = NONE
  /** The large collection, and the key of its entry, that this lies within. */
  outer: CollectionShadow | undefined = undefined
  outerKey: Key = ''
  /** For so many comparisons all entries are looked at. */
  wholeLeft = 0
  /** For so many comparisons no Proxy takes the place of a record, because all entries are read each time anyway. */
  bareLeft = 0
  /** How many the next time. */
  bareNext = 0
  /** In how many comparisons in a row all entries were read. */
  loops = 0
  /** False if nothing can take its place. */
  isTrackable = true
  /** Whether the prototype has fields of its own. */
  isOdd = false

  constructor(sort: 'record' | 'map', value: object, type: TypeInfo | undefined) {
    this.sort = sort
    this.value = value
    this.type = type
  }

  /** Whether it is so large that it is worth noting who reads and changes its entries. */
  get wantsLook(): boolean {
    return (this.size >= TRACKED_ENTRIES_MIN && this.isTrackable) || this.source !== undefined
  }

  /** Looks at an entry in the next comparisons too: it just came, or was changed unseen, and may well be again. */
  watchSlot(slot: number): void {
    if (this.source === undefined) return
    if (this.watched === NONE) this.watched = []
    if (this.watched.length < WATCHED_MAX) this.watched.push(slot)
  }

  /** Adds the slots of such entries. */
  lookAtWatched(slots: number[]): void {
    if (--this.untilForgetting <= 0) {
      this.untilForgetting = WATCHED_COMPARISONS
      this.watchedBefore = this.watched
      this.watched = NONE
    }
    for (const slot of this.watched) slots.push(slot)
    for (const slot of this.watchedBefore) slots.push(slot)
    for (const slot of this.marked) slots.push(slot)
    this.marked = NONE
  }

  /** Looks at an entry in the next comparison. */
  mark(slot: number): void {
    if (this.marked.length > this.values.length) return
    if (this.marked === NONE) this.marked = []
    this.marked.push(slot)
    this.markOuter()
  }

  /** Looks at the entry that this lies within. */
  markOuter(): void {
    const slot = this.outer?.slotOf(this.outerKey)
    if (slot !== undefined) this.outer?.mark(slot)
  }

  get isWatching(): boolean {
    return this.watched.length + this.watchedBefore.length + this.marked.length > 0
  }

  slotOf(key: Key): number | undefined {
    return this.slots.get(key)
  }

  get slots(): Map<Key, number> {
    if (this.#slots === undefined) {
      this.#slots = new Map()
      for (let slot = 0; slot < this.keys.length; slot++) {
        const key = this.keys[slot] as Key | typeof HOLE
        if (key !== HOLE) this.#slots.set(key, slot)
      }
    }
    return this.#slots
  }

  add(key: Key, published: Published): void {
    this.#slots?.set(key, this.values.length)
    this.keys.push(key)
    this.values.push(published)
    this.size++
  }

  /** A slot that has nothing. */
  addHole(): void {
    this.keys.push(HOLE)
    this.values.push(HOLE)
  }

  remove(slot: number): void {
    this.#slots?.delete(this.keys[slot] as Key)
    this.keys[slot] = HOLE
    this.values[slot] = HOLE
    if (this.shapes !== undefined) this.shapes[slot] = undefined
    this.size--
  }

  /** Takes back the last `add`. */
  unadd(): void {
    this.#slots?.delete(this.keys.pop() as Key)
    this.values.pop()
    this.size--
  }

  /** Takes back `remove`. */
  unremove(slot: number, key: Key, published: Published): void {
    this.keys[slot] = key
    this.values[slot] = published
    this.#slots?.set(key, slot)
    this.size++
  }

  /** Leaves the holes out. */
  compact(): void {
    const watched = [this.watched, this.watchedBefore].map((slots) => slots.map((slot) => this.keys[slot]))
    this.keys = this.keys.filter((key) => key !== HOLE)
    this.values = this.values.filter((value) => value !== HOLE)
    this.#slots = undefined
    this.shapes = undefined
    const [now, before] = watched.map((keys) => keys.flatMap((key) => this.slotOf(key as Key) ?? []))
    this.watched = now ?? NONE
    this.watchedBefore = before ?? NONE
    if (this.marked.length > 0) this.wholeLeft = 1
    this.marked = NONE
  }
}

export class ListShadow {
  readonly sort = 'list'
  value: object
  /** The declared type of its elements. */
  readonly type: TypeInfo | undefined
  items: Published[] = []
  /** Of elements, where those of several shapes take turns. */
  shapes: Shapes | undefined = undefined

  constructor(value: object, type: TypeInfo | undefined) {
    this.value = value
    this.type = type
  }
}

export class BytesShadow {
  readonly sort = 'bytes'
  value: object
  readonly copy: Uint8Array

  constructor(value: Uint8Array) {
    this.value = value
    this.copy = new Uint8Array(value)
  }
}

/** Cheaper than `instanceof`, which follows prototypes. */
export function isShadow(published: Published | typeof HOLE): published is AnyShadow {
  return typeof published === 'object' && published !== null
}

export function isStruct(published: Published | typeof HOLE): published is StructShadow {
  return typeof published === 'object' && published !== null && published.sort === 'struct'
}

/** Whether two primitives are the same value: NaN is itself, and 0 is not -0. */
export function samePrimitive(a: unknown, b: unknown): boolean {
  return a === b ? a !== 0 || 1 / (a as number) === 1 / (b as number) : a !== a && b !== b
}
