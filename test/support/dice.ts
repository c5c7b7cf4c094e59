/** Chance by seed, for programs that are to be run again: the same seed gives the same throws, on every machine. */
export class Dice {
  #at: number

  constructor(seed: number) {
    this.#at = Math.imul(seed + 0x632be5ab, 0x85157af5) >>> 0
  }

  /** A whole number of 32 bits. */
  bits(): number {
    this.#at = (this.#at + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.#at ^ (this.#at >>> 15), 1 | this.#at)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }

  /** From 0 to 1, without 1. */
  next(): number {
    return (this.bits() * 2 ** 20 + (this.bits() >>> 12)) / 2 ** 52
  }

  /** A whole number from 0 to `count - 1`; 0 where that is none. */
  below(count: number): number {
    return Math.floor((this.bits() / 2 ** 32) * count)
  }

  chance(probability: number): boolean {
    return this.bits() < probability * 2 ** 32
  }

  pick<T>(of: readonly T[]): T {
    return of[this.below(of.length)] as T
  }
}
