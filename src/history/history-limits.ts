/** What is kept of a channel's published turns, and when its keyframe is made anew. The table is also for the documents. */
import { type LimitsOf, limitTable } from '../options/option-table.js'

const KIB = 1024
const MIB = 1024 * KIB

/** Of backs and fronts alike. */
export const RING_LIMITS = limitTable({
  ringBlocksMax: {
    default: 1_024,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'Turns of a channel that are kept for clients that return; the oldest is evicted first.',
  },
  ringBytesMax: {
    default: MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes of turns of a channel that are kept for clients that return; the oldest turn is evicted first.',
  },
})

export const HISTORY_LIMITS = {
  ...RING_LIMITS,
  ...limitTable({
    keyframeRatio: {
      default: 2,
      min: 1,
      max: 1_000,
      unit: 'times',
      description:
        'A new keyframe is made when the patches since the last one have more than so many times its bytes, and more than `keyframePatchBytesMin`.',
    },
    keyframePatchBytesMin: {
      default: 64 * KIB,
      min: 0,
      max: 1024 * MIB,
      unit: 'bytes',
      description: 'Patches of at most so many bytes never cause a new keyframe.',
    },
  }),
} as const

export type HistoryLimits = LimitsOf<typeof HISTORY_LIMITS>
