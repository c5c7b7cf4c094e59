/** Every limit of a front master: its name, default, unit and what happens at it. Those of sockets are the gateway's, those of links between masters the links'. */
import { RING_LIMITS, RING_TIME_LIMITS } from '../history/history-limits.js'
import { limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'
import { ENDED_SESSIONS_LIMIT } from '../session/ended-sessions.js'

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const FRONT_LIMITS = {
  ...limitTable({
    flushMs: {
      default: 20,
      min: 0,
      max: 10_000,
      unit: 'ms',
      description:
        'How long the first message for a back waits for others before all go as one batch. 0: to the end of the macrotask.',
    },
    payloadBytesMax: {
      default: 256 * KIB,
      min: KIB,
      max: 32 * MIB,
      unit: 'bytes',
      description:
        'Maximum size of the name and payload of a message, request or broadcast, and of the options of a link. What is larger is refused with `too-large`.',
    },
    identityBytesMax: {
      default: 16 * KIB,
      min: 64,
      max: MIB,
      unit: 'bytes',
      description:
        'Maximum size of the encoded data that `authenticate` delivers, which goes with each link. What is larger ends in `authentication-failed`.',
    },
    tokenMs: {
      default: 5 * 60 * 1000,
      min: 1_000,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a resume token is valid; an open socket gets a fresh one after half of it. Later it is refused with `session-expired`, and the client begins a new session. So long masters remember which sessions are over.',
    },
    sessionAgeMsMax: {
      default: 7 * DAY_MS,
      min: 1_000,
      max: 365 * DAY_MS,
      unit: 'ms',
      description:
        'How long `authenticate` is believed; then the client is asked for its token again, on the open socket. Without an answer within `authenticateMs`, or where it is another user, the socket closes with `session-expired`.',
    },
    sessionsMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'Sessions on this front at once; one more is refused with `too-many`.',
    },
    linksPerSessionMax: {
      default: 256,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description: 'Links of one session at once; one more is refused with `too-many`.',
    },
    waitingLinksMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'Links that wait for backs that cannot be reached; one more is refused with `unreachable`.',
    },
    waitingBytesMax: {
      default: 64 * MIB,
      min: KIB,
      max: 16_384 * MIB,
      unit: 'bytes',
      description: 'The options of such links; one more is refused with `unreachable`.',
    },
    waitingBytesPerUserMax: {
      default: 4 * MIB,
      min: KIB,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'waitingBytesMax',
      description: 'The same of a user, or, where nobody says who clients are, of an address.',
    },
    mirrorKeepMs: {
      default: 10_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long the keyframe and patches of a channel are kept for clients that return, after its last link here ended.',
    },
    mirrorsKeptMax: {
      default: 1_024,
      min: 0,
      max: 1_000_000,
      unit: 'count',
      description: 'Channels that are kept without a link; the one that has been without for longest is evicted first.',
    },
    catchUpBytesMax: {
      default: 256 * KIB,
      min: 0,
      max: 1024 * MIB,
      unit: 'bytes',
      description: 'Maximum size of the patches that a late client is sent where a keyframe would be smaller.',
    },
    epochsSeenMax: {
      default: 65_536,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description:
        'Channels whose greatest epoch is remembered, also without a link; the least recently used is evicted first.',
    },
    cutOffMs: {
      default: 3_000,
      min: 10,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a back is not reached, while others are, until clients that wait for its channels are asked to try another front where they know one: each once an outage. Twice as long after each outage that soon follows another.',
    },
    endedSessionsMax: ENDED_SESSIONS_LIMIT,
  }),
  ...RING_LIMITS,
  ...RING_TIME_LIMITS,
} as const

/** Every limit of a front with its value; docs/limits.md says what happens at each. */
export type FrontLimits = LimitsOf<typeof FRONT_LIMITS>
