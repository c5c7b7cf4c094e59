/**
 * A clock that stands still until a test moves it. What is due runs in order of time, then in the order in which it was
 * asked for; `soon` is due at once, but runs only while the clock is moved, like everything else.
 */
import type { Clock, Timer } from '../../src/runtime/runtime.js'

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export class ManualClock implements Clock {
  readonly #due = new Set<Due>()
  #now = 0
  #order = 0
  #behindMs = 0

  now(): number {
    return this.#now
  }

  wall(): number {
    return 1_700_000_000_000 + this.#now - this.#behindMs
  }

  /** Sets the wall's clock back, or ahead by less than nothing; what is due by the other is due as before. */
  setBack(ms: number): void {
    this.#behindMs += ms
  }

  /** How many timers are running. */
  get pending(): number {
    return this.#due.size
  }

  after(delayMs: number, run: () => void): Timer {
    const due: Due = { at: this.#now + Math.max(delayMs, 0), order: this.#order++, run }
    this.#due.add(due)
    return { cancel: () => void this.#due.delete(due) }
  }

  soon(run: () => void): Timer {
    return this.after(0, run)
  }

  /** Moves on by `ms` and runs what falls due, also what that asks for within the time. Promises settle afterwards. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#first(until); next !== null; next = this.#first(until)) this.#run(next)
    this.#now = until
  }

  /** Lets `ms` pass in which nothing runs, as when the process is stopped: what fell due is late and runs when next moved. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Like `advance`, and lets promises and sockets settle after each timer. */
  async run(ms: number): Promise<void> {
    const until = this.#now + ms
    await macrotask()
    for (let next = this.#first(until); next !== null; next = this.#first(until)) {
      this.#run(next)
      await macrotask()
    }
    this.#now = until
  }

  #run(due: Due): void {
    this.#due.delete(due)
    this.#now = Math.max(this.#now, due.at)
    due.run()
  }

  #first(until: number): Due | null {
    let first: Due | null = null
    for (const due of this.#due) {
      if (due.at > until) continue
      if (first === null || due.at < first.at || (due.at === first.at && due.order < first.order)) first = due
    }
    return first
  }
}

function macrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
