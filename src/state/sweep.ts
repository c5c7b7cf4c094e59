/**
 * Looks at all entries of all tracked records in turn, 32 at a time: so whatever was changed through an object that was kept
 * from earlier is found after at most `SWEEP_PATCHES` patches.
 */
import type { TrackedRecord } from './tracked-record.js'

export const SWEEP_PATCHES = 512

export class Sweep {
  #at = 0
  #word = 0
  /** How many words of 32 slots are to be looked at and were not yet. */
  #due = 0

  /** Before each patch, if any record watches something. */
  prepare(tracked: readonly TrackedRecord[]): void {
    for (let i = 0; i < tracked.length; i++) tracked[i]?.prepare()
  }

  /** Once in `patches` patches. Each word is looked at again so early that waiting for the next call is within the bound. */
  step(tracked: readonly TrackedRecord[], patches: number): void {
    let words = 0
    for (let i = 0; i < tracked.length; i++) {
      const record = tracked[i] as TrackedRecord
      record.keyCheck.some(patches)
      words += wordsOf(record)
    }
    this.#due += (words * patches) / (SWEEP_PATCHES - patches)
    for (; this.#due >= 1; this.#due--) this.#lookAtNext(tracked)
  }

  /** To be called only if there is any word at all. */
  #lookAtNext(tracked: readonly TrackedRecord[]): void {
    for (;;) {
      const record = tracked[this.#at]
      if (record !== undefined && this.#word < wordsOf(record)) return record.watchWord(this.#word++)
      this.#at = record === undefined ? 0 : this.#at + 1
      this.#word = 0
    }
  }

  /** Before a patch that has to find everything. */
  all(tracked: readonly TrackedRecord[]): void {
    for (const record of tracked) {
      record.prepare()
      record.watchAll()
      record.keyCheck.all()
    }
  }
}

function wordsOf(record: TrackedRecord): number {
  return (record.shadow.values.length + 31) >> 5
}
