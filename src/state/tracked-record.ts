/**
 * A large record of the owner's state behind a Proxy that notes which entries were handed out or assigned, so that only
 * those are compared. Entries themselves have no Proxy. What is changed through an
 * object that was kept from earlier is found by looking at a few entries in each patch, all in turn, and more often at those
 * where that happened.
 */
import type { Differ } from './differ.js'
import { DueSlots, FEW_MAX } from './due-slots.js'
import { KeyCheck } from './key-check.js'
import {
  type Fields,
  type HOLE,
  isShadow,
  isStruct,
  ProxyMark,
  type Published,
  type RecordShadow,
  type Shadow,
  Stamp,
} from './shadow.js'
import { markTwins, stampEntry, unstampEntry } from './twins.js'
import { WatchedSlots } from './watched-slots.js'

/** When one entry in so many was handed out, the next patches compare all and do without noting who was. */
export const WHOLE_PART = 4
const WHOLE_PATCHES = 8

/** When so many were handed out, all entries are compared. */
const HANDED_MAX = 16_384

export class TrackedRecord {
  readonly target: Fields
  readonly proxy: Fields
  shadow: RecordShadow
  readonly due = new DueSlots()
  /** Keys that were assigned or deleted since the last patch. */
  readonly touched = new Set<string>()
  /** Whether there are any. */
  isTouched = false
  readonly keyCheck = new KeyCheck(this)
  /** Whether it is among the tracked records of its differ. */
  isLive = true
  /** The comparison that looked at it last, by its number. */
  comparison = 0
  /** Whether anything is marked or touched. */
  isDirty = false
  /** The tracked record, and the slot there, that this one lies in. */
  outer: TrackedRecord | undefined = undefined
  outerSlot = -1
  readonly #handler: ProxyHandler<Fields>
  readonly #get: (target: Fields, key: string | symbol) => unknown
  readonly #watching = new WatchedSlots()
  /** What was handed out since the last comparison, some of it more than once. */
  readonly #handed: object[] = []
  handedCount = 0
  /** In how many more patches all entries are compared. */
  wholeLeft = 0
  #watches = false
  differ: Differ

  constructor(differ: Differ, target: Fields, shadow: RecordShadow) {
    this.differ = differ
    this.target = target
    this.shadow = shadow
    const handed = this.#handed
    this.#get = (object, key) => {
      const value = object[key as string]
      if (typeof value === 'object' && value !== null) {
        const count = this.handedCount++
        handed[count] = value
        if (count === HANDED_MAX) this.#setWhole(WHOLE_PATCHES)
      }
      return value
    }
    this.#handler = {
      get: this.#get,
      set: (object, key, value, receiver) => {
        if (typeof key === 'string') this.touch(key)
        if (receiver !== this.proxy) return Reflect.set(object, key, value, receiver)
        // Faster than by reflection; it throws where that would give false.
        object[key as string] = value
        return true
      },
      deleteProperty: (object, key) => {
        if (typeof key === 'string') this.touch(key)
        return delete object[key as string]
      },
      defineProperty: (object, key, descriptor) => {
        if (typeof key === 'string') this.touch(key)
        return Reflect.defineProperty(object, key, descriptor)
      },
    }
    this.proxy = new Proxy(target, this.#handler)
    ProxyMark.set(this.proxy, this)
    this.adoptEntries()
  }

  /**
   * Before a comparison: marks the entries that were handed out. Not done when they are, because then each would wait for
   * memory by itself. What is no entry has been assigned, and is noted as that.
   */
  markHanded(): void {
    const handed = this.#handed
    const count = this.handedCount
    this.handedCount = 0
    if (!this.isDirty) this.setDirty()
    const areFew = count <= FEW_MAX
    for (let i = 0; i < count; i++) {
      const object = handed[i] as object
      const slot = Stamp.slotIn(object, this)
      if (slot >= 0) {
        if (areFew) this.due.markFew(slot)
        else this.due.mark(slot)
        continue
      }
      // A large record within this one is handed out as its Proxy.
      const entry = Stamp.get(object) ?? Stamp.get(ProxyMark.get(object)?.target ?? object)
      if (entry !== undefined) markTwins(entry)
    }
  }

  /** Takes the entries of the shadow for its own. */
  adoptEntries(): void {
    this.shadow.tracked = this
    this.due.reserve(this.shadow.values.length)
    this.shadow.values.forEach((published, slot) => this.#own(slot, published))
    this.#countWatches()
  }

  #own(slot: number, published: Published | typeof HOLE): void {
    if (!isShadow(published)) return
    const entry = isStruct(published) ? this.shadow.toRow(slot, published) : published
    entry.home = this
    entry.slot = slot
    stampEntry(entry)
  }

  touch(key: string): void {
    this.touched.add(key)
    this.isTouched = true
    if (!this.isDirty) this.setDirty()
  }

  setDirty(): void {
    this.isDirty = true
    this.outer?.mark(this.outerSlot)
  }

  mark(slot: number): void {
    this.due.mark(slot)
    if (!this.isDirty) this.setDirty()
  }

  /** Looks at a slot in the next comparison, without its having been handed out. */
  setWatched(slot: number): void {
    this.due.watch(slot)
    this.outer?.setWatched(this.outerSlot)
  }

  /** It was moved, maybe: what is to be looked at here is known there too. */
  liesIn(outer: TrackedRecord | undefined, slot: number): void {
    this.outer = outer
    this.outerSlot = slot
    if (this.isDirty || this.due.hasWatched) outer?.setWatched(slot)
  }

  /** What was assigned and deleted has been taken over. */
  forgetTouched(): void {
    this.touched.clear()
    this.isTouched = false
  }

  /** The comparison has failed. Which entries were marked is no longer known: the next one looks at all. */
  failed(): void {
    this.shadow.rows?.takeBack(this.due.list, this.due.changed, this.shadow.values)
    this.setDirty()
    this.watchAll()
  }

  /** Before a comparison: what is looked at beyond what was handed out. */
  prepare(): void {
    if (this.wholeLeft > 0) this.watchAll()
    else this.#watching.next((slot) => this.setWatched(slot))
    this.#countWatches()
  }

  /** Tells the differ whether this wants to be asked before each comparison. */
  #countWatches(): void {
    const watches = this.wholeLeft > 0 || this.#watching.hasAny
    if (watches === this.#watches) return
    this.#watches = watches
    this.differ.watches += watches ? 1 : -1
  }

  /** Looks at 32 slots in the next comparison. */
  watchWord(word: number): void {
    this.due.watchWord(word)
    this.outer?.setWatched(this.outerSlot)
  }

  watchAll(): void {
    if (this.shadow.values.length === 0) return
    this.due.watchAll()
    this.outer?.setWatched(this.outerSlot)
  }

  /** Looks at a slot in the next patches. */
  watch(slot: number): void {
    if (this.wholeLeft > 0) return
    this.#watching.add(slot, this.shadow.values.length)
    this.#countWatches()
  }

  /** It is no longer in the state. */
  stopWatching(): void {
    this.#watching.clear()
    this.#setWhole(0)
  }

  /** All that are due have been looked at: what the next comparisons look at, after what this one has found. */
  looked(): void {
    const { due } = this
    if (this.wholeLeft > 0) {
      if (--this.wholeLeft === 0) {
        this.#setWhole(due.changed * WHOLE_PART > this.shadow.slots.size ? WHOLE_PATCHES : 0)
      }
    } else if (due.marked * WHOLE_PART > this.shadow.slots.size) {
      this.#setWhole(WHOLE_PATCHES)
    } else if (due.hasWatched && due.changed > 0) {
      // Somebody kept them, and will probably change them again.
      for (const slot of due.changedUnmarked()) this.watch(slot)
    }
    due.stopWatching()
  }

  #setWhole(patches: number): void {
    this.wholeLeft = patches
    this.#setTrap()
    this.#countWatches()
  }

  /** Who is handed out is noted unless all are compared. */
  #setTrap(): void {
    // Not deleted: a handler that loses a property is slow from then on.
    ;(this.#handler as { get: unknown }).get = this.wholeLeft === 0 ? this.#get : undefined
  }

  /** An entry changed that was not compared as a row by generated code: the log has what was there. */
  noteChanged(slot: number): void {
    const { rows } = this.shadow
    if (rows !== undefined && this.due.changed < rows.masks.length) rows.masks[this.due.changed] = 0
    this.due.noteChanged(slot)
  }

  /** A new entry, or another in its place. */
  added(slot: number, published: Published): void {
    this.due.reserve(slot + 1)
    this.#own(slot, published)
    // It may well be changed through the variable that it came from.
    if (isShadow(published)) this.watch(slot)
  }

  /** Another shadow takes the place of an entry's, once the comparison is taken over. */
  replace(slot: number, before: Published, next: Published): void {
    this.differ.later(() => {
      this.shadow.replace(slot, next)
      if (isShadow(before)) this.unstamp(before)
      this.added(slot, next)
    })
  }

  /** An entry that is no longer here. */
  unstamp(shadow: Shadow): void {
    shadow.home = undefined
    unstampEntry(shadow)
  }

  /** From now on this stands for the record of another shadow, maybe in another state: the object was moved. */
  rehome(differ: Differ, shadow: RecordShadow): void {
    this.differ = differ
    for (const entry of this.shadow.values) if (isShadow(entry) && entry.home === this) this.unstamp(entry)
    this.shadow = shadow
    this.forgetTouched()
    this.#watching.clear()
    this.due.clear()
    this.adoptEntries()
    this.watchAll()
  }
}
