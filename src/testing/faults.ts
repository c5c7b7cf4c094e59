/**
 * What can go wrong in a simulated cluster, as one flat list: each fault is a number, and by default none happens.
 * `fault-scheduler.ts` brings about what happens at random; the network and the processes ask for the rest. Knows neither.
 */
import { defaultsOf, limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'

const TIME = { min: 0, max: Infinity, unit: 'ms', fraction: true } as const
const CHANCE = { min: 0, max: 1, unit: 'part', fraction: true } as const

/** The table, also for the documents. */
export const FAULTS = limitTable({
  delayMsMin: {
    ...TIME,
    default: 0.25,
    notAbove: 'delayMsMax',
    description: 'The least time that anything takes between two processes.',
  },
  delayMsMax: {
    ...TIME,
    default: 1,
    description: 'The greatest time that anything takes between two processes. Connections do not wait for each other.',
  },
  spikeChance: {
    ...CHANCE,
    default: 0,
    description:
      'Of all that is sent, the part that takes longer: up to `spikeMsMax`. What is behind it on its connection waits.',
  },
  spikeMsMax: { ...TIME, default: 0, description: 'How long that takes at most.' },
  splitChance: { ...CHANCE, default: 0, description: 'Of all writes, the part that arrives in two pieces.' },
  breakEveryMs: {
    ...TIME,
    default: 0,
    description:
      'On average so often a connection breaks, somewhere; 0 for never. What was under way on it may be lost.',
  },
  halfOpenChance: {
    ...CHANCE,
    default: 0,
    description:
      'Of the broken connections, and of those of a process that crashed, the part of which one side, or both, receives no notice.',
  },
  noticeMsMax: {
    ...TIME,
    default: 10,
    description: 'How long it takes at most until a side receives notice that its connection broke.',
  },
  swallowedCloseChance: {
    ...CHANCE,
    default: 0,
    description: 'Of all connections, the part on which no close ever reaches the other side.',
  },
  partitionEveryMs: {
    ...TIME,
    default: 0,
    description: 'On average so often two processes cannot reach each other, for up to `partitionMsMax`; 0 for never.',
  },
  partitionMsMax: { ...TIME, default: 10_000, description: 'How long that lasts at most.' },
  oneWayChance: { ...CHANCE, default: 0, description: 'Of the partitions, the part in which bytes pass one way.' },
  stallEveryMs: {
    ...TIME,
    default: 0,
    description: 'On average so often a process stands still, for up to `stallMsMax`; 0 for never.',
  },
  stallMsMax: { ...TIME, default: 10_000, description: 'How long that lasts at most.' },
  crashEveryMs: {
    ...TIME,
    default: 0,
    description: 'On average so often a back or front crashes, to be back within `downMsMax`; 0 for never.',
  },
  downMsMax: { ...TIME, default: 5_000, description: 'After how long at most it is back.' },
  slowEveryMs: {
    ...TIME,
    default: 0,
    description: 'On average so often a client reads only `slowBytesPerSecond`, for up to `slowMsMax`; 0 for never.',
  },
  slowMsMax: { ...TIME, default: 20_000, description: 'How long that lasts at most.' },
  slowBytesPerSecond: {
    min: 0,
    max: Infinity,
    unit: 'per second',
    fraction: true,
    default: 1_000,
    description: 'Bytes that such a client reads.',
  },
  clockSkewMsMax: {
    ...TIME,
    default: 0,
    description: 'The greatest difference of a wall clock from the time of the simulation, either way.',
  },
  clockDriftMax: {
    ...CHANCE,
    default: 0,
    description: 'The greatest part by which the clocks of a process run too fast or too slow.',
  },
  clockJumpEveryMs: {
    ...TIME,
    default: 0,
    description: 'On average so often a wall clock is set, by up to `clockJumpMsMax` either way; 0 for never.',
  },
  clockJumpMsMax: { ...TIME, default: 0, description: 'By how much at most.' },
})

/** What goes wrong at random, and how often; docs/testing.md has a row for each. */
export type Faults = LimitsOf<typeof FAULTS>

/** A quick and quiet network. */
export const NO_FAULTS: Faults = defaultsOf(FAULTS)
