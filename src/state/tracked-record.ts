/**
 * A large record of the owner's state behind a Proxy that notes which entries were handed out or assigned, so that only
 * those are compared. Entries themselves stay plain objects. What is changed through an object that was kept from earlier
 * is found by looking at a few entries in each patch, all in turn, and more often at those where that happened.
 */
import type { Differ } from './differ.js'
import { KeyCheck } from './key-check.js'
import { type Fields, ProxyMark, type Published, type RecordShadow, Shadow, Stamp } from './shadow.js'

/** For how many patches an entry is looked at after it came or was found to be changed through an object kept. */
const WATCH_PATCHES = 16
/** How much of a record may be watched: this part of it, and this many more. */
const WATCHED_PART = 1 / 16
const WATCHED_MORE = 16
/** When one entry in so many was handed out, the next patches compare all and do without noting who was. */
const WHOLE_PART = 4
const WHOLE_PATCHES = 8

/** When so many were handed out, all entries are compared. */
const HANDED_MAX = 16_384

export class TrackedRecord {
  readonly target: Fields
  readonly proxy: Fields
  shadow: RecordShadow
  /** A bit for each slot whose entry was handed out or assigned since the last patch. */
  marks: Int32Array
  /** A bit for each slot that is looked at although it is not marked. */
  watched: Int32Array
  /** Keys that were assigned or deleted. */
  readonly touched = new Set<string>()
  readonly keyCheck = new KeyCheck(this)
  /**
   * The slots that are looked at in the comparison that is running, in ascending order. Those of the `changed` entries that
   * changed so far are moved to its front, where they have been read already; the last of these is `previous`.
   */
  due: Int32Array
  dueCount = 0
  changed = 0
  previous = -1
  /** Whether it is among the tracked records of its differ. */
  isLive = true
  isDirty = false
  isWatching = false
  /** The tracked record, and the slot there, that this one lies in. */
  outer: TrackedRecord | undefined = undefined
  outerSlot = -1
  readonly #handler: ProxyHandler<Fields>
  readonly #get: (target: Fields, key: string | symbol) => unknown
  readonly #watching = new Map<number, number>()
  #again: number[] = []
  /** What was handed out since the last comparison, some of it more than once. */
  readonly #handed: object[] = []
  #handedCount = 0
  #wholeLeft = 0
  #watches = false
  readonly #differ: Differ

  constructor(differ: Differ, target: Fields, shadow: RecordShadow) {
    this.#differ = differ
    this.target = target
    this.shadow = shadow
    this.marks = new Int32Array((shadow.values.length + 31) >> 5)
    this.watched = new Int32Array(this.marks.length)
    this.due = new Int32Array(this.marks.length * 32)
    this.#get = (object, key) => {
      const value = object[key as string]
      if (typeof value === 'object' && value !== null) {
        this.#handed[this.#handedCount++] = value
        if (!this.isDirty) this.setDirty()
        if (this.#handedCount === HANDED_MAX) this.#setWhole(WHOLE_PATCHES)
      }
      return value
    }
    this.#handler = {
      get: this.#get,
      set: (object, key, value, receiver) => {
        if (typeof key === 'string') this.touch(key)
        return receiver === this.proxy ? Reflect.set(object, key, value) : Reflect.set(object, key, value, receiver)
      },
      deleteProperty: (object, key) => {
        if (typeof key === 'string') this.touch(key)
        return Reflect.deleteProperty(object, key)
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
    const count = this.#handedCount
    this.#handedCount = 0
    for (let i = 0; i < count; i++) {
      const entry = Stamp.get(handed[i] as object)
      if (entry === undefined) continue
      if (entry.home === this && entry.twin === undefined) {
        const { slot } = entry
        this.marks[slot >> 5]! |= 1 << (slot & 31)
      } else {
        markTwins(entry)
      }
    }
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

  touch(key: string): void {
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
    const { marks, watched } = this
    for (let i = 0; i < marks.length; i++) {
      marks[i] = 0
      watched[i] = 0
    }
    if (this.touched.size > 0) this.touched.clear()
    this.isDirty = false
    this.isWatching = false
    const words = (this.shadow.values.length + 31) >> 5
    if (words > marks.length) this.#resize(words + (words >> 1))
    if (this.#again.length > 0) {
      for (const slot of this.#again) this.mark(slot)
      this.#again = []
    }
  }

  #resize(words: number): void {
    this.marks = new Int32Array(words)
    this.watched = new Int32Array(words)
    this.due = new Int32Array(words * 32)
  }

  /** Lists the slots that are marked or watched. Gives how many are marked. */
  collectDue(): number {
    const { marks, watched, due } = this
    let count = 0
    let marked = 0
    for (let word = 0; word < marks.length; word++) {
      const mark = marks[word] as number
      let bits = mark | (watched[word] as number)
      while (bits !== 0) {
        const low = 31 - Math.clz32(bits & -bits)
        bits &= bits - 1
        due[count++] = (word << 5) + low
        marked += (mark >>> low) & 1
      }
    }
    this.dueCount = count
    this.changed = 0
    this.previous = -1
    return marked
  }

  /** Before a comparison: what is looked at beyond what was handed out. */
  prepare(): void {
    if (this.#wholeLeft > 0) this.watchAll()
    else if (this.#watching.size > 0) this.#prepareWatched()
    this.#countWatches()
  }

  /** Tells the differ whether this wants to be asked before each comparison. */
  #countWatches(): void {
    const watches = this.#wholeLeft > 0 || this.#watching.size > 0
    if (watches === this.#watches) return
    this.#watches = watches
    this.#differ.watches += watches ? 1 : -1
  }

  #prepareWatched(): void {
    for (const [slot, left] of this.#watching) {
      this.setWatched(slot)
      if (left === 1) this.#watching.delete(slot)
      else this.#watching.set(slot, left - 1)
    }
  }

  /** Looks at 32 slots in the next comparison. */
  watchWord(word: number): void {
    this.watched[word] = -1
    this.isWatching = true
    this.outer?.setWatched(this.outerSlot)
  }

  watchAll(): void {
    if (this.shadow.values.length === 0) return
    this.watched.fill(-1)
    this.isWatching = true
    this.outer?.setWatched(this.outerSlot)
  }

  /** Looks at a slot in the next patches. */
  watch(slot: number): void {
    if (this.#wholeLeft > 0) return
    if (this.#watching.size > this.shadow.values.length * WATCHED_PART + WATCHED_MORE) return
    this.#watching.set(slot, WATCH_PATCHES)
    this.#countWatches()
  }

  /** It is no longer in the state. */
  stopWatching(): void {
    this.#watching.clear()
    this.#setWhole(0)
  }

  noteChanged(slot: number): void {
    this.due[this.changed++] = slot
    this.previous = slot
  }

  /** All that are due have been looked at, of which so many had been handed out. */
  looked(handedOut: number): void {
    const { size } = this.shadow.slots
    if (this.#wholeLeft > 0) {
      if (--this.#wholeLeft === 0) this.#setWhole(this.changed * WHOLE_PART > size ? WHOLE_PATCHES : 0)
      return
    }
    if (handedOut * WHOLE_PART > size) this.#setWhole(WHOLE_PATCHES)
    else if (this.isWatching) this.#watchKept()
  }

  /** An entry changed that was not handed out: somebody kept it, and will probably change it again. */
  #watchKept(): void {
    for (let i = 0; i < this.changed; i++) {
      const slot = this.due[i] as number
      if (((this.marks[slot >> 5]! >>> (slot & 31)) & 1) === 0) this.watch(slot)
    }
  }

  #setWhole(patches: number): void {
    this.#wholeLeft = patches
    // Not deleted: a handler that loses a property is slow from then on.
    ;(this.#handler as { get: unknown }).get = patches > 0 ? undefined : this.#get
    this.#countWatches()
  }

  /** A new entry, or another in its place. */
  added(slot: number, published: Published): void {
    if (!(published instanceof Shadow)) return
    published.home = this
    published.slot = slot
    this.stamp(published.value, published)
    this.watch(slot)
  }

  /** Another shadow takes the place of an entry's, once the comparison is taken over. */
  replace(slot: number, before: Published, next: Published): void {
    this.#differ.later(() => {
      this.shadow.values[slot] = next
      if (before instanceof Shadow) this.unstamp(before)
      this.added(slot, next)
    })
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
    this.#resize((shadow.values.length + 31) >> 5)
    this.adoptEntries()
    this.watchAll()
  }
}

function markTwins(first: Shadow): void {
  for (let at: Shadow | undefined = first; at; at = at.twin) at.home?.mark(at.slot)
}
