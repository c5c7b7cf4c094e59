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

/** The candidates for `key`, who wins it first, and then who would win it without those before. */
export function weightedCandidates<C extends WeightedCandidate>(candidates: readonly C[], key: string): C[] {
  return candidates
    .map((candidate) => ({ candidate, score: candidate.weight / -Math.log(partOf(scoreOf(candidate.id, key))) }))
    .sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? -1 : 1))
    .map(({ candidate }) => candidate)
}

/** Between 0 and 1, neither of them. */
function partOf([high, low]: readonly [number, number]): number {
  return (high * 2 ** 20 + (low >>> 12) + 0.5) / 2 ** 52
}
