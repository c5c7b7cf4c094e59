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
      'How many turns of a `log` channel may be not yet stored, and so not yet shown to anyone. At the limit the channel takes no turns until some are stored.',
  },
  commitMsMax: {
    default: 10_000,
    min: 10,
    max: HOUR_MS,
    unit: 'ms',
    description: 'How long the store may take for a commit before the commit is tried again.',
  },
  commitStallMs: {
    default: 1_000,
    min: 1,
    max: HOUR_MS,
    unit: 'ms',
    description:
      'How long the store may take for a commit before the links of `log` channels become `stalled`. If it refuses the commit, they become so at once.',
  },
  storeRetryMs: {
    default: 1_000,
    min: 1,
    max: HOUR_MS,
    unit: 'ms',
    description:
      'Time between two attempts at a commit that the store refuses, because the disk is full or it cannot be reached.',
  },
  faultsMax: {
    default: 3,
    min: 1,
    max: 1_000,
    unit: 'count',
    description:
      'How often a stored channel may fail within `faultsWithinMs`, because a turn cannot be stored or a timer keeps throwing. After that it is `faulted`, and stays closed until `centrum store clear-fault`, or, in a dynamic cluster, `centrum cluster fault --clear`.',
  },
  faultsWithinMs: {
    default: 10 * 60_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    unit: 'ms',
    description: 'See `faultsMax`.',
  },
  poisonMax: {
    default: 3,
    min: 1,
    max: 1_000,
    unit: 'count',
    description:
      'How often the owner of a stored channel, whichever back that is, may die within `poisonWindowMs` while one of the handlers of the channel runs. After that the channel is `faulted`, as with `faultsMax`.',
  },
  poisonWindowMs: {
    default: 10 * 60_000,
    min: 1_000,
    max: 24 * HOUR_MS,
    unit: 'ms',
    description: 'See `poisonMax`.',
  },
  sentMessagesMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'How many messages from the database (`centrum.send`) a back takes from their table at once. The rest waits there until handlers have settled.',
  },
  sentBytesMax: {
    default: 16 * MIB,
    min: 64 * KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'How many characters the payloads of these messages may have; beyond this no more messages are taken.',
  },
  imageRatio: {
    default: 2,
    min: 0,
    max: 1_000,
    unit: 'times',
    description:
      'A channel is stored as a whole when its turns since the last time have this many times its own bytes, and at least `imageTurnBytesMin`. Of many channels some are stored earlier, up to half, so that not all are stored at once.',
  },
  imageTurnBytesMin: {
    default: 256 * KIB,
    min: 0,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'Turns with fewer bytes than this do not cause a channel to be stored as a whole, unless many channels are open: see `imageTurnBytesTotal`.',
  },
  imageTurnBytesTotal: {
    default: 32 * MIB,
    min: 0,
    max: 64 * 1024 * MIB,
    unit: 'bytes',
    description:
      'How many bytes the turns of all open channels of a back may have together before channels are stored as a whole. If a single share of it is smaller than `imageTurnBytesMin`, it takes its place.',
  },
  imageTurnsMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'After this many turns a channel is stored as a whole, however small they are.',
  },
})

export type DurableLimits = LimitsOf<typeof DURABLE_LIMITS>
