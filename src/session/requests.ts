/**
 * Who waits for the outcome of which n of a link: requests, which an answer settles, and takes and releases of the
 * processor, which their acknowledgement settles. Each is settled once. Knows nothing of time: whoever gives up says so.
 */
import type { CentrumError } from '../protocol/errors.js'

/** Whoever waits. Exactly one of the two is called, once, unless the wait was given up. */
export interface Settle {
  /** The encoded result of a request; empty for a take or a release. */
  answer(result: Uint8Array): void
  failed(error: CentrumError): void
}

const NOTHING = new Uint8Array(0)

export class Requests {
  readonly #requests = new Map<number, Settle>()
  readonly #controls = new Map<number, Settle>()
  /** Given up, and without an outcome yet: what is said of these is for nobody. */
  readonly #forgotten = new Set<number>()

  get count(): number {
    return this.#requests.size + this.#controls.size
  }

  /** Waits for the answer to n. */
  add(n: number, settle: Settle): void {
    this.#requests.set(n, settle)
  }

  /** Waits until n is acknowledged. */
  addControl(n: number, settle: Settle): void {
    this.#controls.set(n, settle)
  }

  isControl(n: number): boolean {
    return this.#controls.has(n)
  }

  /** Gives up waiting for n. */
  forget(n: number): void {
    if (this.#requests.delete(n) || this.#controls.delete(n)) this.#forgotten.add(n)
  }

  answer(n: number, result: Uint8Array): void {
    const settle = this.#requests.get(n) ?? this.#controls.get(n)
    this.#requests.delete(n)
    this.#controls.delete(n)
    settle?.answer(result)
  }

  /** False where n is none of these: a message. */
  fail(n: number, error: CentrumError): boolean {
    const settle = this.#requests.get(n) ?? this.#controls.get(n)
    this.#requests.delete(n)
    this.#controls.delete(n)
    settle?.failed(error)
    return settle !== undefined || this.#forgotten.has(n)
  }

  /** Whether a take or release up to n waits for its acknowledgement. */
  hasControl(n: number): boolean {
    for (const control of this.#controls.keys()) return control <= n
    return false
  }

  /** Everything up to n is processed, and what failed of it has been told. */
  acknowledge(n: number): void {
    for (const control of this.#controls.keys()) {
      if (control > n) break
      this.answer(control, NOTHING)
    }
    for (const forgotten of this.#forgotten) {
      if (forgotten > n) break
      this.#forgotten.delete(forgotten)
    }
  }

  /** Takes out all that is waited for, in the order of n: none of it will be told of any more. */
  takeAll(): readonly (readonly [n: number, settle: Settle])[] {
    const all = [...this.#requests, ...this.#controls].sort(([a], [b]) => a - b)
    this.#requests.clear()
    this.#controls.clear()
    this.#forgotten.clear()
    return all
  }
}
