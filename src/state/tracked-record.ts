/**
 * A large record of the owner's state behind a Proxy that notes which entries were handed out or assigned, so that only
 * those are compared. Entries themselves stay plain objects. What is changed through an object that was kept from earlier
 * is found by looking at a few entries in each patch, all in turn, and more often at those where that happened.
 */
import { ownValue } from './adopt.js'
import { type Fields, ProxyMark, type Published, type RecordShadow, samePrimitive, Shadow, Stamp } from './shadow.js'

/** For how many patches an entry is looked at after it came or was found to be changed through an object kept. */
const WATCH_PATCHES = 16
/** How much of a record may be watched: this part of it, and this many more. */
const WATCHED_PART = 1 / 16
const WATCHED_MORE = 16
/** When this part of the entries was handed out, the next patches compare all and do without noting who was. */
const WHOLE_PART = 1 / 4
const WHOLE_PATCHES = 8

export class TrackedRecord {
  readonly target: Fields
  readonly proxy: Fields
  shadow: RecordShadow
  /** A bit for each slot whose entry was handed out or assigned since the last patch. */
  marks: Uint32Array
  /** A bit for each slot that is looked at although it is not marked. */
  watched: Uint32Array
  /** Keys that were assigned or deleted. */
  readonly touched = new Set<string>()
  isDirty = false
  isWatching = false
  /** The tracked record, and the slot there, that this one lies in. */
  outer: TrackedRecord | undefined = undefined
  outerSlot = -1
  #sweepKeys: readonly string[] = []
  #sweepKeysAt = 0
  readonly #handler: ProxyHandler<Fields>
  readonly #get: (target: Fields, key: string | symbol) => unknown
  readonly #watching = new Map<number, number>()
  #again: number[] = []
  #wholeLeft = 0

  constructor(target: Fields, shadow: RecordShadow) {
    this.target = target
    this.shadow = shadow
    this.marks = new Uint32Array((shadow.values.length + 63) >> 5)
    this.watched = new Uint32Array(this.marks.length)
    this.#get = (object, key) => {
      const value = object[key as string]
      if (typeof value === 'object' && value !== null) {
        const entry = Stamp.get(value)
        const home = entry?.home
        if (entry !== undefined && home !== undefined) {
          home.marks[entry.slot >> 5]! |= 1 << (entry.slot & 31)
          if (!home.isDirty) home.setDirty()
          if (entry.twin !== undefined) markTwins(entry.twin)
        } else if (typeof key === 'string' && Object.hasOwn(object, key)) {
          this.#touch(key)
        }
      }
      return value
    }
    this.#handler = {
      get: this.#get,
      set: (object, key, value, receiver) => {
        if (typeof key === 'string') this.#touch(key)
        return receiver === this.proxy ? Reflect.set(object, key, value) : Reflect.set(object, key, value, receiver)
      },
      deleteProperty: (object, key) => {
        if (typeof key === 'string') this.#touch(key)
        return Reflect.deleteProperty(object, key)
      },
      defineProperty: (object, key, descriptor) => {
        if (typeof key === 'string') this.#touch(key)
        return Reflect.defineProperty(object, key, descriptor)
      },
    }
    this.proxy = new Proxy(target, this.#handler)
    ProxyMark.set(this.proxy, this)
    this.adoptEntries()
  }

  /** Takes the entries of the shadow for its own. */
  adoptEntries(): void {
    this.shadow.tracked = this
    this.shadow.values.forEach((published, slot) => {
      if (published instanceof Shadow) {
        published.home = this
        published.slot = slot
        this.stamp(published.value, published)
      }
    })
  }

  #touch(key: string): void {
    this.touched.add(key)
    if (!this.isDirty) this.setDirty()
  }

  setDirty(): void {
    this.isDirty = true
    this.outer?.mark(this.outerSlot)
  }

  setMark(slot: number): void {
    this.marks[slot >> 5]! |= 1 << (slot & 31)
  }

  mark(slot: number): void {
    this.setMark(slot)
    if (!this.isDirty) this.setDirty()
  }

  /** Looks at a slot in the next comparison, without its having been handed out. */
  setWatched(slot: number): void {
    this.watched[slot >> 5]! |= 1 << (slot & 31)
    this.isWatching = true
    this.outer?.setWatched(this.outerSlot)
  }

  /** Marks a slot once the comparison that is running has been taken over. */
  markAgain(slot: number): void {
    this.#again.push(slot)
  }

  get hasAgain(): boolean {
    return this.#again.length > 0
  }

  /** Called when the marks have been dealt with. */
  cleared(): void {
    this.marks.fill(0)
    this.watched.fill(0)
    this.touched.clear()
    this.isDirty = false
    this.isWatching = false
    const words = (this.shadow.values.length + 63) >> 5
    if (words > this.marks.length) {
      this.marks = new Uint32Array(words * 2)
      this.watched = new Uint32Array(words * 2)
    }
    for (const slot of this.#again) this.mark(slot)
    this.#again = []
  }

  /** Before a comparison: what is looked at beyond what was handed out. */
  prepare(): void {
    if (this.#wholeLeft > 0) return this.watchAll()
    for (const [slot, left] of this.#watching) {
      this.setWatched(slot)
      if (left === 1) this.#watching.delete(slot)
      else this.#watching.set(slot, left - 1)
    }
  }

  watchAll(): void {
    if (this.shadow.values.length === 0) return
    this.watched.fill(-1)
    this.isWatching = true
    this.outer?.setWatched(this.outerSlot)
  }

  /**
   * Compares the keys of the object itself with what was published, a part of them in each call: entries that were added
   * or replaced through a reference to the object from before it was tracked are found so.
   */
  checkKeys(part: number): void {
    if (this.#sweepKeysAt >= this.#sweepKeys.length) this.#beginKeys()
    const end = Math.min(this.#sweepKeys.length, this.#sweepKeysAt + Math.ceil(this.#sweepKeys.length * part))
    for (; this.#sweepKeysAt < end; this.#sweepKeysAt++) {
      const key = this.#sweepKeys[this.#sweepKeysAt] as string
      if (!this.#isPublished(key)) this.#touch(key)
    }
  }

  #beginKeys(): void {
    this.#sweepKeys = Object.keys(this.target)
    this.#sweepKeysAt = 0
    const { slots } = this.shadow
    if (this.#sweepKeys.length === slots.size) return
    for (const key of slots.keys()) if (!Object.hasOwn(this.target, key)) this.#touch(key)
  }

  #isPublished(key: string): boolean {
    const value = ownValue(this.target, key)
    const slot = this.shadow.slots.get(key)
    if (slot === undefined) return value === undefined
    const published = this.shadow.values[slot]
    if (!(published instanceof Shadow)) return samePrimitive(value, published)
    return typeof value === 'object' && value !== null && published.value === (ProxyMark.get(value)?.target ?? value)
  }

  /** An entry changed that was not handed out: somebody kept it, and will probably change it again. */
  watch(slot: number): void {
    if (this.#wholeLeft > 0) return
    if (this.#watching.size > this.shadow.values.length * WATCHED_PART + WATCHED_MORE) return
    this.#watching.set(slot, WATCH_PATCHES)
  }

  /** How many entries a comparison looked at, and how many of them had changed. */
  looked(count: number, changed: number): void {
    const whole = this.shadow.slots.size * WHOLE_PART
    if (this.#wholeLeft === 0) {
      if (count > whole) this.#setWhole(WHOLE_PATCHES)
    } else if (--this.#wholeLeft === 0) {
      this.#setWhole(changed > whole ? WHOLE_PATCHES : 0)
    }
  }

  #setWhole(patches: number): void {
    this.#wholeLeft = patches
    if (patches > 0) delete this.#handler.get
    else this.#handler.get = this.#get
  }

  /** A new entry, or another in its place. */
  added(slot: number, published: Published): void {
    if (!(published instanceof Shadow)) return
    published.home = this
    published.slot = slot
    this.stamp(published.value, published)
    this.watch(slot)
  }

  stamp(object: object, shadow: Shadow): void {
    const first = Stamp.get(object)
    if (first === undefined || first.home === undefined) Stamp.set(object, shadow)
    else {
      for (let at: Shadow | undefined = first; at; at = at.twin) if (at === shadow) return
      shadow.twin = first
      Stamp.set(object, shadow)
    }
  }

  /** An entry that is no longer here. */
  unstamp(shadow: Shadow): void {
    shadow.home = undefined
    const first = Stamp.get(shadow.value)
    if (first === undefined) return
    const twins: Shadow[] = []
    for (let at: Shadow | undefined = first; at; at = at.twin) if (at !== shadow && at.home) twins.push(at)
    shadow.twin = undefined
    twins.forEach((twin, i) => (twin.twin = twins[i + 1]))
    Stamp.set(shadow.value, twins[0] ?? shadow)
  }

  /** From now on this stands for the record of another shadow: the object was moved. */
  rehome(shadow: RecordShadow): void {
    this.shadow = shadow
    this.touched.clear()
    this.#watching.clear()
    this.marks = new Uint32Array((shadow.values.length + 63) >> 5)
    this.watched = new Uint32Array(this.marks.length)
    this.adoptEntries()
    this.watchAll()
  }
}

function markTwins(first: Shadow): void {
  for (let at: Shadow | undefined = first; at; at = at.twin) at.home?.mark(at.slot)
}
