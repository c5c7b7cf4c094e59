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
  /** Which view of the state: 0 is the whole, and no other is known to this version. */
  readonly view: number
  /** The epoch of the owner that speaks. */
  readonly epoch: number
  readonly origin: Origin
  readonly version: number
}

export interface SharedBlock extends Head {
  readonly previous: number
  /** Null in a turn that only has events. */
  readonly patch: Uint8Array | null
  /** The encoded events; `readEvents` opens them. */
  readonly events: Uint8Array
  /** The whole frame, as it goes on both hops. */
  readonly frame: Uint8Array
}

export interface Keyframe extends Head {
  /** 0: as the encoder made them; 1: raw deflate. */
  readonly encoding: number
  readonly bytes: Uint8Array
  readonly frame: Uint8Array
}

/** A view that this version does not know is refused: only who agreed on it may send it. */
export function readView(reader: ByteReader): number {
  const view = reader.uvarint()
  if (view !== 0) throw new DecodeError(`view ${view} is not known: this version knows view 0, the whole state, only`)
  return view
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
    view: readView(reader),
    epoch: reader.uvarint(),
    origin: readOrigin(reader),
    version: reader.uvarint(),
  }
}

export function makeSharedBlock(
  head: Head & {
    readonly previous: number
    readonly patch: Uint8Array | null
    readonly events: readonly SharedEvent[]
  },
): SharedBlock {
  const writer = new ByteWriter(128 + (head.patch?.length ?? 0))
  writeHead(writer, FRAME.shared, head)
  writer.uvarint(head.previous)
  writer.u8(head.patch === null ? 0 : 1)
  if (head.patch !== null) writer.blob(head.patch)
  const start = writer.length
  writer.uvarint(head.events.length)
  for (const { name, except, payload } of head.events) {
    writer.text(name)
    writer.uvarint(except.length)
    for (const sessionId of except) writer.text(sessionId)
    writer.blob(payload)
  }
  const frame = writer.finish()
  return { ...head, events: frame.subarray(start), frame }
}

/** Reads a SHARED frame. Its parts are views on `frame`. */
export function readSharedBlock(frame: Uint8Array): SharedBlock {
  const reader = new ByteReader(frame)
  const head = readHead(reader, FRAME.shared)
  return {
    ...head,
    previous: reader.uvarint(),
    patch: reader.u8() === 0 ? null : reader.blob(),
    events: reader.rest(),
    frame,
  }
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
