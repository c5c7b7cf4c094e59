/**
 * Which slots of a tracked record are looked at in the next comparison: a bit for each, because slots come in any order and
 * are wanted once each and in ascending order. While a comparison runs, their list, and which of them changed.
 * The insides are open: the code that is made for each shape goes through the list by itself. Counts are kept beside the
 * arrays, because the engine is slow at telling the length of a typed array.
 */

/** How many slots are put into the list as they come; more go through the marks. */
export const FEW_MAX = 4

export class DueSlots {
  /** A bit for each slot whose entry was handed out or assigned since the last comparison. */
  #marks = new Int32Array(0)
  /** A bit for each slot that is looked at although it was not. */
  #watched = new Int32Array(0)
  #words = 0
  #slots = 0
  /** Whether there may be any among the marks. */
  #hasMarks = false
  hasWatched = false
  /** How many slots are in the list already, in ascending order, before the comparison. */
  #few = 0
  /** In ascending order. Those of the `changed` entries that changed are moved to its front, which has been read by then. */
  list = new Int32Array(0)
  count = 0
  /** How many of them had been marked. */
  marked = 0
  changed = 0
  /** The slot of the last entry that changed so far. */
  previous = -1

  /** Makes room. */
  reserve(slots: number): void {
    this.#slots = Math.max(this.#slots, slots)
    if (slots <= this.#words * 32) return
    this.#words = ((slots + 31) >> 5) + (slots >> 6)
    const marks = new Int32Array(this.#words)
    const watched = new Int32Array(this.#words)
    const few = this.list.subarray(0, this.#few)
    marks.set(this.#marks)
    watched.set(this.#watched)
    this.#marks = marks
    this.#watched = watched
    this.list = new Int32Array(this.#words * 32)
    this.list.set(few)
  }

  mark(slot: number): void {
    this.#hasMarks = true
    this.#marks[slot >> 5]! |= 1 << (slot & 31)
  }

  /** As `mark`; faster where few are due. Between comparisons only. */
  markFew(slot: number): void {
    const { list } = this
    const few = this.#few
    if (few === FEW_MAX) return this.mark(slot)
    let at = few
    while (at > 0 && (list[at - 1] as number) >= slot) at--
    if (at < few && list[at] === slot) return
    for (let i = few; i > at; i--) list[i] = list[i - 1] as number
    list[at] = slot
    this.#few = few + 1
  }

  /** Looks at a slot in the next comparison, without its having been handed out. */
  watch(slot: number): void {
    this.#watched[slot >> 5]! |= 1 << (slot & 31)
    this.hasWatched = true
  }

  /** Looks at 32 slots. */
  watchWord(word: number): void {
    this.#watched[word] = -1
    this.hasWatched = true
  }

  watchAll(): void {
    this.#watched.fill(-1)
    this.hasWatched = true
  }

  /** Lists the slots that are marked or watched, and clears the marks. */
  collect(): void {
    this.changed = 0
    this.previous = -1
    if (this.#hasMarks || this.hasWatched) return this.#collectMarked()
    this.count = this.marked = this.#few
    this.#few = 0
  }

  #collectMarked(): void {
    const marks = this.#marks
    const watched = this.#watched
    const { list, hasWatched } = this
    for (let i = 0; i < this.#few; i++) this.mark(list[i] as number)
    this.#few = 0
    this.#hasMarks = false
    let count = 0
    let marked = 0
    const words = (this.#slots + 31) >> 5
    for (let word = 0; word < words; word++) {
      const mark = marks[word] as number
      let bits = mark
      if (hasWatched) {
        bits |= watched[word] as number
        watched[word] = bits & ~mark
      }
      if (bits === 0) continue
      marks[word] = 0
      while (bits !== 0) {
        const low = 31 - Math.clz32(bits & -bits)
        bits &= bits - 1
        list[count++] = (word << 5) + low
        marked += (mark >>> low) & 1
      }
    }
    // Watching goes by words, and arrays are slow from the first look beyond their end.
    while (count > 0 && (list[count - 1] as number) >= this.#slots) count--
    this.count = count
    this.marked = marked
  }

  noteChanged(slot: number): void {
    this.list[this.changed++] = slot
    this.previous = slot
  }

  /** Those that changed and were watched only. */
  changedUnmarked(): number[] {
    const slots: number[] = []
    for (let i = 0; i < this.changed; i++) {
      const slot = this.list[i] as number
      if ((((this.#watched[slot >> 5] as number) >>> (slot & 31)) & 1) === 1) slots.push(slot)
    }
    return slots
  }

  /** After the comparison. */
  stopWatching(): void {
    if (!this.hasWatched) return
    this.hasWatched = false
    this.#watched.fill(0)
  }

  clear(): void {
    this.#marks.fill(0)
    this.#hasMarks = false
    this.#few = 0
    this.stopWatching()
  }
}
