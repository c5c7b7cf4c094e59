/**
 * The frames of the hop between a client and a front: one table a direction. A WebSocket message is one or more frames, each
 * behind its length (`pack-frames.ts`). docs/protocol.md has the same tables.
 */
import { keyframe, KEYFRAME, SHARED, sharedBlock } from './blocks.js'
import * as wire from './wire.js'
import { frame, frameDecoder, frameEncoder, type FrameOf } from './frame-table.js'
import { entry, linkedState, linkRequest, readEntry } from './link-frames.js'
import { reason } from './reasons.js'

/** Client to front. */
export const CLIENT_FRAMES = {
  hello: frame(0x01, {
    versionMin: wire.uvarint,
    versionMax: wire.uvarint,
    features: wire.uvarint,
    frameBytesMax: wire.uvarint,
    /** Random, one a client object: 16 hex digits. */
    incarnation: wire.hex8,
    /** What `authenticate` is given; '' for none. */
    token: wire.text,
    /** The secret of the session to go on with; '' for a new one. */
    resume: wire.text,
    /** Grows with each dial of the session. */
    connectionAttempt: wire.uvarint,
  }),
  link: frame(0x02, { link: wire.uvarint, request: linkRequest }),
  entry: frame(0x03, { link: wire.uvarint, entry }),
  seen: frame(0x04, { link: wire.uvarint, serverSeq: wire.uvarint }),
  broadcast: frame(0x05, { body: wire.rest('named') }),
  ping: frame(0x06, { sent: wire.f64 }),
  bye: frame(0x07, {}),
  /** The page is left and may come back: as if contact were lost, with a grace of at most so long; 0 for the channels' own. */
  away: frame(0x08, { graceMs: wire.uvarint }),
  /** Whether the page is hidden: its timers may stand still, and the front's own pings have to do. */
  hidden: frame(0x09, { hidden: wire.bool }),
  /** The answer to AUTHENTICATE: a token for `authenticate`; '' for none. */
  token: frame(0x0a, { token: wire.text }),
}

/** Front to client. */
export const FRONT_FRAMES = {
  welcome: frame(0x41, {
    version: wire.uvarint,
    features: wire.uvarint,
    frameBytesMax: wire.uvarint,
    sessionId: wire.text,
    userId: wire.text,
    resume: wire.text,
    connectionAttempt: wire.uvarint,
    heartbeatMs: wire.uvarint,
    /** The front's wall clock, milliseconds since 1970. */
    now: wire.f64,
    frontId: wire.text,
    incarnation: wire.hex8,
    /** What the front takes of messages, requests, broadcasts and links; the library paces what it sends. 0 for no limit. */
    messagesPerSecond: wire.uvarint,
    messagesBurst: wire.uvarint,
  }),
  refused: frame(0x42, {
    reason,
    message: wire.text,
    /** Where to dial instead; '' where the front knows no other, or another would refuse as well. */
    url: wire.text,
  }),
  linked: frame(0x43, { link: wire.uvarint, linked: linkedState }),
  detached: frame(0x44, {
    link: wire.uvarint,
    reason,
    /** Whether the client's library links again by itself; false: the link is over. */
    relink: wire.bool,
    message: wire.text,
    /** What a refusal carries beside its message: an encoded value, null for none. */
    details: wire.optional(wire.blob),
  }),
  shared: frame(SHARED, { block: sharedBlock }),
  keyframe: frame(KEYFRAME, { keyframe }),
  private: frame(0x47, { link: wire.uvarint, epoch: wire.uvarint, version: wire.uvarint, items: wire.rest('items') }),
  status: frame(0x48, { link: wire.uvarint, stalled: wire.bool, reason }),
  pong: frame(0x49, { sent: wire.f64, now: wire.f64 }),
  goaway: frame(0x4a, {
    reason,
    /** Where to dial instead; '' for any front. */
    url: wire.text,
    withinMs: wire.uvarint,
  }),
  /** Who the client is was found out too long ago: TOKEN is due. */
  authenticate: frame(0x4c, { withinMs: wire.uvarint }),
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
