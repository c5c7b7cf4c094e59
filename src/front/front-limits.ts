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
        'How long the first message for a back waits for others, so that they go as one batch. 0: until the end of the macrotask.',
    },
    payloadBytesMax: {
      default: 256 * KIB,
      min: KIB,
      max: 32 * MIB,
      unit: 'bytes',
      description:
        'Maximum size of the name and payload of a message, request or broadcast, and of the options of a link. Larger ones are refused with `too-large`.',
    },
    identityBytesMax: {
      default: 16 * KIB,
      min: 64,
      max: MIB,
      unit: 'bytes',
      description:
        'Maximum size of the encoded data that `authenticate` returns, which is sent with each link. Larger data is refused with `authentication-failed`.',
    },
    tokenMs: {
      default: 5 * 60 * 1000,
      min: 1_000,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a resume token is valid; an open socket gets a fresh one after half this time. An expired token is refused with `session-expired`, and the client begins a new session. Backs and fronts remember ended sessions for as long.',
    },
    sessionAgeMsMax: {
      default: 7 * DAY_MS,
      min: 1_000,
      max: 365 * DAY_MS,
      unit: 'ms',
      description:
        "How long the result of `authenticate` is valid; after that the client is asked for a token again, on the open socket. If it does not answer within `authenticateMs`, or the token is another user's, the socket closes with `session-expired`.",
    },
    sessionsMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'How many sessions a front may have at once; one more is refused with `too-many`.',
    },
    linksPerSessionMax: {
      default: 256,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description: 'How many links a session may have at once; one more is refused with `too-many`.',
    },
    waitingLinksMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'How many links may wait for backs that cannot be reached; one more is refused with `unreachable`.',
    },
    waitingBytesMax: {
      default: 64 * MIB,
      min: KIB,
      max: 16_384 * MIB,
      unit: 'bytes',
      description:
        'How many bytes the options of such waiting links may have together; one more link is refused with `unreachable`.',
    },
    waitingBytesPerUserMax: {
      default: 4 * MIB,
      min: KIB,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'waitingBytesMax',
      description: 'Like `waitingBytesMax`, for one user. Without `authenticate`, for one address.',
    },
    mirrorKeepMs: {
      default: 10_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long the keyframe and patches of a channel are kept for returning clients after its last link on this front ended.',
    },
    mirrorsKeptMax: {
      default: 1_024,
      min: 0,
      max: 1_000_000,
      unit: 'count',
      description:
        'How many channels without links are kept in this way; the one that has been without links for longest is evicted first.',
    },
    catchUpBytesMax: {
      default: 256 * KIB,
      min: 0,
      max: 1024 * MIB,
      unit: 'bytes',
      description: 'A late client gets the patches it missed, even if a keyframe would be smaller, up to this size.',
    },
    epochsSeenMax: {
      default: 65_536,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description:
        'How many channels have their greatest epoch remembered, with or without a link; the least recently used is evicted first.',
    },
    cutOffMs: {
      default: 3_000,
      min: 10,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long one back must be unreachable, while others are reachable, until the clients that wait for its channels are asked to try another front, if they know one: each client once per outage. The time doubles with each outage that soon follows another.',
    },
    endedSessionsMax: ENDED_SESSIONS_LIMIT,
  }),
  ...RING_LIMITS,
  ...RING_TIME_LIMITS,
} as const

/** Every limit of a front with its value; docs/limits.md says what happens at each. */
export type FrontLimits = LimitsOf<typeof FRONT_LIMITS>
