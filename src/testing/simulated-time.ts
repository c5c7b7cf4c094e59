/**
 * The time of a simulation: it stands still but for what is due, one thing after the other, with all promises settled
 * in between. It moves while somebody waits for something that the cluster gave out. Knows nothing of processes.
 */
import type { Clock } from '../runtime/runtime.js'
import { type Due, EventQueue } from './event-queue.js'

/**
 * The grain of time. Sums of its multiples are exact, so that nothing is ever due an instant before its time by an error of
 * rounding.
 */
const GRAIN_MS = 1 / 1024

/** The first multiple of the grain that is not before `ms`. */
export function grainAfter(ms: number): number {
  return Math.ceil(ms / GRAIN_MS) * GRAIN_MS
}

export class SimulatedTime {
  readonly #host: Clock
  readonly #queue = new EventQueue()
  readonly #onFailure: (error: unknown) => void
  #now = 0
  /** How many promises are waited for. */
  #awaited = 0
  #pacing = false
  /** Things that have happened. */
  steps = 0

  /**
   * `host`: the machine's own clock, of which only the end of a macrotask is used: then promises have settled.
   * `onFailure` is told what something threw that happened.
   */
  constructor(host: Clock, onFailure: (error: unknown) => void) {
    this.#host = host
    this.#onFailure = onFailure
  }

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#now
  }

  /** Has something happen at a time, or now where that is over. */
  at(when: number, run: () => void): Due {
    const due = this.#queue.add(Math.max(grainAfter(when), this.#now), run)
    this.#pace()
    return due
  }

  /** Something threw that nobody waits for. */
  throw(error: unknown): void {
    this.at(this.#now, () => {
      throw error
    })
  }

  /** Moves on by `ms`: resolves when all that falls due by then has happened. */
  advance(ms: number): Promise<void> {
    return this.hold(
      new Promise((resolve) => {
        this.#queue.add(grainAfter(this.#now + ms), resolve, true)
      }),
    )
  }

  /** Time moves on until the promise is settled. */
  hold<T>(promise: Promise<T>): Promise<T> {
    this.#awaited++
    const settled = (): void => {
      this.#awaited--
    }
    promise.then(settled, settled)
    this.#pace()
    return promise
  }

  #pace(): void {
    if (this.#pacing || this.#awaited === 0) return
    this.#pacing = true
    this.#host.soon(() => this.#step())
  }

  #step(): void {
    const due = this.#awaited > 0 ? this.#queue.take() : null
    if (due === null) {
      this.#pacing = false
      return
    }
    this.#now = Math.max(this.#now, due.at)
    this.steps++
    try {
      due.run()
    } catch (error) {
      this.#onFailure(error)
    }
    this.#host.soon(() => this.#step())
  }
}
