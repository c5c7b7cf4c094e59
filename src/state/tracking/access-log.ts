/**
 * What was read and changed in one large collection of an owner's state since it was last compared. It belongs to the collection and knows
 * nobody who compares it: an object that outlives a channel, or is shared by several, holds nothing of theirs. Whoever compares it reads
 * what is new and forgets it here; another who had not yet read that finds that it is gone, and compares everything.
 */

import type { Key } from '../format/fields.js'

/** In the log before the key of an entry that was set, and of one that was deleted. Other keys were read. */
export const SET = Symbol('set')
export const DELETED = Symbol('deleted')
export type Noted = Key | typeof SET | typeof DELETED

/** How many may be noted at least, whatever the size of the collection. */
const NOTED_MIN = 128

/** Several places, or several owners, have it, if in so many readings there were two different readers. */
const SHARED_READINGS = 64
/** How many places are kept for the next turn, emptied so that they hold no key. */
const KEPT_MAX = 4096

export class AccessLog {
  /** What was noted: the first `count` of it. */
  readonly #noted: (Noted | undefined)[] = []
  count = 0
  /** How many may be noted before the log is made shorter. */
  #max = NOTED_MIN
  /** How much was noted before what there is, and has been read. */
  base = 0
  /** Whether all entries were read. What is read then need not be noted. */
  isWhole = false
  /** How often that was. */
  wholes = 0

  /** Who read it last, and for how many times that it is read more it counts as shared: read by several. */
  #reader = 0
  #sharedLeft = 0

  get isShared(): boolean {
    return this.#sharedLeft > 0
  }

  isReadByOthers(reader: number): boolean {
    return this.isShared || (this.#reader !== 0 && this.#reader !== reader)
  }

  /** `reader` has a number of its own. */
  noteReader(reader: number): void {
    if (this.#reader !== reader && this.#reader !== 0) this.#sharedLeft = SHARED_READINGS
    else if (this.#sharedLeft > 0) this.#sharedLeft--
    this.#reader = reader
  }

  get end(): number {
    return this.base + this.count
  }

  at(i: number): Noted {
    return this.#noted[i] as Noted
  }

  /** An entry is read. */
  noteRead(key: Key): void {
    if (this.isWhole) return
    this.#noted[this.count++] = key
    if (this.count > this.#max) this.#shorten()
  }

  /** An entry is set or deleted. */
  noteChange(kind: typeof SET | typeof DELETED, key: Key): void {
    this.#noted[this.count] = kind
    this.#noted[this.count + 1] = key
    this.count += 2
    if (this.count > this.#max) this.#shorten()
  }

  /** All entries are read, or may be. */
  noteWhole(): void {
    if (this.isWhole) return
    this.isWhole = true
    this.wholes++
  }

  /** When too much was noted: leaves out what is there twice, or gives up. */
  #shorten(): void {
    const kept: Noted[] = []
    const read = new Set<Key>()
    for (let i = 0; i < this.count; i++) {
      const key = this.at(i)
      if (typeof key === 'symbol') kept.push(key, this.at(++i))
      else if (!read.has(key)) {
        read.add(key)
        kept.push(key)
      }
    }
    if (kept.length * 2 <= this.#max) {
      for (let i = 0; i < this.count; i++) this.#noted[i] = kept[i]
      this.count = kept.length
      return
    }
    this.invalidate()
    this.noteWhole()
  }

  /** Whoever reads this next finds that something is missing. */
  invalidate(): void {
    this.base += this.count + 1
    this.#empty()
  }

  /** It has been read, by one who knows how large the collection is. */
  forget(size: number): void {
    this.base += this.count
    this.isWhole = false
    this.#max = Math.max(NOTED_MIN, size)
    if (this.count > 0) this.#empty()
  }

  #empty(): void {
    if (this.count > KEPT_MAX) this.#noted.length = 0
    else for (let i = 0; i < this.count; i++) this.#noted[i] = undefined
    this.count = 0
  }
}
