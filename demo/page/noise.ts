/** Chance that is the same on every visit: numbers from places and seeds, and smooth noise over the plane. */

/** From 0 to below 1, the same for the same place and seed. */
export function chanceAt(x: number, y: number, seed: number): number {
  let hash = (Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x9e3779b1)) | 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32
}

/** Numbers from 0 to below 1, the same row for the same seed. */
export function rowOfChance(seed: number): () => number {
  let index = 0
  return () => chanceAt(index++, 17, seed)
}

/** Smooth, from 0 to 1; one hill or hollow each unit of `x` and `y`. */
export function noise(x: number, y: number, seed: number): number {
  const column = Math.floor(x)
  const row = Math.floor(y)
  const right = ease(x - column)
  const down = ease(y - row)
  const above = mix(chanceAt(column, row, seed), chanceAt(column + 1, row, seed), right)
  const below = mix(chanceAt(column, row + 1, seed), chanceAt(column + 1, row + 1, seed), right)
  return mix(above, below, down)
}

/** Noise with finer noise upon it. */
export function roughNoise(x: number, y: number, seed: number): number {
  return noise(x, y, seed) * 0.57 + noise(x * 2.1, y * 2.1, seed + 1) * 0.29 + noise(x * 4.3, y * 4.3, seed + 2) * 0.14
}

export function mix(from: number, to: number, part: number): number {
  return from + (to - from) * part
}

/** 0 below `least`, 1 above `most`, and smooth between. */
export function ramp(least: number, most: number, value: number): number {
  return ease(Math.min(Math.max((value - least) / (most - least), 0), 1))
}

function ease(part: number): number {
  return part * part * (3 - 2 * part)
}
