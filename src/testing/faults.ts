/**
 * What can go wrong in a simulated cluster, as one flat list: each field is a number, and each default means that nothing does.
 * `mischief.ts` brings about what happens at random; the network and the processes ask for the rest. Knows nothing of either.
 */
import { CentrumError } from '../protocol/errors.js'

export interface Faults {
  /** The least and the greatest time that anything takes between two processes, in milliseconds. Connections do not wait for each other. */
  readonly delayMsMin: number
  readonly delayMsMax: number
  /** Of all that is sent, the part that takes longer: up to `spikeMsMax`. What is behind it on its connection waits. */
  readonly spikeChance: number
  readonly spikeMsMax: number
  /** Of all writes, the part that arrives in two pieces. */
  readonly splitChance: number
  /** On average so often a connection breaks, somewhere; 0 for never. What was under way on it may be lost. */
  readonly breakEveryMs: number
  /** Of the broken connections, and of those of a process that crashed, the part of which one side, or both, is told nothing. */
  readonly halfOpenChance: number
  /** How long it takes at most until a side is told that its connection broke. */
  readonly noticeMsMax: number
  /** Of all connections, the part on which no close ever reaches the other side. */
  readonly swallowedCloseChance: number
  /** On average so often two processes cannot reach each other, for up to `partitionMsMax`; 0 for never. */
  readonly partitionEveryMs: number
  readonly partitionMsMax: number
  /** Of the partitions, the part in which bytes pass one way. */
  readonly oneWayChance: number
  /** On average so often a process stands still, for up to `stallMsMax`; 0 for never. */
  readonly stallEveryMs: number
  readonly stallMsMax: number
  /** On average so often a back or front crashes, to be back within `downMsMax`; 0 for never. */
  readonly crashEveryMs: number
  readonly downMsMax: number
  /** On average so often a client reads only `slowBytesPerSecond`, for up to `slowMsMax`; 0 for never. */
  readonly slowEveryMs: number
  readonly slowMsMax: number
  readonly slowBytesPerSecond: number
  /** The greatest difference of a wall clock from the time of the simulation, either way. */
  readonly clockSkewMsMax: number
  /** The greatest part by which the clocks of a process run too fast or too slow. */
  readonly clockDriftMax: number
  /** On average so often a wall clock is set, by up to `clockJumpMsMax` either way; 0 for never. */
  readonly clockJumpEveryMs: number
  readonly clockJumpMsMax: number
}

/** A quick and quiet network. */
export const NO_FAULTS: Faults = {
  delayMsMin: 0.25,
  delayMsMax: 1,
  spikeChance: 0,
  spikeMsMax: 0,
  splitChance: 0,
  breakEveryMs: 0,
  halfOpenChance: 0,
  noticeMsMax: 10,
  swallowedCloseChance: 0,
  partitionEveryMs: 0,
  partitionMsMax: 10_000,
  oneWayChance: 0,
  stallEveryMs: 0,
  stallMsMax: 10_000,
  crashEveryMs: 0,
  downMsMax: 5_000,
  slowEveryMs: 0,
  slowMsMax: 20_000,
  slowBytesPerSecond: 1_000,
  clockSkewMsMax: 0,
  clockDriftMax: 0,
  clockJumpEveryMs: 0,
  clockJumpMsMax: 0,
}

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option` that names the fault and the value. */
export function readFaults(given: Partial<Faults>, base: Faults = NO_FAULTS): Faults {
  for (const [name, value] of Object.entries(given)) {
    if (!(name in NO_FAULTS)) {
      throw new CentrumError(
        'invalid-option',
        `there is no fault '${name}'. There are: ${Object.keys(NO_FAULTS).join(', ')}.`,
      )
    }
    if (typeof value !== 'number' || !(value >= 0)) {
      throw new CentrumError('invalid-option', `the fault ${name} is ${String(value)}: it must be a number from 0`)
    }
    if (name.endsWith('Chance') && value > 1) {
      throw new CentrumError('invalid-option', `the fault ${name} is ${value}: a chance is from 0 to 1`)
    }
  }
  const faults = { ...base, ...given }
  if (faults.delayMsMin > faults.delayMsMax) {
    throw new CentrumError(
      'invalid-option',
      `delayMsMin is ${faults.delayMsMin} and delayMsMax ${faults.delayMsMax}: the first must not be above the second`,
    )
  }
  return faults
}
