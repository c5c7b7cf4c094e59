/**
 * The frames of the hop between a client and a front: one table a direction. A WebSocket message is one or more frames, each
 * behind its length (`frame-pack.ts`). docs/protocol.md has the same tables.
 */
import { keyframe, KEYFRAME, SHARED, sharedBlock } from './blocks.js'
import { blob, bool, f64, hex8, optional, rest, text, uvarint } from './field.js'
import { frame, frameDecoder, frameEncoder, type FrameOf } from './frame-codec.js'
import { entry, linkedState, linkRequest, readEntry } from './link-frames.js'
import { reason } from './reasons.js'

/** Client to front. */
export const CLIENT_FRAMES = {
  hello: frame(0x01, {
    versionMin: uvarint,
    versionMax: uvarint,
    features: uvarint,
    frameBytesMax: uvarint,
    /** Random, one a client object: 16 hex digits. */
    incarnation: hex8,
    /** What `authenticate` is given; '' for none. */
    token: text,
    /** The secret of the session to go on with; '' for a new one. */
    resume: text,
    /** Grows with each dial of the session. */
    connectionAttempt: uvarint,
  }),
  link: frame(0x02, { link: uvarint, request: linkRequest }),
  entry: frame(0x03, { link: uvarint, entry }),
  seen: frame(0x04, { link: uvarint, serverSeq: uvarint }),
  broadcast: frame(0x05, { body: rest('named') }),
  ping: frame(0x06, { sent: f64 }),
  bye: frame(0x07, {}),
  /** The page is left and may come back: as if contact were lost, with a grace of at most so long; 0 for the channels' own. */
  away: frame(0x08, { graceMs: uvarint }),
  /** Whether the page is hidden: its timers may stand still, and the front's own pings have to do. */
  hidden: frame(0x09, { hidden: bool }),
  /** The answer to AUTHENTICATE: a token for `authenticate`; '' for none. */
  token: frame(0x0a, { token: text }),
}

/** Front to client. */
export const FRONT_FRAMES = {
  welcome: frame(0x41, {
    version: uvarint,
    features: uvarint,
    frameBytesMax: uvarint,
    sessionId: text,
    userId: text,
    resume: text,
    connectionAttempt: uvarint,
    heartbeatMs: uvarint,
    /** The front's wall clock, milliseconds since 1970. */
    now: f64,
    frontId: text,
    incarnation: hex8,
    /** What the front takes of messages, requests, broadcasts and links; the library paces what it sends. 0 for no limit. */
    messagesPerSecond: uvarint,
    messagesBurst: uvarint,
  }),
  refused: frame(0x42, {
    reason,
    message: text,
    /** Where to dial instead; '' where the front knows no other, or another would refuse as well. */
    url: text,
  }),
  linked: frame(0x43, { link: uvarint, linked: linkedState }),
  detached: frame(0x44, {
    link: uvarint,
    reason,
    /** Whether the client's library links again by itself; false: the link is over. */
    relink: bool,
    message: text,
    /** What a refusal carries beside its message: an encoded value, null for none. */
    details: optional(blob),
  }),
  shared: frame(SHARED, { block: sharedBlock }),
  keyframe: frame(KEYFRAME, { keyframe }),
  private: frame(0x47, { link: uvarint, epoch: uvarint, version: uvarint, items: rest('items') }),
  status: frame(0x48, { link: uvarint, stalled: bool, reason }),
  pong: frame(0x49, { sent: f64, now: f64 }),
  goaway: frame(0x4a, {
    reason,
    /** Where to dial instead; '' for any front. */
    url: text,
    withinMs: uvarint,
  }),
  /** Who the client is was found out too long ago: TOKEN is due. */
  authenticate: frame(0x4c, { withinMs: uvarint }),
}

/** What clients send to fronts. */
export type ClientFrame = FrameOf<typeof CLIENT_FRAMES>
/** What fronts send to clients. */
export type FrontFrame = FrameOf<typeof FRONT_FRAMES>
export type ClientHello = FrameOf<typeof CLIENT_FRAMES, 'hello'>
export type ClientWelcome = FrameOf<typeof FRONT_FRAMES, 'welcome'>

// Marked as pure for bundlers: a client has no use for half of them.
/** The bytes of a frame that a client sends. */
export const encodeClientFrame = /* @__PURE__ */ frameEncoder(CLIENT_FRAMES)
/** Reads one frame of a client. Byte fields are views on the bytes. Throws `DecodeError`. */
export const decodeClientFrame = /* @__PURE__ */ frameDecoder(CLIENT_FRAMES, {
  entry: (reader) => ({ type: 'entry', link: reader.uvarint(), entry: readEntry(reader) }),
  seen: (reader) => ({ type: 'seen', link: reader.uvarint(), serverSeq: reader.uvarint() }),
})

const encodeOwnFrame = /* @__PURE__ */ frameEncoder(FRONT_FRAMES)

/** The bytes of a shared block and of a keyframe are those that the owner made, not a copy. */
export function encodeFrontFrame(frame: FrontFrame, version?: number): Uint8Array {
  if (frame.type === 'shared') return frame.block.frame
  return frame.type === 'keyframe' ? frame.keyframe.frame : encodeOwnFrame(frame, version)
}

/** Reads one frame of a front. Byte fields are views on the bytes. Throws `DecodeError`. */
export const decodeFrontFrame = /* @__PURE__ */ frameDecoder(FRONT_FRAMES)
