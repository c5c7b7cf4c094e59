/**
 * What a channel publishes to all its fronts, the same bytes to each: the shared block of a turn, and keyframes. A front reads
 * the head only; patch, events and keyframe stay the bytes that the owner made. Knows nothing of how state is encoded.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import * as FRAME from './frame-type.js'
import { type Origin, readOrigin, writeOrigin } from './origin.js'

/** A broadcast event of a turn. `except`: the ids of the sessions whose libraries drop it. `payload`: an encoded value. */
export interface SharedEvent {
  readonly name: string
  readonly except: readonly string[]
  readonly payload: Uint8Array
}

interface Head {
  readonly channelId: string
  /** 0 is the whole state; other views are not built yet. */
  readonly view: number
  /** The epoch of the owner that speaks. */
  readonly epoch: number
  readonly origin: Origin
  readonly version: number
}

/** One or several turns in a row, as bytes: what was published, or what one that comes late has missed. */
export interface SharedBlock extends Head {
  /** The version before the first turn; `version` is that of the last. Each turn counts one. */
  readonly previous: number
  /** The turns one behind the other; `readTurns` opens them. */
  readonly turns: Uint8Array
  /** The whole frame, as it goes on both hops. */
  readonly frame: Uint8Array
}

/** What a turn brought. */
export interface Turn {
  readonly version: number
  /** Null in a turn that only has events. */
  readonly patch: Uint8Array | null
  /** The encoded events; `readEvents` opens them. */
  readonly events: Uint8Array
  /** All of it, as it stands in the block. */
  readonly bytes: Uint8Array
}

export interface Keyframe extends Head {
  /** 0: as the encoder made them; 1: raw deflate. */
  readonly encoding: number
  readonly bytes: Uint8Array
  readonly frame: Uint8Array
}

function writeHead(writer: ByteWriter, type: number, head: Head): void {
  writer.u8(type)
  writer.text(head.channelId)
  writer.uvarint(head.view)
  writer.uvarint(head.epoch)
  writeOrigin(writer, head.origin)
  writer.uvarint(head.version)
}

function readHead(reader: ByteReader, type: number): Head {
  if (reader.u8() !== type) throw new DecodeError('another frame')
  return {
    channelId: reader.text(),
    view: reader.uvarint(),
    epoch: reader.uvarint(),
    origin: readOrigin(reader),
    version: reader.uvarint(),
  }
}

/** The block of one turn. */
export function makeSharedBlock(
  head: Head & {
    readonly previous: number
    readonly patch: Uint8Array | null
    readonly events: readonly SharedEvent[]
  },
): SharedBlock {
  const { patch, events, previous, ...rest } = head
  const writer = new ByteWriter(128 + (patch?.length ?? 0))
  writeHead(writer, FRAME.shared, head)
  writer.uvarint(previous)
  const start = writer.length
  writer.u8(patch === null ? 0 : 1)
  if (patch !== null) writer.blob(patch)
  writer.uvarint(events.length)
  for (const { name, except, payload } of events) {
    writer.text(name)
    writer.uvarint(except.length)
    for (const sessionId of except) writer.text(sessionId)
    writer.blob(payload)
  }
  const frame = writer.finish()
  return { ...rest, previous, turns: frame.subarray(start), frame }
}

/** A block of the turns whose bytes are `pieces`, one behind the other. */
export function joinTurns(head: Head & { readonly previous: number }, pieces: readonly Uint8Array[]): SharedBlock {
  const writer = new ByteWriter(128 + pieces.reduce((sum, { length }) => sum + length, 0))
  writeHead(writer, FRAME.shared, head)
  writer.uvarint(head.previous)
  const start = writer.length
  for (const piece of pieces) writer.raw(piece)
  const frame = writer.finish()
  return { ...head, turns: frame.subarray(start), frame }
}

/** Reads a SHARED frame. Its parts are views on `frame`. */
export function readSharedBlock(frame: Uint8Array): SharedBlock {
  const reader = new ByteReader(frame)
  const head = readHead(reader, FRAME.shared)
  const previous = reader.uvarint()
  if (previous >= head.version) throw new DecodeError('a version that does not grow')
  return { ...head, previous, turns: reader.rest(), frame }
}

/** Opens a block: each of its turns, in order. Their parts are views on it. */
export function readTurns({ turns, previous, version }: Pick<SharedBlock, 'turns' | 'previous' | 'version'>): Turn[] {
  const reader = new ByteReader(turns)
  const list: Turn[] = []
  for (let at = previous + 1; at <= version; at++) {
    const start = reader.position
    const patch = reader.u8() === 0 ? null : reader.blob()
    const events = at === version ? reader.rest() : skipEvents(reader)
    list.push({ version: at, patch, events, bytes: turns.subarray(start, reader.position) })
  }
  return list
}

function skipEvents(reader: ByteReader): Uint8Array {
  const start = reader.position
  for (let count = reader.uvarint(); count > 0; count--) {
    reader.blob()
    for (let excepted = reader.uvarint(); excepted > 0; excepted--) reader.blob()
    reader.blob()
  }
  return reader.bytes.subarray(start, reader.position)
}

export function readEvents(events: Uint8Array): SharedEvent[] {
  const reader = new ByteReader(events)
  const list = readList(reader, () => ({
    name: reader.text(),
    except: readList(reader, () => reader.text()),
    payload: reader.blob(),
  }))
  reader.done()
  return list
}

export function makeKeyframe(head: Head & { readonly encoding?: number; readonly bytes: Uint8Array }): Keyframe {
  const writer = new ByteWriter(64 + head.bytes.length)
  writeHead(writer, FRAME.keyframe, head)
  writer.u8(head.encoding ?? 0)
  writer.raw(head.bytes)
  return { ...head, encoding: head.encoding ?? 0, frame: writer.finish() }
}

/** Reads a KEYFRAME frame. Its bytes are a view on `frame`. */
export function readKeyframe(frame: Uint8Array): Keyframe {
  const reader = new ByteReader(frame)
  const head = readHead(reader, FRAME.keyframe)
  return { ...head, encoding: reader.u8(), bytes: reader.rest(), frame }
}

/** A count, believed only if that many bytes are left, and as many items. */
export function readList<Item>(reader: ByteReader, readItem: () => Item): Item[] {
  const count = reader.uvarint()
  if (count > reader.remaining) throw new DecodeError('cut short')
  const list: Item[] = []
  while (list.length < count) list.push(readItem())
  return list
}
