/** What a seed stands for: how many there are, how busy, which limits, and which faults, each present in some runs and absent in others. */
import type { Faults } from '../../src/testing/faults.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'

export interface Profile {
  readonly backs: number
  readonly fronts: number
  readonly clients: number
  /** On average so often a client does something. */
  readonly actionEveryMs: number
  /** On average so often a client goes without a word, and another comes. */
  readonly clientEveryMs: number
  readonly faultsMs: number
  readonly graceMs: number
  readonly flushMs: number
  readonly retainedEntriesMax: number
  readonly ringTurnsMax: number
  readonly heartbeatMs: number
  readonly linkHeartbeatMs: number
  readonly congestedBytes: number
  readonly slowMsMax: number
  readonly catchUpBytesMax: number
  readonly mirrorKeepMs: number
  readonly inboxEntriesMax: number
  readonly unseenItemsMax: number
  readonly clientBufferedBytesMax: number
  readonly faults: Partial<Faults>
}

export function profileOf(seed: string): Profile {
  const random = new SeededRandom(`profile ${seed}`)
  const sometimes = <T>(chance: number, value: T, otherwise: T): T => (random.chance(chance) ? value : otherwise)
  const delayMsMin = sometimes(0.5, 0.1, random.between(1, 20))
  return {
    backs: 1 + random.below(3),
    fronts: 1 + random.below(3),
    clients: 4 + random.below(random.chance(0.3) ? 32 : 12),
    actionEveryMs: random.between(60, 400),
    clientEveryMs: random.between(3_000, 20_000),
    faultsMs: random.between(8_000, 40_000),
    graceMs: random.pick([2_000, 8_000, 30_000]) ?? 30_000,
    flushMs: random.pick([0, 5, 20]) ?? 20,
    retainedEntriesMax: random.pick([16, 64, 4_096]) ?? 64,
    ringTurnsMax: random.pick([8, 64, 1_024]) ?? 64,
    heartbeatMs: random.pick([1_000, 3_000, 10_000]) ?? 3_000,
    linkHeartbeatMs: random.pick([300, 1_000, 2_000]) ?? 1_000,
    congestedBytes: random.pick([1_024, 65_536]) ?? 65_536,
    slowMsMax: random.pick([3_000, 30_000]) ?? 30_000,
    catchUpBytesMax: random.pick([0, 2_048, 262_144]) ?? 262_144,
    mirrorKeepMs: random.pick([0, 1_000, 10_000]) ?? 10_000,
    inboxEntriesMax: random.pick([8, 64, 4_096]) ?? 4_096,
    unseenItemsMax: random.pick([32, 256, 4_096]) ?? 4_096,
    clientBufferedBytesMax: random.pick([16_384, 262_144, 16_777_216]) ?? 16_777_216,
    faults: {
      delayMsMin,
      delayMsMax: delayMsMin + random.between(0.5, 40),
      spikeChance: sometimes(0.5, random.float() * 0.02, 0),
      spikeMsMax: random.between(50, 3_000),
      splitChance: sometimes(0.5, random.float() * 0.5, 0),
      breakEveryMs: sometimes(0.7, random.between(300, 5_000), 0),
      halfOpenChance: sometimes(0.5, random.float(), 0),
      noticeMsMax: random.between(1, 500),
      swallowedCloseChance: sometimes(0.5, random.float() * 0.5, 0),
      partitionEveryMs: sometimes(0.5, random.between(2_000, 15_000), 0),
      partitionMsMax: random.between(500, 12_000),
      oneWayChance: random.float(),
      stallEveryMs: sometimes(0.5, random.between(1_000, 10_000), 0),
      stallMsMax: random.between(100, 12_000),
      crashEveryMs: sometimes(0.5, random.between(3_000, 20_000), 0),
      downMsMax: random.between(100, 8_000),
      slowEveryMs: sometimes(0.4, random.between(2_000, 10_000), 0),
      slowMsMax: random.between(1_000, 15_000),
      slowBytesPerSecond: random.between(200, 5_000),
      clockSkewMsMax: sometimes(0.5, random.between(0, 120_000), 0),
      clockDriftMax: sometimes(0.3, random.float() * 0.001, 0),
      clockJumpEveryMs: sometimes(0.3, random.between(5_000, 30_000), 0),
      clockJumpMsMax: random.between(10, 60_000),
    },
  }
}
