/** Limits of what a back keeps in its store: their names, defaults and what happens at them. */
import { limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'

const KIB = 1024
const MIB = 1024 * KIB
const HOUR_MS = 60 * 60 * 1000

export const DURABLE_LIMITS = limitTable({
  turnsUncommittedMax: {
    default: 256,
    min: 1,
    max: 100_000,
    unit: 'count',
    description:
      'Turns of a `log` channel that are not stored yet, and so not shown to anyone. At the limit the channel takes no turns until some are stored.',
  },
  commitMsMax: {
    default: 10_000,
    min: 10,
    max: HOUR_MS,
    unit: 'ms',
    description: 'How long the store may take for a commit before it is asked again.',
  },
  commitStallMs: {
    default: 1_000,
    min: 1,
    max: HOUR_MS,
    unit: 'ms',
    description:
      'How long the store may take for a commit until clients of `log` channels are told that these are `stalled`; at once where it refuses the commit.',
  },
  storeRetryMs: {
    default: 1_000,
    min: 1,
    max: HOUR_MS,
    unit: 'ms',
    description: 'Time between two attempts at a commit that the store refused: a full disk, or no contact.',
  },
  faultsMax: {
    default: 3,
    min: 1,
    max: 1_000,
    unit: 'count',
    description:
      'How often within `faultsWithinMs` a stored channel may fail: a turn that cannot be stored, a timer that throws again and again, a handler that ends its process. Then it is `faulted`, and opens no more until `centrum store clear-fault`.',
  },
  faultsWithinMs: {
    default: 10 * 60_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    unit: 'ms',
    description: 'See `faultsMax`.',
  },
  sentMessagesMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'Messages from the database (`centrum.send`) that a back has taken up and whose handlers have not settled; the rest waits in its table.',
  },
  sentBytesMax: {
    default: 16 * MIB,
    min: 64 * KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Characters of their payloads: no more are taken up beyond it.',
  },
  imageRatio: {
    default: 2,
    min: 0,
    max: 1_000,
    unit: 'times',
    description:
      'A channel is stored as a whole when its turns since the last time have so many times its bytes, and at least `imageTurnBytesMin`.',
  },
  imageTurnBytesMin: {
    default: 256 * KIB,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'Bytes of turns that never cause a channel to be stored as a whole by themselves.',
  },
  imageTurnsMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Turns after which a channel is stored as a whole, however small they are.',
  },
})

export type DurableLimits = LimitsOf<typeof DURABLE_LIMITS>
