/**
 * The frames of the hop between a front master and a back master, inside the batches of their link: one union a direction,
 * to bytes and back. Field layouts are in docs/protocol.md.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { type Keyframe, readKeyframe, readSharedBlock, readView, type SharedBlock } from './blocks.js'
import { VOLATILE_RESERVED, writeReason } from './client-frames.js'
import { FRAME, SENDER_KIND, type SenderKind } from './frame-types.js'
import {
  type Entry,
  type LinkedState,
  type LinkRequest,
  readEntry,
  readLinkedState,
  readLinkRequest,
  readOptionalBlob,
  writeEntry,
  writeLinkedState,
  writeLinkRequest,
  writeOptionalBlob,
  readReason,
} from './link-frames.js'
import { type Origin, readOrigin, writeOrigin } from './origin.js'
import type { Reason } from './reasons.js'

/** Whom a session speaks for, as the front vouches for it. */
export interface Identity {
  readonly senderKind: SenderKind
  /** The public id of the session. A front's own: its id; a channel's: its id. */
  readonly sessionId: string
  readonly userId: string
  /** What `authenticate` delivered, as an encoded value. */
  readonly data: Uint8Array
  /** The number of the resume token that was presented (H5); 0 for none. */
  readonly tokenGeneration: number
}

/** Front to back. */
export type ToBackFrame =
  /** Begins a mirror. `past`: the history the front still has. `epochSeen`: the greatest epoch it ever accepted, 0 for none. */
  | {
      readonly type: 'subscribe'
      readonly channelId: string
      readonly view: number
      readonly epochSeen: number
      readonly past: { readonly origin: Origin; readonly version: number } | null
    }
  | { readonly type: 'unsubscribe'; readonly channelId: string; readonly view: number }
  | {
      readonly type: 'masterLink'
      readonly ref: number
      readonly identity: Identity
      readonly connectionAttempt: number
      readonly request: LinkRequest
    }
  | { readonly type: 'masterEntry'; readonly ref: number; readonly entry: Entry }
  | { readonly type: 'masterSeen'; readonly ref: number; readonly serverSeq: number }
  /** The front has no socket for this link any more: the session may come back. */
  | { readonly type: 'detach'; readonly ref: number; readonly reason: Reason }
  | {
      readonly type: 'masterBroadcast'
      readonly identity: Identity
      readonly connectionAttempt: number
      readonly body: Uint8Array
    }
  /** The session is over, in all channels. */
  | { readonly type: 'end'; readonly sessionId: string; readonly reason: Reason }
  /** A keyframe of at least this version is wanted. */
  | { readonly type: 'renew'; readonly channelId: string; readonly view: number; readonly version: number }

/** Who owns a channel, and where it listens. */
export interface Owner {
  readonly id: string
  readonly address: string
}

/** What one turn has for single links of one front. `items` is opaque to the front (`makeItems`). */
export interface PrivateBlock {
  readonly type: 'masterPrivate'
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly version: number
  readonly links: readonly { readonly ref: number; readonly items: Uint8Array }[]
}

/** Back to front. */
export type ToFrontFrame =
  | { readonly type: 'shared'; readonly block: SharedBlock }
  | { readonly type: 'keyframe'; readonly keyframe: Keyframe }
  | PrivateBlock
  | { readonly type: 'masterLinked'; readonly ref: number; readonly linked: LinkedState }
  | {
      readonly type: 'masterDetached'
      readonly ref: number
      readonly reason: Reason
      /** Whether the client's library links again by itself; false: the link is over. */
      readonly relink: boolean
      readonly message: string
      /** The back that owns the channel, where this one knows it (`not-owner`): for the front, never for its clients. */
      readonly owner: Owner | null
      /** What goes to the client beside the message: an encoded value, null for none. */
      readonly details: Uint8Array | null
    }
  /** A channel was opened or closed on this back. Links that a closing ends are detached one by one. */
  | { readonly type: 'channel'; readonly channelId: string; readonly open: boolean; readonly reason: Reason }
  /** The session's connection is to be closed and never taken back. */
  | { readonly type: 'kick'; readonly sessionId: string; readonly message: string }

function writeIdentity(writer: ByteWriter, identity: Identity): void {
  writer.u8(SENDER_KIND[identity.senderKind])
  writer.text(identity.sessionId)
  writer.text(identity.userId)
  writer.blob(identity.data)
  writer.uvarint(identity.tokenGeneration)
}

const SENDER_KINDS: readonly SenderKind[] = ['client', 'front', 'channel']

function readIdentity(reader: ByteReader): Identity {
  const ordinal = reader.u8()
  const senderKind = SENDER_KINDS[ordinal]
  if (senderKind === undefined) throw new DecodeError(`unknown kind of sender ${ordinal}`)
  const sessionId = reader.text()
  const userId = reader.text()
  const data = reader.blob()
  return { senderKind, sessionId, userId, data, tokenGeneration: reader.uvarint() }
}

export function encodeToBack(frame: ToBackFrame): Uint8Array {
  const writer = new ByteWriter()
  switch (frame.type) {
    case 'subscribe':
      writer.u8(FRAME.subscribe)
      writer.text(frame.channelId)
      writer.uvarint(frame.view)
      writer.uvarint(frame.epochSeen)
      writer.u8(frame.past ? 1 : 0)
      if (frame.past) {
        writeOrigin(writer, frame.past.origin)
        writer.uvarint(frame.past.version)
      }
      break
    case 'unsubscribe':
      writer.u8(FRAME.unsubscribe)
      writer.text(frame.channelId)
      writer.uvarint(frame.view)
      break
    case 'masterLink':
      writer.u8(FRAME.masterLink)
      writer.uvarint(frame.ref)
      writeIdentity(writer, frame.identity)
      writer.uvarint(frame.connectionAttempt)
      writeLinkRequest(writer, frame.request)
      break
    case 'masterEntry':
      writer.u8(FRAME.masterEntry)
      writer.uvarint(frame.ref)
      writeEntry(writer, frame.entry)
      break
    case 'masterSeen':
      writer.u8(FRAME.masterSeen)
      writer.uvarint(frame.ref)
      writer.uvarint(frame.serverSeq)
      break
    case 'detach':
      writer.u8(FRAME.detach)
      writer.uvarint(frame.ref)
      writeReason(writer, frame.reason)
      break
    case 'masterBroadcast':
      writer.u8(FRAME.masterBroadcast)
      writeIdentity(writer, frame.identity)
      writer.uvarint(frame.connectionAttempt)
      writer.raw(frame.body)
      break
    case 'end':
      writer.u8(FRAME.end)
      writer.text(frame.sessionId)
      writeReason(writer, frame.reason)
      break
    case 'renew':
      writer.u8(FRAME.renew)
      writer.text(frame.channelId)
      writer.uvarint(frame.view)
      writer.uvarint(frame.version)
      break
  }
  return writer.finish()
}

/** Reads one frame of a front master. Byte fields are views on `bytes`. Throws `DecodeError`. */
export function decodeToBack(bytes: Uint8Array): ToBackFrame {
  const reader = new ByteReader(bytes)
  const frame = readToBack(reader, reader.u8())
  reader.done()
  return frame
}

function readToBack(reader: ByteReader, type: number): ToBackFrame {
  switch (type) {
    case FRAME.subscribe: {
      const channelId = reader.text()
      const view = readView(reader)
      const epochSeen = reader.uvarint()
      if (reader.u8() === 0) return { type: 'subscribe', channelId, view, epochSeen, past: null }
      const origin = readOrigin(reader)
      return { type: 'subscribe', channelId, view, epochSeen, past: { origin, version: reader.uvarint() } }
    }
    case FRAME.unsubscribe:
      return { type: 'unsubscribe', channelId: reader.text(), view: readView(reader) }
    case FRAME.masterLink: {
      const ref = reader.uvarint()
      const identity = readIdentity(reader)
      const connectionAttempt = reader.uvarint()
      return { type: 'masterLink', ref, identity, connectionAttempt, request: readLinkRequest(reader) }
    }
    case FRAME.masterEntry: {
      const ref = reader.uvarint()
      return { type: 'masterEntry', ref, entry: readEntry(reader) }
    }
    case FRAME.masterSeen: {
      const ref = reader.uvarint()
      return { type: 'masterSeen', ref, serverSeq: reader.uvarint() }
    }
    case FRAME.detach: {
      const ref = reader.uvarint()
      return { type: 'detach', ref, reason: readReason(reader) }
    }
    case FRAME.masterBroadcast: {
      const identity = readIdentity(reader)
      const connectionAttempt = reader.uvarint()
      return { type: 'masterBroadcast', identity, connectionAttempt, body: reader.rest() }
    }
    case FRAME.end: {
      const sessionId = reader.text()
      return { type: 'end', sessionId, reason: readReason(reader) }
    }
    case FRAME.renew: {
      const channelId = reader.text()
      return { type: 'renew', channelId, view: readView(reader), version: reader.uvarint() }
    }
    default:
      throw new DecodeError(`unknown type of frame 0x${type.toString(16)}`)
  }
}

export function encodeToFront(frame: ToFrontFrame): Uint8Array {
  if (frame.type === 'shared') return frame.block.frame
  if (frame.type === 'keyframe') return frame.keyframe.frame
  const writer = new ByteWriter()
  switch (frame.type) {
    case 'masterPrivate':
      writer.u8(FRAME.masterPrivate)
      writer.text(frame.channelId)
      writeOrigin(writer, frame.origin)
      writer.uvarint(frame.epoch)
      writer.uvarint(frame.version)
      writer.uvarint(frame.links.length)
      for (const { ref, items } of frame.links) {
        writer.uvarint(ref)
        writer.blob(items)
      }
      break
    case 'masterLinked':
      writer.u8(FRAME.masterLinked)
      writer.uvarint(frame.ref)
      writeLinkedState(writer, frame.linked)
      break
    case 'masterDetached':
      writer.u8(FRAME.masterDetached)
      writer.uvarint(frame.ref)
      writeReason(writer, frame.reason)
      writer.u8(frame.relink ? 1 : 0)
      writer.text(frame.message)
      writer.u8(frame.owner === null ? 0 : 1)
      if (frame.owner !== null) {
        writer.text(frame.owner.id)
        writer.text(frame.owner.address)
      }
      writeOptionalBlob(writer, frame.details)
      break
    case 'channel':
      writer.u8(FRAME.channel)
      writer.text(frame.channelId)
      writer.u8(frame.open ? 1 : 0)
      writeReason(writer, frame.reason)
      break
    case 'kick':
      writer.u8(FRAME.kick)
      writer.text(frame.sessionId)
      writer.text(frame.message)
      break
  }
  return writer.finish()
}

/** Reads one frame of a back master. Byte fields are views on `bytes`. Throws `DecodeError`. */
export function decodeToFront(bytes: Uint8Array): ToFrontFrame {
  const type = bytes[0]
  if (type === FRAME.shared) return { type: 'shared', block: readSharedBlock(bytes) }
  if (type === FRAME.keyframe) return { type: 'keyframe', keyframe: readKeyframe(bytes) }
  const reader = new ByteReader(bytes)
  const frame = readToFront(reader, reader.u8())
  reader.done()
  return frame
}

function readToFront(reader: ByteReader, type: number): ToFrontFrame {
  switch (type) {
    case FRAME.masterPrivate: {
      const channelId = reader.text()
      const origin = readOrigin(reader)
      const epoch = reader.uvarint()
      const version = reader.uvarint()
      const count = reader.uvarint()
      if (count > reader.remaining) throw new DecodeError(`${count} links do not fit`)
      const links: { ref: number; items: Uint8Array }[] = []
      for (let i = 0; i < count; i++) {
        const ref = reader.uvarint()
        links.push({ ref, items: reader.blob() })
      }
      return { type: 'masterPrivate', channelId, origin, epoch, version, links }
    }
    case FRAME.masterLinked: {
      const ref = reader.uvarint()
      return { type: 'masterLinked', ref, linked: readLinkedState(reader) }
    }
    case FRAME.masterDetached: {
      const ref = reader.uvarint()
      const reason = readReason(reader)
      const relink = reader.u8() === 1
      const message = reader.text()
      const owner = reader.u8() === 0 ? null : { id: reader.text(), address: reader.text() }
      return { type: 'masterDetached', ref, reason, relink, message, owner, details: readOptionalBlob(reader) }
    }
    case FRAME.channel: {
      const channelId = reader.text()
      const open = reader.u8() === 1
      return { type: 'channel', channelId, open, reason: readReason(reader) }
    }
    case FRAME.kick: {
      const sessionId = reader.text()
      return { type: 'kick', sessionId, message: reader.text() }
    }
    case FRAME.volatile:
      throw new DecodeError(VOLATILE_RESERVED)
    default:
      throw new DecodeError(`unknown type of frame 0x${type.toString(16)}`)
  }
}
