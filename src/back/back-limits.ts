/** Every limit of a back master: its name, default, unit and what happens at it. Those of links between masters are the links'. */
import { DURABLE_LIMITS } from '../durable/durable-limits.js'
import { KEYFRAME_LIMITS, RING_LIMITS } from '../history/history-limits.js'
import { limitTable } from '../options/limit-table.js'
import type { LimitsOf } from '../options/option-table.js'
import { SHUTDOWN_LIMIT } from '../options/shutdown-limit.js'
import { ENDED_SESSIONS_LIMIT } from '../session/ended-sessions.js'

const MIB = 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const BACK_LIMITS = {
  ...limitTable({
    graceMs: {
      default: 30_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a back waits for a session that lost contact; after that it is unlinked with `expired`. A definition may override it.',
    },
    endedMs: {
      default: 60 * 60 * 1000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        "How long a back remembers, and refuses, sessions that said goodbye or were kicked. At least the fronts' `tokenMs`.",
    },
    endedSessionsMax: ENDED_SESSIONS_LIMIT,
    payloadContainersMax: {
      default: 16_384,
      min: 16,
      max: 16_777_216,
      unit: 'count',
      description:
        'How many arrays and objects the payload of a message, request or broadcast, or the options of a link, may contain. They cost far more to decode than their size suggests, so a payload with more is refused with `too-large`.',
    },
    inboxEntriesMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'How many accepted messages and requests of one link may be without an outcome; one more is refused with `overflow`. At twice as many the link is detached with `overflow` and linked again.',
    },
    inboxBytesMax: {
      default: 4 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'inboxBytesPerSessionMax',
      description:
        'How many bytes the accepted messages and requests of one link may have; each further one is refused with `overflow`.',
    },
    inboxBytesPerSessionMax: {
      default: 8 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'inboxBytesPerUserMax',
      description:
        'Like `inboxBytesMax`, for all links of one session to channels of this back, including the options of links that are not accepted yet.',
    },
    inboxBytesPerUserMax: {
      default: 32 * MIB,
      min: 1024,
      max: 16_384 * MIB,
      unit: 'bytes',
      description:
        'Like `inboxBytesMax`, for all sessions of one user. Without `authenticate`, for all sessions of one address.',
    },
    unseenItemsMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'How many answers and direct events of one link may be without an acknowledgement by the client; at the limit the link ends with `overflow`.',
    },
    unseenBytesMax: {
      default: 16 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesPerSessionMax',
      description:
        'How many bytes the unacknowledged answers and direct events of one link may have; at the limit the link ends with `overflow`.',
    },
    unseenBytesPerSessionMax: {
      default: 32 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesPerUserMax',
      description: 'Like `unseenBytesMax`, for all links of one session to channels of this back.',
    },
    unseenBytesPerUserMax: {
      default: 128 * MIB,
      min: 1024,
      max: 16_384 * MIB,
      unit: 'bytes',
      description:
        'Like `unseenBytesMax`, for all sessions of one user. Without `authenticate`, for all sessions of one address.',
    },
    inFlightBytesMax: {
      default: MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesMax',
      description:
        'How many bytes of answers and direct events may be on their way to one link at once; the rest waits at the back until the client has acknowledged some. A single one may be larger.',
    },
    sendBytesMax: {
      default: 8 * MIB,
      min: 1024,
      max: 512 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesMax',
      description:
        'Maximum size of an event, an answer, a reply, a message to another channel or the payload of a timer; encoding stops there. Sending more throws `too-large`; instead of a larger answer or reply the client gets `too-large`.',
    },
    peerMessagesQueuedMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'A limit for three queues of a channel. Broadcasts that wait or whose handlers run: one more is dropped and counted, as broadcasts are delivered at most once. Messages to another channel that wait for the link to it: one more is refused with `overflow`. Messages of a `log` channel to other channels without an outcome: sending one more throws `overflow`.',
    },
    peerWaitMs: {
      default: 30_000,
      min: 10,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a request to another channel waits for its answer, and a message for the link to that channel; after that it fails with `timeout`.',
    },
    peerKeepMs: {
      default: 10_000,
      min: 10,
      max: DAY_MS,
      unit: 'ms',
      description: 'How long the link of one channel to another is kept after it was last used.',
    },
    peerBytesQueuedMax: {
      default: 16 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      description: 'How many bytes the broadcasts that wait in one channel may have; one more is dropped and counted.',
    },
    peerMarksMax: {
      default: 10_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description:
        'For how many other channels a channel remembers their last message, so that a repeated message has no second effect. Beyond this the channel that has been silent for longest is forgotten.',
    },
    shutdownMs: SHUTDOWN_LIMIT,
    handOverMs: {
      default: 5_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a channel that moves to another back waits for its running handlers; those that are still running then fail with `handler-timeout`.',
    },
    openChannelsMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'How many channels a back may have open at once; a link to one more is refused with `too-many`.',
    },
    faultBackoffMsMin: {
      default: 1_000,
      min: 1,
      max: DAY_MS,
      unit: 'ms',
      notAbove: 'faultBackoffMsMax',
      description:
        'How long a channel in memory stays closed when it has failed twice within `faultsWithinMs`; the time doubles with each further failure. Its links wait and are linked again.',
    },
    faultBackoffMsMax: {
      default: 60_000,
      min: 1,
      max: DAY_MS,
      unit: 'ms',
      description: 'How long a channel in memory that keeps failing stays closed at most.',
    },
    sessionsPerChannelMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description:
        'How many sessions a channel may have, including those in their grace period; one more is refused with `too-many`.',
    },
    stateCheckMs: {
      default: 5_000,
      min: 100,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a change of state through an object kept from an earlier turn may go unnoticed, in a channel that was touched recently (`stateCheckedMs`).',
    },
    stateCheckedMs: {
      default: 60_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long after its last input, timer, change, or access to its state a channel without turns of its own counts as touched.',
    },
  }),
  ...RING_LIMITS,
  ...KEYFRAME_LIMITS,
  ...DURABLE_LIMITS,
} as const

/** Every limit of a back with its value; docs/limits.md says what happens at each. */
export type BackLimits = LimitsOf<typeof BACK_LIMITS>
