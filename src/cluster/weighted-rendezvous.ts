/**
 * Which of several candidates of different weights a key belongs to: of a candidate with twice the weight twice as many keys, and when
 * one comes or leaves only keys move that it takes or had. The same in every process, like `rendezvous`.
 */
import { scoreOf } from './rendezvous.js'

export interface WeightedCandidate {
  readonly id: string
  /** Above 0. */
  readonly weight: number
}

/** The candidate that wins `key`; null where there is none. */
export function weightedRendezvous(candidates: Iterable<WeightedCandidate>, key: string): string | null {
  let winner: WeightedCandidate | null = null
  let most = -1
  for (const candidate of candidates) {
    const score = candidate.weight / -Math.log(partOf(scoreOf(candidate.id, key)))
    if (score < most || (score === most && winner !== null && candidate.id > winner.id)) continue
    winner = candidate
    most = score
  }
  return winner?.id ?? null
}

/** Between 0 and 1, neither of them. */
function partOf([high, low]: readonly [number, number]): number {
  return (high * 2 ** 20 + (low >>> 12) + 0.5) / 2 ** 52
}
