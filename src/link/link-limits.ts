/**
 * Every limit of the links between masters: its name, default, unit and what happens at it. Checked once, where a master
 * is made. Knows nothing of links.
 */
import { limitTable } from '../options/limit-table.js'
import type { GivenLimits, LimitsOf } from '../options/option-table.js'
import { readOptions } from '../options/read-options.js'
import { CONTROL_BYTES_MAX } from '../protocol/master-packets.js'

const MIB = 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const LINK_LIMITS = limitTable({
  heartbeatMs: {
    default: 1_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'How often a link without traffic is pinged.',
  },
  heartbeatsMissedMax: {
    default: 4,
    min: 1,
    max: 1_000,
    unit: 'count',
    description: 'A link that receives nothing for this many heartbeats closes with `heartbeat-lost`.',
  },
  handshakeMs: {
    default: 10_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'Timeout for the handshake on an open stream; after it the stream closes with `handshake-timeout`.',
  },
  dialMs: {
    default: 5_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'Timeout for opening a stream; after it the attempt fails with `unreachable`.',
  },
  backoffMsMin: {
    default: 50,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    notAbove: 'backoffMsMax',
    description:
      'The longest wait before the first redial. It doubles with each failure, and each wait is a random fraction of it.',
  },
  backoffMsMax: {
    default: 2_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description: 'The longest wait between two redials.',
  },
  backoffTerminalMs: {
    default: 30_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description:
      'The longest wait between two redials after a refusal that is unlikely to change by itself, such as `versions`.',
  },
  packetBytesMax: {
    default: 64 * MIB,
    min: CONTROL_BYTES_MAX,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'Maximum size of a packet; a larger one closes the link with `protocol-error`. The other side learns the limit in the handshake, and respects it.',
  },
  batchBytesMax: {
    default: MIB,
    min: 1024,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'A batch of this size is written at once; further frames go into the next batch.',
  },
  linkQueuedBytesMax: {
    default: 64 * MIB,
    min: 1024,
    max: 16 * 1024 * MIB,
    unit: 'bytes',
    description:
      'Bytes that may wait to leave this process when another batch is written. Beyond this the link closes with `overflow`, because nothing may be left out.',
  },
  linkBusyBytesMax: {
    default: 4 * MIB,
    min: 1024,
    max: 16 * 1024 * MIB,
    unit: 'bytes',
    notAbove: 'linkQueuedBytesMax',
    description:
      'When this many bytes wait to leave this process, a back holds back what it can: state, answers and direct events follow piece by piece as the link drains, one channel after the other.',
  },
  closeMs: {
    default: 2_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description: 'How long a closing stream may take to send its last bytes; after that it is destroyed.',
  },
  takeoverMs: {
    default: 1_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description:
      'How long a connected back or front may take to answer a ping when another process dials with its id; if it does not answer, the other process takes its place.',
  },
  peersMax: {
    default: 4_096,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'How many backs and fronts may be linked to a listener at once; one more is refused with `too-many`.',
  },
  greetingsMax: {
    default: 256,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'How many streams may be in their handshake at once; one more is closed at once, and its other side dials again.',
  },
})

/** Every limit of the links between masters with its value; docs/limits.md says what happens at each. */
export type LinkLimits = LimitsOf<typeof LINK_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function linkLimits(given: GivenLimits<typeof LINK_LIMITS> = {}): LimitsOf<typeof LINK_LIMITS> {
  return readOptions({ call: 'links' }, LINK_LIMITS, given)
}
