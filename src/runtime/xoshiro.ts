/**
 * A source of chance whose whole state is four words (xoshiro128** of Blackman and Vigna): who has them draws the same numbers. Not for
 * secrets. Knows nothing of where its state comes from.
 */
const WORDS = 4

export class Xoshiro {
  readonly #state: Uint32Array

  /** Four words that are not all 0. */
  constructor(state: Uint32Array) {
    this.#state = state.slice(0, WORDS)
  }

  /** Of 16 bytes, as `toBytes` gives them or as chance has it. */
  static fromBytes(bytes: Uint8Array): Xoshiro {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const words = Uint32Array.from({ length: WORDS }, (_, i) => view.getUint32(4 * i))
    // Nothing but 0 would stay 0.
    return new Xoshiro(words.some((word) => word !== 0) ? words : words.fill(1))
  }

  /** What the next numbers follow from. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(4 * WORDS)
    const view = new DataView(bytes.buffer)
    this.#state.forEach((word, i) => view.setUint32(4 * i, word))
    return bytes
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
