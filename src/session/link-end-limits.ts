/** What one end of a link keeps at most: for clients, and for the sessions of a front. The table is also for the documents. */
import { limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'

const MIB = 1024 * 1024

export const LINK_END_LIMITS = limitTable({
  /** How many messages and requests of one link may be without an outcome; at the limit `send` throws `buffer-full`. */
  retainedEntriesMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
  },
  /** How many bytes the messages and requests without an outcome may have; at the limit `send` throws `buffer-full`. */
  retainedBytesMax: {
    default: 4 * MIB,
    min: 1,
    max: 1024 * MIB,
    unit: 'bytes',
  },
  /** How many private blocks may wait for the version they belong to; beyond this the client links again. */
  heldBlocksMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
  },
  /** How many bytes these private blocks may have; beyond this the client links again. */
  heldBytesMax: {
    default: 4 * MIB,
    min: 1,
    max: 1024 * MIB,
    unit: 'bytes',
  },
  /** How many frames may wait until the code after `await link()` has run; beyond this the client links again. */
  waitingFramesMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
  },
})

export type LinkEndLimits = LimitsOf<typeof LINK_END_LIMITS>
