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
        'How long a back waits for a session that lost contact; then it is unlinked with `expired`. A definition may override it.',
    },
    endedMs: {
      default: 60 * 60 * 1000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        "How long a back remembers sessions that said good-bye or were kicked, and does not link them again: at least the fronts' `tokenMs`.",
    },
    endedSessionsMax: ENDED_SESSIONS_LIMIT,
    payloadContainersMax: {
      default: 16_384,
      min: 16,
      max: 16_777_216,
      unit: 'count',
      description:
        'Arrays and objects in one payload, of a message, a request, a broadcast or the options of a link: one with more is refused with `too-large`, as they cost far more to decode than their bytes say.',
    },
    inboxEntriesMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'Entries of one link that were accepted and have no outcome yet; one more is refused with `overflow`. At twice as many the link is detached with `overflow` and linked again.',
    },
    inboxBytesMax: {
      default: 4 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'inboxBytesPerSessionMax',
      description: 'Their bytes; what comes beyond it is refused with `overflow`, one by one.',
    },
    inboxBytesPerSessionMax: {
      default: 8 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'inboxBytesPerUserMax',
      description:
        'The same of all links of a session to channels of this back, the options of links that are not accepted yet among them.',
    },
    inboxBytesPerUserMax: {
      default: 32 * MIB,
      min: 1024,
      max: 16_384 * MIB,
      unit: 'bytes',
      description: 'The same of all sessions of a user, or, where nobody says who clients are, of an address.',
    },
    unseenItemsMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'Answers and events that were sent to one link and that it has not acknowledged; at the limit the link ends with `overflow`.',
    },
    unseenBytesMax: {
      default: 16 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesPerSessionMax',
      description: 'Their bytes; at the limit the link ends with `overflow`.',
    },
    unseenBytesPerSessionMax: {
      default: 32 * MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesPerUserMax',
      description: 'The same of all links of a session to channels of this back.',
    },
    unseenBytesPerUserMax: {
      default: 128 * MIB,
      min: 1024,
      max: 16_384 * MIB,
      unit: 'bytes',
      description: 'The same of all sessions of a user, or, where nobody says who clients are, of an address.',
    },
    inFlightBytesMax: {
      default: MIB,
      min: 1024,
      max: 1024 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesMax',
      description:
        'How much of that is on its way to one link at once: the rest waits at the back until the client has seen some. A single one may be larger.',
    },
    sendBytesMax: {
      default: 8 * MIB,
      min: 1024,
      max: 512 * MIB,
      unit: 'bytes',
      notAbove: 'unseenBytesMax',
      description:
        'Maximum size of an event, an answer, a reply, a message to another channel or the payload of a timer: nothing is encoded beyond it. What is larger throws `too-large` where it is sent; instead of an answer or reply the client gets `too-large`.',
    },
    peerMessagesQueuedMax: {
      default: 4_096,
      min: 1,
      max: 1_000_000,
      unit: 'count',
      description:
        'Broadcasts that wait in one channel or whose handlers run: one more is dropped and counted, as they are delivered at most once. And messages of one channel that wait for their link to another: one more is refused with `overflow`. And messages of one `log` channel to others that have no outcome yet: one more throws `overflow` where it is sent.',
    },
    peerWaitMs: {
      default: 30_000,
      min: 10,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a request to another channel waits for its answer, and a message for the link to that channel; then it fails with `timeout`.',
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
      description: 'Their bytes; one more message is dropped and counted.',
    },
    peerMarksMax: {
      default: 10_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description:
        'Channels of which another one remembers the last message, so that one that comes again has no second effect. Beyond it the one that was silent longest is forgotten.',
    },
    shutdownMs: SHUTDOWN_LIMIT,
    handOverMs: {
      default: 5_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a channel that moves to another back waits for its handlers; those that still run then fail with `handler-timeout`.',
    },
    openChannelsMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'Channels open at once; a link to one more is refused with `too-many`.',
    },
    faultBackoffMsMin: {
      default: 1_000,
      min: 1,
      max: DAY_MS,
      unit: 'ms',
      notAbove: 'faultBackoffMsMax',
      description:
        'How long a channel that lives in memory and has failed twice within `faultsWithinMs` stays closed; after each further time twice as long. Its links wait and link again.',
    },
    faultBackoffMsMax: {
      default: 60_000,
      min: 1,
      max: DAY_MS,
      unit: 'ms',
      description: 'How long such a channel stays closed at most.',
    },
    sessionsPerChannelMax: {
      default: 100_000,
      min: 1,
      max: 10_000_000,
      unit: 'count',
      description: 'Sessions in one channel, those in grace included; one more is refused with `too-many`.',
    },
    stateCheckMs: {
      default: 5_000,
      min: 100,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a change of state may go unnoticed that was made through an object kept from an earlier turn, in a channel that is touched.',
    },
    stateCheckedMs: {
      default: 60_000,
      min: 0,
      max: DAY_MS,
      unit: 'ms',
      description:
        'How long a channel without turns of its own counts as touched: after its last input, timer, change, or access to its state.',
    },
  }),
  ...RING_LIMITS,
  ...KEYFRAME_LIMITS,
  ...DURABLE_LIMITS,
} as const

/** Every limit of a back with its value; docs/limits.md says what happens at each. */
export type BackLimits = LimitsOf<typeof BACK_LIMITS>
