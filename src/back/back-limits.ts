/** Every limit of a back master: its name, default, unit and what happens at it. Those of links between masters are the links'. */
import { type LimitsOf, readLimits } from '../protocol/limit-table.js'

const MIB = 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const BACK_LIMITS = {
  graceMs: {
    default: 30_000,
    min: 0,
    max: DAY_MS,
    unit: 'ms',
    description:
      'How long a session that lost contact is waited for; then it is unlinked with `expired`. A definition may override it.',
  },
  inboxEntriesMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Entries of one link that were taken and have no outcome yet; a further one is refused with `overflow`. At twice as many nothing more is taken: the link is detached with `overflow` and linked again.',
  },
  unseenItemsMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Answers and events that one link was sent and has not seen yet; at the limit the link ends with `overflow`.',
  },
  unseenBytesMax: {
    default: 4 * MIB,
    min: 1024,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Their bytes; at the limit the link ends with `overflow`.',
  },
  peerMessagesQueuedMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Broadcasts, and words of other channels, that wait in one channel or whose handlers run; a further one is dropped and counted: they are at most once.',
  },
  ringTurnsMax: {
    default: 1_024,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Turns of a channel that are kept for those who return within their grace; the oldest go first, except those that the keyframe needs.',
  },
  ringBytesMax: {
    default: MIB,
    min: 1_024,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes of turns of a channel that are kept for those who return; the oldest go first.',
  },
  keyframeRatio: {
    default: 2,
    min: 1,
    max: 1_000,
    unit: 'count',
    description: 'A new keyframe is made when the turns behind the last one have so many times its bytes …',
  },
  keyframePatchBytesMin: {
    default: 65_536,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    description: '… and at least so many bytes, or `ringTurnsMax` turns.',
  },
  openChannelsMax: {
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Channels open at once; a link to a further one is refused with `too-many`.',
  },
  sessionsPerChannelMax: {
    default: 100_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Sessions in one channel, those in grace included; a further one is refused with `too-many`.',
  },
} as const

export type BackLimits = LimitsOf<typeof BACK_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function backLimits(given: Partial<BackLimits> = {}): BackLimits {
  return readLimits('BackMaster', BACK_LIMITS, given)
}
