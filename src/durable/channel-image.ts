/**
 * What of a channel outlives its owner, so that another goes on in the same history: everything but what connections are. FieldsByName in
 * the order in which they are written. Knows nothing of how it is kept.
 */
import { type TypeOf } from '../protocol/field.js'
import * as wire from '../protocol/wire.js'
import { SENDER_KIND } from '../protocol/frame-types.js'
import { item } from '../protocol/link-frames.js'
import { origin } from '../protocol/origin.js'

/** A session whose link was accepted, in grace or not. */
export const sessionImage = wire.struct({
  id: wire.text,
  senderKind: wire.ordinal('kind of sender', SENDER_KIND),
  userId: wire.text,
  /** Wall clock, milliseconds since 1970. */
  beganAt: wire.f64,
  /** As the channel's schema gave it, encoded. */
  data: wire.blob,
  linkNumber: wire.uvarint,
  order: wire.struct({ tokenGeneration: wire.uvarint, connectionAttempt: wire.uvarint }),
  processor: wire.bool,
  serial: wire.uvarint,
  reply: wire.optional(wire.blob),
  /** The last clientSeq that has an outcome. */
  processed: wire.uvarint,
  /** The first clientSeq whose outcome had no room; null for none. */
  firstUnreported: wire.optional(wire.uvarint),
  lastServerSeq: wire.uvarint,
  /** Answers and events for this link alone that its client has not seen yet. */
  unseen: wire.list(item),
  /** Whether more had no room: the link has to end. */
  isFull: wire.bool,
})
export type SessionImage = TypeOf<typeof sessionImage>

export const timerImage = wire.struct({
  id: wire.uvarint,
  name: wire.text,
  /** An encoded value, as the schema gave it. */
  payload: wire.blob,
  /** On the channel's clock. */
  dueMs: wire.f64,
  /** The period of one that repeats; null for one that does not. */
  everyMs: wire.optional(wire.f64),
  /** When its handler failed, of late. */
  failedAtMs: wire.list(wire.f64),
})

/** A message to another channel, until that has its outcome: its number, to whom, and what. */
export const outboxEntry = wire.struct({ serial: wire.uvarint, to: wire.text, name: wire.text, payload: wire.blob })
export type OutboxEntry = TypeOf<typeof outboxEntry>

/** The number of the last message that the channel processed of another one. */
export const peerMark = wire.struct({ sender: wire.text, serial: wire.uvarint })
export type PeerMark = TypeOf<typeof peerMark>

/** What is the same in an image and in the record of a turn: where the channel is behind it. */
export const position = {
  origin,
  version: wire.uvarint,
  /** How many links the channel has accepted within its origin. */
  serial: wire.uvarint,
  /** The channel's clock. */
  now: wire.f64,
  /** The number of `onTick` calls so far. */
  tick: wire.uvarint,
  /** What the next numbers of `ctx.random()` follow from; null before the first. */
  random: wire.optional(wire.blob),
  /** The id that a timer got last. */
  timerSerial: wire.uvarint,
  /** The number that a message to another channel got last. */
  outboxSerial: wire.uvarint,
  /** What the channel says of itself, encoded; null for nothing. */
  summary: wire.optional(wire.blob),
}

export const channelImage = wire.struct({
  ...position,
  /** A keyframe of the state at that version. */
  state: wire.blob,
  /** A keyframe of `ctx.memory`; null where the definition declares none. */
  memory: wire.optional(wire.blob),
  timers: wire.list(timerImage),
  sessions: wire.list(sessionImage),
  /** In the order of their numbers. */
  outbox: wire.list(outboxEntry),
  /** The one that was silent longest first. */
  peerMarks: wire.list(peerMark),
  /** What `onImage` gave, and the version of the state that it belongs to; null for nothing. */
  attachment: wire.optional(wire.struct({ bytes: wire.blob, version: wire.uvarint })),
})
export type ChannelImage = TypeOf<typeof channelImage>
