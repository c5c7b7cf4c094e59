/** What is kept of a channel's published turns, and when its keyframe is made anew. The table is also for the documents. */
import { limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** Of backs and fronts alike. */
export const RING_LIMITS = limitTable({
  ringTurnsMax: {
    default: 1_024,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Turns of a channel that are kept for returning clients; the oldest are evicted first, except those that the keyframe needs.',
  },
  ringBytesMax: {
    default: MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes of turns of a channel that are kept for returning clients; the oldest are evicted first.',
  },
})

/** Of fronts: backs keep turns as long as the grace of their channels. */
export const RING_TIME_LIMITS = limitTable({
  ringMs: {
    default: 30_000,
    min: 0,
    max: DAY_MS,
    unit: 'ms',
    description:
      'How long a turn is kept for returning clients; best as long as the grace period (`graceMs`) of the backs.',
  },
})

/** Of backs, which make keyframes. */
export const KEYFRAME_LIMITS = limitTable({
  keyframeRatio: {
    default: 2,
    min: 1,
    max: 1_000,
    unit: 'times',
    description:
      'A new keyframe is made when the turns since the last one have this many times its bytes and at least `keyframePatchBytesMin`, or when there are `ringTurnsMax` of them.',
  },
  keyframePatchBytesMin: {
    default: 64 * KIB,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Turns with fewer bytes than this never cause a new keyframe.',
  },
})

export const HISTORY_LIMITS = { ...RING_LIMITS, ...RING_TIME_LIMITS, ...KEYFRAME_LIMITS } as const

export type HistoryLimits = LimitsOf<typeof HISTORY_LIMITS>
