/**
 * The frames of the hop between a front master and a back master, inside the batches of their link: one table a direction.
 * docs/protocol.md has the same tables.
 */
import { keyframe, KEYFRAME, SHARED, sharedBlock, view } from './blocks.js'
import { type TypeOf } from './field.js'
import * as wire from './wire.js'
import { frame, frameDecoder, frameEncoder, type FrameOf } from './frame-table.js'
import { SENDER_KIND } from './frame-types.js'
import { entry, linkedState, linkRequest, readEntry } from './link-frames.js'
import { origin } from './origin.js'
import { reason } from './reasons.js'

/** What a session speaks for, as the front vouches for it. */
export const identity = wire.struct({
  /** A client, a front, or a channel. */
  senderKind: wire.ordinal('kind of sender', SENDER_KIND),
  /** The public id of the session. A front's own: its id; a channel's: its id. */
  sessionId: wire.text,
  /** The user that `authenticate` said it is. */
  userId: wire.text,
  /** What `authenticate` delivered, as an encoded value. */
  data: wire.blob,
  /** The number of the resume token that was presented (H5); 0 for none. */
  tokenGeneration: wire.uvarint,
  /** When the session began, by the wall clock of its front, milliseconds since 1970; 0 for a front's and a channel's. */
  beganAt: wire.uvarint,
})
/** Who speaks on a link of masters. */
export type Identity = TypeOf<typeof identity>

const owner = wire.struct({ id: wire.text, address: wire.text })
/** Who owns a channel, and where it listens. */
export type Owner = TypeOf<typeof owner>

/** Front to back. */
export const TO_BACK_FRAMES = {
  /** Begins a mirror. */
  subscribe: frame(0x81, {
    channelId: wire.text,
    view,
    /** The greatest epoch that the front ever accepted of the channel; 0 for none. */
    epochSeen: wire.uvarint,
    /** The history that the front still has. */
    past: wire.optional(wire.struct({ origin, version: wire.uvarint })),
  }),
  unsubscribe: frame(0x82, { channelId: wire.text, view }),
  /** `payer`: what the session's bytes count towards, its user or the address that it comes from; '' for its user. */
  masterLink: frame(0x83, {
    ref: wire.uvarint,
    identity,
    connectionAttempt: wire.uvarint,
    payer: wire.text,
    request: linkRequest,
  }),
  masterEntry: frame(0x84, { ref: wire.uvarint, entry }),
  masterSeen: frame(0x85, { ref: wire.uvarint, serverSeq: wire.uvarint }),
  /** The front has no socket for this link any more: the session may come back, within `graceMs` where that is not 0. */
  detach: frame(0x86, { ref: wire.uvarint, reason, graceMs: wire.uvarint }),
  /** Another link of the session takes the processor: this one has it no more, whatever its client says of it. */
  release: frame(0x8a, { ref: wire.uvarint }),
  masterBroadcast: frame(0x87, { identity, connectionAttempt: wire.uvarint, body: wire.rest('named') }),
  /** The session is over, in all channels. */
  end: frame(0x88, { sessionId: wire.text, reason }),
  /** All sessions of a user that began up to a time are over (wall clock, milliseconds since 1970). */
  endUser: frame(0x8e, { userId: wire.text, before: wire.uvarint, message: wire.text }),
  /** Asks for a keyframe of at least this version. */
  renew: frame(0x89, { channelId: wire.text, view, version: wire.uvarint }),
}

/** Back to front. */
export const TO_FRONT_FRAMES = {
  shared: frame(SHARED, { block: sharedBlock }),
  keyframe: frame(KEYFRAME, { keyframe }),
  /** What one turn has for single links of one front. */
  masterPrivate: frame(0xc3, {
    channelId: wire.text,
    origin,
    epoch: wire.uvarint,
    version: wire.uvarint,
    /** `items` is opaque to the front (`makeItems`). */
    links: wire.list(
      wire.struct({ ref: wire.uvarint, items: wire.blob }, (reader) => ({
        ref: reader.uvarint(),
        items: reader.blob(),
      })),
    ),
  }),
  masterLinked: frame(0xc4, { ref: wire.uvarint, linked: linkedState }),
  masterDetached: frame(0xc5, {
    ref: wire.uvarint,
    reason,
    /** Whether the client's library links again by itself; false: the link is over. */
    relink: wire.bool,
    message: wire.text,
    /** The back that owns the channel, where this one knows it (`not-owner`): for the front, never for its clients. */
    owner: wire.optional(owner),
    /** What goes to the client beside the message: an encoded value, null for none. */
    details: wire.optional(wire.blob),
  }),
  /** A channel was opened or closed on this back. Links that a closing ends are detached one by one. */
  channel: frame(0xc6, { channelId: wire.text, open: wire.bool, reason }),
  /** Nothing new comes of a channel that is open on this back, for this reason; or it does again. */
  channelStatus: frame(0xc8, { channelId: wire.text, stalled: wire.bool, reason }),
  /** The session's connection is to be closed and never taken back. */
  kick: frame(0xc7, { sessionId: wire.text, message: wire.text }),
  /** What a session sent cannot be read: its socket is closed with `protocol-error`, and nothing else happens to it. */
  unreadable: frame(0xc9, { sessionId: wire.text, message: wire.text }),
  /** As to backs. */
  userEnded: frame(0xce, { userId: wire.text, before: wire.uvarint, message: wire.text }),
}

/** What fronts send to backs. */
export type ToBackFrame = FrameOf<typeof TO_BACK_FRAMES>
/** What backs send to fronts. */
export type ToFrontFrame = FrameOf<typeof TO_FRONT_FRAMES>

/** The bytes of a frame for a back. */
export const encodeToBack = frameEncoder(TO_BACK_FRAMES)
/** Reads one frame of a front master. Byte fields are views on the bytes. Throws `DecodeError`. */
export const decodeToBack = frameDecoder(TO_BACK_FRAMES, {
  masterEntry: (reader) => ({ type: 'masterEntry', ref: reader.uvarint(), entry: readEntry(reader) }),
  masterSeen: (reader) => ({ type: 'masterSeen', ref: reader.uvarint(), serverSeq: reader.uvarint() }),
})

const encodeOwnFrame = frameEncoder(TO_FRONT_FRAMES)

/** The bytes of a shared block and of a keyframe are those that were made once, not a copy. */
export function encodeToFront(frame: ToFrontFrame, version?: number): Uint8Array {
  if (frame.type === 'shared') return frame.block.frame
  return frame.type === 'keyframe' ? frame.keyframe.frame : encodeOwnFrame(frame, version)
}

/** Reads one frame of a back master. Byte fields are views on the bytes. Throws `DecodeError`. */
export const decodeToFront = frameDecoder(TO_FRONT_FRAMES)
