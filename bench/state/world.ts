/**
 * The work of the benchmark of state: a dictionary of entities, and for each tick which of them change and by how much.
 * The same for every peer, and made beforehand, so that what is timed is mutating and encoding.
 */

export interface Entity {
  id: string
  x: number
  y: number
  hp: number
  name: string
}

/** One tick: the entities that move, in random order; every tenth of them also loses or gains health, which `hits` tells by 1. */
export interface Tick {
  readonly ids: readonly string[]
  readonly hits: Uint8Array
  readonly dx: Float64Array
  readonly dy: Float64Array
}

/** How many ticks are made; then they repeat. A power of two. */
export const TICKS = 64

/** Numbers from 0 to 1, the same for the same seed. */
export function randomOf(seed: number): () => number {
  let a = seed >>> 0
  const next = (): number => {
    a = (a + 0x6d2b79f5) >>> 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (t ^ (t >>> 14)) >>> 0
  }
  return () => (next() * 2 ** 20 + (next() >>> 12)) / 2 ** 52
}

export function makeEntities(count: number, seed = 1): Entity[] {
  const random = randomOf(seed)
  return Array.from({ length: count }, (_, i) => ({
    id: `e${i}`,
    x: random() * 1000,
    y: random() * 1000,
    hp: Math.floor(random() * 101),
    name: `bot ${i}`,
  }))
}

export function makeTicks(count: number, percent: number, seed = 2): Tick[] {
  const random = randomOf(seed)
  const names = Array.from({ length: count }, (_, i) => `e${i}`)
  const moving = Math.max(1, Math.round((count * percent) / 100))
  return Array.from({ length: TICKS }, (_, number) => {
    const order = Array.from({ length: count }, (_, i) => i)
    for (let i = 0; i < moving; i++) {
      const j = i + Math.floor(random() * (count - i))
      ;[order[i], order[j]] = [order[j] as number, order[i] as number]
    }
    return {
      ids: order.slice(0, moving).map((i) => names[i] as string),
      hits: Uint8Array.from({ length: moving }, (_, i) => ((i + number) % 10 === 0 ? 1 : 0)),
      dx: Float64Array.from({ length: moving }, () => random() * 10 - 5),
      dy: Float64Array.from({ length: moving }, () => random() * 10 - 5),
    }
  })
}

/** Health after a hit, always within 0 to 100. */
export function hit(hp: number): number {
  return hp >= 7 ? hp - 7 : 100
}
