/**
 * Every limit of the links between masters: its name, default, unit and what happens at it. Checked once, where a master
 * is made. Knows nothing of links.
 */
import { CentrumError } from '../protocol/errors.js'
import { type LimitsOf, readLimits } from '../protocol/limit-table.js'
import { CONTROL_BYTES_MAX } from '../protocol/master-packets.js'

const MIB = 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const LINK_LIMITS = {
  heartbeatMs: {
    initial: 2_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: 'How often a quiet link is asked for a sign of life.',
  },
  heartbeatsMissedMax: {
    initial: 3,
    least: 1,
    most: 1_000,
    unit: 'count',
    about: 'After so many heartbeats of silence the link breaks with `heartbeat-lost`.',
  },
  handshakeMs: {
    initial: 10_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: 'From the open stream to the end of the handshake; then it closes with `handshake-timeout`.',
  },
  dialMs: {
    initial: 5_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: 'From dialling to the open stream; then the attempt has failed with `unreachable`.',
  },
  backoffMsMin: {
    initial: 50,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about:
      'The longest wait before the first redial; it doubles with each failure, and each wait is a random part of it.',
  },
  backoffMsMax: {
    initial: 2_000,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about: 'The longest wait between two redials.',
  },
  backoffTerminalMs: {
    initial: 30_000,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about:
      'The longest wait between two redials after a refusal that will hardly change by itself, such as `versions`.',
  },
  packetBytesMax: {
    initial: 64 * MIB,
    least: CONTROL_BYTES_MAX,
    most: 1024 * MIB,
    unit: 'bytes',
    about:
      'The heaviest packet that is taken; a heavier one closes the link with `protocol-error`. The peer is told, and sends none.',
  },
  batchBytesMax: {
    initial: MIB,
    least: 1024,
    most: 1024 * MIB,
    unit: 'bytes',
    about: 'A batch that reaches it is written at once, and the frames behind it go into the next one.',
  },
  linkQueuedBytesMax: {
    initial: 64 * MIB,
    least: 1024,
    most: 16 * 1024 * MIB,
    unit: 'bytes',
    about:
      'What may wait to leave this process when a further batch is written; above it the link breaks with `overflow`, because nothing may be left out.',
  },
  closeMs: {
    initial: 2_000,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about: 'How long a closed stream may take to send its last bytes; then it is broken off.',
  },
  takeoverMs: {
    initial: 1_000,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about: 'How long a master has to answer when another one comes with its id; then the other one takes its place.',
  },
  peersMax: {
    initial: 4_096,
    least: 1,
    most: 1_000_000,
    unit: 'count',
    about: 'Masters that may be linked to a listener at once; a further one is refused with `too-many`.',
  },
  greetingsMax: {
    initial: 256,
    least: 1,
    most: 1_000_000,
    unit: 'count',
    about: 'Streams whose handshake is under way at once; a further one is broken off, and its master dials again.',
  },
} as const

export type LinkLimits = LimitsOf<typeof LINK_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function linkLimits(given: Partial<LinkLimits> = {}): LinkLimits {
  const limits = readLimits('links', LINK_LIMITS, given)
  if (limits.backoffMsMin > limits.backoffMsMax) {
    throw new CentrumError(
      'invalid-option',
      `links: backoffMsMin is ${limits.backoffMsMin} and backoffMsMax ${limits.backoffMsMax}. The first must not be above the second.`,
    )
  }
  return limits
}
