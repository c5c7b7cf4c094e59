/**
 * Which of several candidates a key belongs to, without anybody keeping a table: each candidate draws a score for the key,
 * the greatest wins. When a candidate leaves only its own keys move. The scores are part of the cluster's contract: they are
 * the same in every process and version, so a golden test holds them.
 */

/** The candidate that wins `key`; null where there is none. The order of the candidates does not matter. */
export function rendezvous(candidates: Iterable<string>, key: string): string | null {
  let winner: string | null = null
  let most = [0, 0] as readonly [number, number]
  for (const candidate of candidates) {
    const score = scoreOf(candidate, key)
    if (winner === null || greater(score, most) || (!greater(most, score) && candidate < winner)) {
      winner = candidate
      most = score
    }
  }
  return winner
}

/** 64 bits as two halves, the high one first. */
export function scoreOf(candidate: string, key: string): readonly [number, number] {
  // The length in front keeps ('ab', 'c') and ('a', 'bc') apart.
  const text = `${candidate.length}:${candidate}${key}`
  return [hash32(text, 0x9747b28c), hash32(text, 0x3c074a61)]
}

function greater(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] > b[0] || (a[0] === b[0] && a[1] > b[1])
}

/** MurmurHash3 (x86, 32 bit) with each UTF-16 unit as a block of its own. */
function hash32(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) {
    let block = Math.imul(text.charCodeAt(i), 0xcc9e2d51)
    block = (block << 15) | (block >>> 17)
    hash ^= Math.imul(block, 0x1b873593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
