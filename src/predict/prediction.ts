/**
 * Where something is before the server says so: the last state that the server showed, and on top of it the inputs that this
 * state does not contain yet. Pure: it knows no link and no time. Inputs are kept until they are acknowledged; how many that can be
 * is the link's limit of unacknowledged messages.
 */
import { copyValue, type Draft } from './copy-value.js'

interface NumberedInput<I> {
  readonly clientSeq: number
  readonly input: I
}

/** Takes one input, on a copy: what the channel's handler does as well. */
export type Step<P, I> = (value: Draft<P>, input: I) => void

export class Prediction<P extends object, I> {
  readonly #step: Step<P, I>
  #pending: NumberedInput<I>[] = []
  #value: Draft<P> | undefined

  constructor(step: Step<P, I>) {
    this.#step = step
  }

  /** With all inputs; undefined while there is nothing to predict. Changed by `take`, another object after `learn`. */
  get value(): Draft<P> | undefined {
    return this.#value
  }

  /** How many inputs are not acknowledged. */
  get pending(): number {
    return this.#pending.length
  }

  /** One more input. */
  take(clientSeq: number, input: I): void {
    this.#pending.push({ clientSeq, input })
    if (this.#value !== undefined) this.#step(this.#value, input)
  }

  /** What the server shows, which contains each input up to `acknowledged`: the others are taken again on top of it. */
  learn(shown: P | undefined, acknowledged: number): void {
    this.#pending = this.#pending.filter(({ clientSeq }) => clientSeq > acknowledged)
    const value = shown === undefined ? undefined : copyValue(shown)
    if (value !== undefined) for (const { input } of this.#pending) this.#step(value, input)
    this.#value = value
  }

  /** The numbers begin again, and with them what is predicted: of what was not acknowledged nothing is known. */
  restart(): void {
    this.#pending = []
    this.#value = undefined
  }
}
