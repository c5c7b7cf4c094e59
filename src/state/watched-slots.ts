/**
 * Slots of a large record that are looked at in the next patches, handed out or not: an entry that has just come, or was found to be
 * changed through an object that was kept, will probably be changed so again. Knows nothing of entries.
 */

/** For how many patches a slot is looked at. */
const WATCH_PATCHES = 16
/** How much of a record may be watched: this part of it, and this many more. */
const WATCHED_PART = 1 / 16
const WATCHED_MORE = 16

export class WatchedSlots {
  /** In how many more patches each is looked at. */
  readonly #left = new Map<number, number>()

  get hasAny(): boolean {
    return this.#left.size > 0
  }

  /** Not if too many of the record's slots are watched already. */
  add(slot: number, slots: number): void {
    if (this.#left.size <= slots * WATCHED_PART + WATCHED_MORE) this.#left.set(slot, WATCH_PATCHES)
  }

  /** Those that are looked at in the next comparison. */
  next(look: (slot: number) => void): void {
    for (const [slot, left] of this.#left) {
      look(slot)
      if (left === 1) this.#left.delete(slot)
      else this.#left.set(slot, left - 1)
    }
  }

  clear(): void {
    this.#left.clear()
  }
}
