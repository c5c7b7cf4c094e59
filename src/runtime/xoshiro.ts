/**
 * A source of chance whose whole state is four words (xoshiro128** of Blackman and Vigna): who has them draws the same numbers. Not for
 * secrets. Knows nothing of where its state comes from.
 */
export class Xoshiro {
  readonly #state: Uint32Array

  /** Four words that are not all 0. */
  constructor(state: Uint32Array) {
    this.#state = state.slice(0, 4)
  }

  /** What the next numbers follow from. */
  get state(): Uint32Array {
    return this.#state.slice()
  }

  /** From 0 up to, not including, 1: 53 bits, as many as a number has. */
  float(): number {
    return ((this.next() >>> 5) * 2 ** 26 + (this.next() >>> 6)) / 2 ** 53
  }

  /** 32 bits. */
  next(): number {
    const state = this.#state
    const [a = 0, b = 0, c = 0, d = 0] = state
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    const c2 = c ^ a
    const d2 = d ^ b
    state[0] = a ^ d2
    state[1] = b ^ c2
    state[2] = c2 ^ (b << 9)
    state[3] = rotated(d2, 11)
    return result
  }
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
