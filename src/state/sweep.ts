/**
 * Looks at all entries of all tracked records in turn, a few in each patch: so whatever was changed through an object that
 * was kept from earlier is found after at most `SWEEP_PATCHES` patches, and what was added to a record through the object
 * that it was made of after at most `SWEEP_KEYS_PATCHES`.
 */
import type { TrackedRecord } from './tracked-record.js'

export const SWEEP_PATCHES = 32
export const SWEEP_KEYS_PATCHES = 128

export class Sweep {
  #order: TrackedRecord[] = []
  #at = 0
  #slot = 0

  /** Before each patch. */
  step(tracked: ReadonlySet<TrackedRecord>): void {
    let slots = 0
    for (const record of tracked) {
      record.prepare()
      record.checkKeys(1 / SWEEP_KEYS_PATCHES)
      slots += record.shadow.values.length
    }
    for (let left = Math.ceil(slots / SWEEP_PATCHES); left > 0;) {
      const record = this.#order[this.#at]
      if (record === undefined) {
        this.#order = [...tracked]
        this.#at = 0
        this.#slot = 0
        if (this.#order.length === 0) return
        continue
      }
      const end = Math.min(record.shadow.values.length, this.#slot + left)
      left -= Math.max(end - this.#slot, 1)
      for (let slot = this.#slot; slot < end; slot++) record.setWatched(slot)
      this.#slot = end
      if (end < record.shadow.values.length) return
      this.#at++
      this.#slot = 0
    }
  }

  /** Before a patch that has to find everything. */
  all(tracked: ReadonlySet<TrackedRecord>): void {
    for (const record of tracked) {
      record.watchAll()
      record.checkKeys(2)
      record.checkKeys(2)
    }
  }
}
