/**
 * The frames of the hop between a client and a front: one union a direction, to bytes and back. A WebSocket message is one
 * or more frames, each behind its length (`frame-pack.ts`). Field layouts are in docs/protocol.md.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { type Keyframe, readKeyframe, readSharedBlock, type SharedBlock } from './blocks.js'
import * as FRAME from './frame-type.js'
import {
  type Entry,
  type LinkedState,
  type LinkRequest,
  readEntry,
  readLinkedState,
  readLinkRequest,
  readOptionalBlob,
  readReason,
  writeEntry,
  writeLinkedState,
  writeLinkRequest,
  writeOptionalBlob,
} from './link-frames.js'
import { readHex8, writeHex8 } from './origin.js'
import { type Reason, REASONS } from './reasons.js'

export interface ClientHello {
  readonly type: 'hello'
  readonly versionMin: number
  readonly versionMax: number
  readonly features: number
  readonly frameBytesMax: number
  /** Random, one a client object: 16 hex digits. */
  readonly incarnation: string
  /** What `authenticate` is given; '' for none. */
  readonly token: string
  /** The secret of the session to go on with; '' for a new one. */
  readonly resume: string
  /** Grows with each dial of the session. */
  readonly connectionAttempt: number
}

/** Client to front. */
export type ClientFrame =
  | ClientHello
  | { readonly type: 'link'; readonly link: number; readonly request: LinkRequest }
  | { readonly type: 'entry'; readonly link: number; readonly entry: Entry }
  | { readonly type: 'seen'; readonly link: number; readonly serverSeq: number }
  | { readonly type: 'broadcast'; readonly body: Uint8Array }
  | { readonly type: 'ping'; readonly sent: number }
  | { readonly type: 'bye' }

export interface ClientWelcome {
  readonly type: 'welcome'
  readonly version: number
  readonly features: number
  readonly frameBytesMax: number
  readonly sessionId: string
  readonly userId: string
  readonly resume: string
  readonly connectionAttempt: number
  readonly heartbeatMs: number
  /** The front's wall clock, milliseconds since 1970. */
  readonly now: number
  readonly frontId: string
  readonly incarnation: string
}

export interface Detached {
  readonly type: 'detached'
  readonly link: number
  readonly reason: Reason
  /** Whether the client's library links again by itself; false: the link is over. */
  readonly relink: boolean
  readonly message: string
  /** What a `LinkRefused` or a schema says beside its message: an encoded value, null for none. */
  readonly details: Uint8Array | null
}

/** Front to client. */
export type FrontFrame =
  | ClientWelcome
  | { readonly type: 'refused'; readonly reason: Reason; readonly message: string }
  | { readonly type: 'linked'; readonly link: number; readonly linked: LinkedState }
  | Detached
  | { readonly type: 'shared'; readonly block: SharedBlock }
  | { readonly type: 'keyframe'; readonly keyframe: Keyframe }
  | {
      readonly type: 'private'
      readonly link: number
      readonly epoch: number
      readonly version: number
      readonly items: Uint8Array
    }
  | { readonly type: 'status'; readonly link: number; readonly stalled: boolean; readonly reason: Reason }
  | { readonly type: 'pong'; readonly sent: number; readonly now: number }
  | { readonly type: 'goaway'; readonly reason: Reason; readonly url: string; readonly withinMs: number }

export const VOLATILE_RESERVED = 'a frame of type 0x4b is reserved for state that may be lost: no version sends it yet'

export function writeReason(writer: ByteWriter, reason: Reason): void {
  writer.uvarint(REASONS[reason])
}

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  const writer = new ByteWriter()
  switch (frame.type) {
    case 'hello':
      writer.u8(FRAME.hello)
      writer.uvarint(frame.versionMin)
      writer.uvarint(frame.versionMax)
      writer.uvarint(frame.features)
      writer.uvarint(frame.frameBytesMax)
      writeHex8(writer, frame.incarnation)
      writer.text(frame.token)
      writer.text(frame.resume)
      writer.uvarint(frame.connectionAttempt)
      break
    case 'link':
      writer.u8(FRAME.link)
      writer.uvarint(frame.link)
      writeLinkRequest(writer, frame.request)
      break
    case 'entry':
      writer.u8(FRAME.entry)
      writer.uvarint(frame.link)
      writeEntry(writer, frame.entry)
      break
    case 'seen':
      writer.u8(FRAME.seen)
      writer.uvarint(frame.link)
      writer.uvarint(frame.serverSeq)
      break
    case 'broadcast':
      writer.u8(FRAME.broadcast)
      writer.raw(frame.body)
      break
    case 'ping':
      writer.u8(FRAME.ping)
      writer.f64(frame.sent)
      break
    case 'bye':
      writer.u8(FRAME.bye)
      break
  }
  return writer.finish()
}

/** Reads one frame of a client. Byte fields are views on `bytes`. Throws `DecodeError`. */
export function decodeClientFrame(bytes: Uint8Array): ClientFrame {
  const reader = new ByteReader(bytes)
  const frame = readClientFrame(reader, reader.u8())
  reader.done()
  return frame
}

function readClientFrame(reader: ByteReader, type: number): ClientFrame {
  switch (type) {
    case FRAME.hello:
      return {
        type: 'hello',
        versionMin: reader.uvarint(),
        versionMax: reader.uvarint(),
        features: reader.uvarint(),
        frameBytesMax: reader.uvarint(),
        incarnation: readHex8(reader),
        token: reader.text(),
        resume: reader.text(),
        connectionAttempt: reader.uvarint(),
      }
    case FRAME.link:
      return { type: 'link', link: reader.uvarint(), request: readLinkRequest(reader) }
    case FRAME.entry:
      return { type: 'entry', link: reader.uvarint(), entry: readEntry(reader) }
    case FRAME.seen:
      return { type: 'seen', link: reader.uvarint(), serverSeq: reader.uvarint() }
    case FRAME.broadcast:
      return { type: 'broadcast', body: reader.rest() }
    case FRAME.ping:
      return { type: 'ping', sent: reader.f64() }
    case FRAME.bye:
      return { type: 'bye' }
    default:
      throw new DecodeError(`unknown frame ${type}`)
  }
}

export function encodeFrontFrame(frame: FrontFrame): Uint8Array {
  if (frame.type === 'shared') return frame.block.frame
  if (frame.type === 'keyframe') return frame.keyframe.frame
  const writer = new ByteWriter()
  switch (frame.type) {
    case 'welcome':
      writer.u8(FRAME.welcome)
      writer.uvarint(frame.version)
      writer.uvarint(frame.features)
      writer.uvarint(frame.frameBytesMax)
      writer.text(frame.sessionId)
      writer.text(frame.userId)
      writer.text(frame.resume)
      writer.uvarint(frame.connectionAttempt)
      writer.uvarint(frame.heartbeatMs)
      writer.f64(frame.now)
      writer.text(frame.frontId)
      writeHex8(writer, frame.incarnation)
      break
    case 'refused':
      writer.u8(FRAME.refused)
      writeReason(writer, frame.reason)
      writer.text(frame.message)
      break
    case 'linked':
      writer.u8(FRAME.linked)
      writer.uvarint(frame.link)
      writeLinkedState(writer, frame.linked)
      break
    case 'detached':
      writer.u8(FRAME.detached)
      writer.uvarint(frame.link)
      writeReason(writer, frame.reason)
      writer.u8(frame.relink ? 1 : 0)
      writer.text(frame.message)
      writeOptionalBlob(writer, frame.details)
      break
    case 'private':
      writer.u8(FRAME.private)
      writer.uvarint(frame.link)
      writer.uvarint(frame.epoch)
      writer.uvarint(frame.version)
      writer.raw(frame.items)
      break
    case 'status':
      writer.u8(FRAME.status)
      writer.uvarint(frame.link)
      writer.u8(frame.stalled ? 1 : 0)
      writeReason(writer, frame.reason)
      break
    case 'pong':
      writer.u8(FRAME.pong)
      writer.f64(frame.sent)
      writer.f64(frame.now)
      break
    case 'goaway':
      writer.u8(FRAME.goaway)
      writeReason(writer, frame.reason)
      writer.text(frame.url)
      writer.uvarint(frame.withinMs)
      break
  }
  return writer.finish()
}

/** Reads one frame of a front. Byte fields are views on `bytes`. Throws `DecodeError`. */
export function decodeFrontFrame(bytes: Uint8Array): FrontFrame {
  const type = bytes[0]
  if (type === FRAME.shared) return { type: 'shared', block: readSharedBlock(bytes) }
  if (type === FRAME.keyframe) return { type: 'keyframe', keyframe: readKeyframe(bytes) }
  const reader = new ByteReader(bytes)
  const frame = readFrontFrame(reader, reader.u8())
  reader.done()
  return frame
}

function readFrontFrame(reader: ByteReader, type: number): FrontFrame {
  switch (type) {
    case FRAME.welcome:
      return {
        type: 'welcome',
        version: reader.uvarint(),
        features: reader.uvarint(),
        frameBytesMax: reader.uvarint(),
        sessionId: reader.text(),
        userId: reader.text(),
        resume: reader.text(),
        connectionAttempt: reader.uvarint(),
        heartbeatMs: reader.uvarint(),
        now: reader.f64(),
        frontId: reader.text(),
        incarnation: readHex8(reader),
      }
    case FRAME.refused:
      return { type: 'refused', reason: readReason(reader), message: reader.text() }
    case FRAME.linked:
      return { type: 'linked', link: reader.uvarint(), linked: readLinkedState(reader) }
    case FRAME.detached:
      return {
        type: 'detached',
        link: reader.uvarint(),
        reason: readReason(reader),
        relink: reader.u8() === 1,
        message: reader.text(),
        details: readOptionalBlob(reader),
      }
    case FRAME.private:
      return {
        type: 'private',
        link: reader.uvarint(),
        epoch: reader.uvarint(),
        version: reader.uvarint(),
        items: reader.rest(),
      }
    case FRAME.status:
      return { type: 'status', link: reader.uvarint(), stalled: reader.u8() === 1, reason: readReason(reader) }
    case FRAME.pong:
      return { type: 'pong', sent: reader.f64(), now: reader.f64() }
    case FRAME.goaway:
      return { type: 'goaway', reason: readReason(reader), url: reader.text(), withinMs: reader.uvarint() }
    case FRAME.volatile:
      throw new DecodeError(VOLATILE_RESERVED)
    default:
      throw new DecodeError(`unknown frame ${type}`)
  }
}
