/** What an owner is to those who measure it, and the chance that owners have. */

/** A state and what a turn does to it; `get` gives what the owner sees as its state. */
export interface Owner {
  readonly state: unknown
  readonly turn: (get: () => never) => void
}
export type Form = 'plain' | 'map' | 'schema'

export function dice(seed: number): () => number {
  let a = seed
  return () => {
    a = (Math.imul(a, 1664525) + 1013904223) >>> 0
    return a / 4294967296
  }
}

export const whole = (next: () => number, below: number): number => Math.floor(next() * below)
