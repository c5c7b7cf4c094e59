/**
 * What of a channel outlives its owner, so that another goes on in the same history: everything but what connections are. Fields in
 * the order in which they are written. Knows nothing of how it is kept.
 */
import { blob, bool, f64, list, optional, ordinal, struct, text, type TypeOf, uvarint } from '../protocol/field.js'
import { SENDER_KIND } from '../protocol/frame-types.js'
import { item } from '../protocol/link-frames.js'
import { origin } from '../protocol/origin.js'

/** A session whose link was accepted, in grace or not. */
export const sessionImage = struct({
  id: text,
  senderKind: ordinal('kind of sender', SENDER_KIND),
  userId: text,
  /** Wall clock, milliseconds since 1970. */
  beganAt: f64,
  /** As the channel's schema gave it, encoded. */
  data: blob,
  linkNumber: uvarint,
  order: struct({ tokenGeneration: uvarint, connectionAttempt: uvarint }),
  processor: bool,
  serial: uvarint,
  reply: optional(blob),
  /** The last clientSeq that has an outcome. */
  processed: uvarint,
  /** The first clientSeq whose outcome had no room; null for none. */
  firstUnreported: optional(uvarint),
  lastServerSeq: uvarint,
  /** Answers and events for this link alone that its client has not seen yet. */
  unseen: list(item),
  /** Whether more had no room: the link has to end. */
  isFull: bool,
})
export type SessionImage = TypeOf<typeof sessionImage>

export const timerImage = struct({
  id: uvarint,
  name: text,
  /** An encoded value, as the schema gave it. */
  payload: blob,
  /** On the channel's clock. */
  dueMs: f64,
  /** The period of one that repeats; null for one that does not. */
  everyMs: optional(f64),
  /** When its handler failed, of late. */
  failedAtMs: list(f64),
})

/** A message to another channel, until that has its outcome: its number, to whom, and what. */
export const outboxEntry = struct({ serial: uvarint, to: text, name: text, payload: blob })
export type OutboxEntry = TypeOf<typeof outboxEntry>

/** The number of the last message that the channel processed of another one. */
export const peerMark = struct({ sender: text, serial: uvarint })
export type PeerMark = TypeOf<typeof peerMark>

/** What is the same in an image and in the record of a turn: where the channel is behind it. */
export const position = {
  origin,
  version: uvarint,
  /** How many links the channel has accepted within its origin. */
  serial: uvarint,
  /** The channel's clock. */
  now: f64,
  /** The number of `onTick` calls so far. */
  tick: uvarint,
  /** What the next numbers of `ctx.random()` follow from; null before the first. */
  random: optional(blob),
  /** The id that a timer got last. */
  timerSerial: uvarint,
  /** The number that a message to another channel got last. */
  outboxSerial: uvarint,
  /** What the channel says of itself, encoded; null for nothing. */
  summary: optional(blob),
}

export const channelImage = struct({
  ...position,
  /** A keyframe of the state at that version. */
  state: blob,
  /** A keyframe of `ctx.memory`; null where the definition declares none. */
  memory: optional(blob),
  timers: list(timerImage),
  sessions: list(sessionImage),
  /** In the order of their numbers. */
  outbox: list(outboxEntry),
  /** The one that was silent longest first. */
  peerMarks: list(peerMark),
  /** What `onImage` gave, and the version of the state that it belongs to; null for nothing. */
  attachment: optional(struct({ bytes: blob, version: uvarint })),
})
export type ChannelImage = TypeOf<typeof channelImage>
