/**
 * Looks at all entries of all tracked records in turn, 32 at a time: so whatever was changed through an object that was kept
 * from earlier is found after at most `SWEEP_PATCHES` patches.
 */
import type { TrackedRecord } from './tracked-record.js'

export const SWEEP_PATCHES = 512

export class Sweep {
  #at = 0
  #word = 0
  /** How many slots are to be looked at and were not yet. */
  #due = 0

  /** Before each patch, if any record watches something. */
  prepare(tracked: readonly TrackedRecord[]): void {
    for (let i = 0; i < tracked.length; i++) tracked[i]?.prepare()
  }

  /** Once in `patches` patches. */
  step(tracked: readonly TrackedRecord[], patches: number): void {
    let slots = 0
    for (let i = 0; i < tracked.length; i++) {
      const record = tracked[i] as TrackedRecord
      record.keyCheck.some(patches)
      if (!record.needsNoSweep) slots += record.shadow.values.length
    }
    this.#due += ((slots + 31) * patches) / SWEEP_PATCHES
    while (this.#due >= 32) {
      this.#due -= 32
      this.#lookAtNext(tracked)
    }
  }

  #lookAtNext(tracked: readonly TrackedRecord[]): void {
    const record = tracked[this.#at]
    if (record === undefined) {
      this.#at = 0
      this.#word = 0
      return
    }
    const length = record.needsNoSweep ? 0 : record.shadow.values.length
    if (this.#word * 32 < length) record.watchWord(this.#word++)
    if (this.#word * 32 < length) return
    this.#at++
    this.#word = 0
  }

  /** Before a patch that has to find everything. */
  all(tracked: readonly TrackedRecord[]): void {
    for (const record of tracked) {
      record.prepare()
      if (!record.needsNoSweep) record.watchAll()
      record.keyCheck.all()
    }
  }
}
