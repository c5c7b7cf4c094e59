/**
 * What is still to happen, by time, and at the same time in the order in which it was asked for. A binary heap; what is
 * cancelled stays until it would be due. Knows nothing of what it holds.
 */

/** One thing that is due. */
export interface Due {
  readonly at: number
  readonly order: number
  /** Null once it was taken or cancelled. */
  run: (() => void) | null
}

export class EventQueue {
  readonly #heap: Due[] = []
  #order = 0

  /** `last`: behind everything else of its time, also what is asked for later. */
  add(at: number, run: () => void, last = false): Due {
    const due: Due = { at, order: last ? Number.POSITIVE_INFINITY : this.#order++, run }
    this.#heap.push(due)
    this.#rise(this.#heap.length - 1)
    return due
  }

  /** Takes out what is due first; null where nothing is. */
  take(): { readonly at: number; readonly run: () => void } | null {
    for (let due = this.#pop(); due !== null; due = this.#pop()) {
      const { at, run } = due
      due.run = null
      if (run !== null) return { at, run }
    }
    return null
  }

  #pop(): Due | null {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (first === undefined || last === undefined) return null
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink(0)
    }
    return first
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  #sink(from: number): void {
    let at = from
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const child = right < this.#heap.length && before(this.#at(right), this.#at(left)) ? right : left
      if (!this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #swapIfBefore(lower: number, upper: number): boolean {
    const a = this.#at(lower)
    const b = this.#at(upper)
    if (!before(a, b)) return false
    this.#heap[lower] = b
    this.#heap[upper] = a
    return true
  }

  #at(index: number): Due {
    return this.#heap[index] as Due
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
