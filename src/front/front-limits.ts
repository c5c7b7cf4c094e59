/** Every limit of a front master: its name, default, unit and what happens at it. Those of sockets are the gateway's, those of links between masters the links'. */
import { type LimitsOf, readLimits } from '../protocol/limit-table.js'

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const FRONT_LIMITS = {
  flushMs: {
    initial: 20,
    least: 0,
    most: 10_000,
    unit: 'ms',
    about:
      'How long the first message for a back waits for others before all go as one batch. 0: to the end of the macrotask.',
  },
  payloadBytesMax: {
    initial: MIB,
    least: KIB,
    most: 32 * MIB,
    unit: 'bytes',
    about:
      'The heaviest name and payload of a message, request or broadcast, and the heaviest options of a link. What is heavier is refused with `too-large`.',
  },
  identityBytesMax: {
    initial: 16 * KIB,
    least: 64,
    most: MIB,
    unit: 'bytes',
    about:
      'The heaviest encoded data that `authenticate` may deliver; it goes with each link. A heavier one ends in `authentication-failed`.',
  },
  sessionMs: {
    initial: DAY_MS,
    least: 1_000,
    most: 365 * DAY_MS,
    unit: 'ms',
    about:
      'How long a resume token is good; an open socket is given a fresh one after half of it. After it `session-expired`: the client begins a new session.',
  },
  sessionsMax: {
    initial: 100_000,
    least: 1,
    most: 10_000_000,
    unit: 'count',
    about: 'Sessions on this front at once; a further one is refused with `too-many`.',
  },
  linksPerSessionMax: {
    initial: 256,
    least: 1,
    most: 1_000_000,
    unit: 'count',
    about: 'Links of one session at once; a further one is refused with `too-many`.',
  },
  waitingLinksMax: {
    initial: 100_000,
    least: 1,
    most: 10_000_000,
    unit: 'count',
    about: 'Links that wait for backs which cannot be reached; a further one is refused with `unreachable`.',
  },
  mirrorKeepMs: {
    initial: 10_000,
    least: 0,
    most: DAY_MS,
    unit: 'ms',
    about:
      'How long the keyframe and patches of a channel are kept after its last link here ended, for those who return.',
  },
  mirrorsKeptMax: {
    initial: 1_024,
    least: 0,
    most: 1_000_000,
    unit: 'count',
    about: 'Channels that are kept without a link; the longest without one goes first.',
  },
  catchUpBytesMax: {
    initial: 256 * KIB,
    least: 0,
    most: 1024 * MIB,
    unit: 'bytes',
    about: 'The most patches that a late client is sent where a keyframe would be lighter.',
  },
  ringBlocksMax: {
    initial: 1_024,
    least: 1,
    most: 1_000_000,
    unit: 'count',
    about: 'Turns of a channel that are kept for those who return; the oldest go first.',
  },
  ringBytesMax: {
    initial: MIB,
    least: KIB,
    most: 1024 * MIB,
    unit: 'bytes',
    about: 'Bytes of turns of a channel that are kept for those who return; the oldest go first.',
  },
  epochsSeenMax: {
    initial: 65_536,
    least: 1,
    most: 10_000_000,
    unit: 'count',
    about: 'Channels whose greatest epoch is remembered, also without a link; the longest unused goes first.',
  },
  kickedMax: {
    initial: 10_000,
    least: 0,
    most: 1_000_000,
    unit: 'count',
    about:
      'Sessions that were kicked and are not taken back here while their tokens would be good; the oldest goes first.',
  },
} as const

export type FrontLimits = LimitsOf<typeof FRONT_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function frontLimits(given: Partial<FrontLimits> = {}): FrontLimits {
  return readLimits('FrontMaster', FRONT_LIMITS, given)
}
