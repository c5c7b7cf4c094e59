/**
 * Chance that is the same for the same seed (xoshiro128**, seeded by splitmix32). Each process and
 * each kind of fault draws from a source of its own, so that one more draw in one place changes nothing elsewhere. Not for secrets.
 */
import type { Random } from '../runtime/runtime.js'
import { Xoshiro } from '../runtime/xoshiro.js'

export class SeededRandom implements Random {
  readonly #seed: string
  readonly #source: Xoshiro

  constructor(seed: string) {
    this.#seed = seed
    let mixed = hash(seed)
    const words = Uint32Array.from({ length: 4 }, () => {
      mixed = (mixed + 0x9e3779b9) >>> 0
      let z = mixed
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    })
    this.#source = new Xoshiro(words)
  }

  /** Another source, by its name. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.#seed}/${name}`)
  }

  float(): number {
    return this.#source.float()
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count)
    for (let i = 0; i < count; i++) bytes[i] = this.#source.next() >>> 24
    return bytes
  }

  /** From `least` up to, not including, `most`. */
  between(least: number, most: number): number {
    return least + this.float() * (most - least)
  }

  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number {
    return Math.floor(this.float() * count)
  }

  chance(probability: number): boolean {
    return probability > 0 && this.float() < probability
  }

  /** One of several; undefined where there is none. */
  pick<T>(choices: readonly T[]): T | undefined {
    return choices[this.below(choices.length)]
  }

  /** How long until something happens that happens every `meanMs` on average. */
  waitMs(meanMs: number): number {
    return -Math.log(1 - this.float()) * meanMs
  }
}

function hash(text: string): number {
  let result = 0x811c9dc5
  for (let i = 0; i < text.length; i++) result = Math.imul(result ^ text.charCodeAt(i), 0x01000193)
  return result >>> 0
}
