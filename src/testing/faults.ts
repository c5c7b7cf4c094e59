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
    description: 'The least time that data takes between two processes.',
  },
  delayMsMax: {
    ...TIME,
    default: 1,
    description: 'The most time that data takes between two processes. Connections do not wait for each other.',
  },
  spikeChance: {
    ...CHANCE,
    default: 0,
    description:
      'The share of messages that take longer, up to `spikeMsMax`. Later messages on the same connection wait.',
  },
  spikeMsMax: { ...TIME, default: 0, description: 'How long that takes at most.' },
  splitChance: { ...CHANCE, default: 0, description: 'The share of writes between masters that arrive in two pieces.' },
  breakEveryMs: {
    ...TIME,
    default: 0,
    description: 'The average interval at which a connection breaks; 0 for never. Data in transit on it may be lost.',
  },
  halfOpenChance: {
    ...CHANCE,
    default: 0,
    description:
      'The share of broken connections, and of connections of crashed processes, whose break goes unnoticed by one side, or by both.',
  },
  noticeMsMax: {
    ...TIME,
    default: 10,
    description: 'How long it takes at most until a side notices that its connection broke.',
  },
  swallowedCloseChance: {
    ...CHANCE,
    default: 0,
    description: 'The share of connections on which a close never reaches the other side.',
  },
  partitionEveryMs: {
    ...TIME,
    default: 0,
    description:
      'The average interval at which two processes lose each other, for up to `partitionMsMax`; 0 for never.',
  },
  partitionMsMax: { ...TIME, default: 10_000, description: 'How long a partition lasts at most.' },
  oneWayChance: {
    ...CHANCE,
    default: 0,
    description: 'The share of partitions in which bytes still pass in one direction.',
  },
  stallEveryMs: {
    ...TIME,
    default: 0,
    description: 'The average interval at which a process freezes, for up to `stallMsMax`; 0 for never.',
  },
  stallMsMax: { ...TIME, default: 10_000, description: 'How long a process is frozen at most.' },
  crashEveryMs: {
    ...TIME,
    default: 0,
    description: 'The average interval at which a back or front crashes; it is back within `downMsMax`. 0 for never.',
  },
  downMsMax: { ...TIME, default: 5_000, description: 'How long a crashed process is down at most.' },
  slowEveryMs: {
    ...TIME,
    default: 0,
    description:
      'The average interval at which a client reads only `slowBytesPerSecond`, for up to `slowMsMax`; 0 for never.',
  },
  slowMsMax: { ...TIME, default: 20_000, description: 'How long a client reads slowly at most.' },
  slowBytesPerSecond: {
    min: 0,
    max: Infinity,
    unit: 'per second',
    fraction: true,
    default: 1_000,
    description: 'How many bytes a second a slow client reads.',
  },
  clockSkewMsMax: {
    ...TIME,
    default: 0,
    description: 'The greatest difference, either way, between a wall clock and simulated time.',
  },
  clockDriftMax: {
    ...CHANCE,
    default: 0,
    description: 'The greatest share by which the clocks of a process run too fast or too slow.',
  },
  clockJumpEveryMs: {
    ...TIME,
    default: 0,
    description:
      'The average interval at which a wall clock is set, by up to `clockJumpMsMax` either way; 0 for never.',
  },
  clockJumpMsMax: { ...TIME, default: 0, description: 'By how much a wall clock is set at most.' },
})

/** The faults that happen at random, and how often; docs/testing.md explains each. */
export type Faults = LimitsOf<typeof FAULTS>

/** No faults: a fast and reliable network. */
export const NO_FAULTS: Faults = defaultsOf(FAULTS)
