/**
 * The parts that the frames of a link have in common on both hops: what LINK says of the past, LINKED of the present, an
 * entry of the numbered stream, and an item that the channel sends to one link alone. The hops differ only in how they name
 * the link: a client by its own `link` number, a front by a `ref`.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { readList, readView } from './blocks.js'
import * as ENTRY from './entry-kind.js'
import * as ITEM from './item-kind.js'
import type { EntryKind, ItemKind } from './frame-types.js'
import { type Origin, readOrigin, writeOrigin } from './origin.js'
import { REASONS, type Reason, reasonOf } from './reasons.js'

/** What the linking end still has of the channel. */
export interface LinkPast {
  readonly origin: Origin
  readonly epoch: number
  readonly version: number
  /** The serial that LINKED gave it; 0 when it was never linked. */
  readonly serial: number
  /** The last serverSeq it has seen under that serial. */
  readonly serverSeqSeen: number
}

export interface LinkRequest {
  readonly channelId: string
  /** Grows with each new link of the session to the channel; the same number goes on with the same link. */
  readonly linkNumber: number
  /** Whether the channel becomes the client's processor by this link. Looked at only where the link is new. */
  readonly processor: boolean
  readonly past: LinkPast | null
  /** An encoded value, or null for none. Always sent, since the channel may have to link anew. */
  readonly options: Uint8Array | null
}

/** An encoded value that may be missing, such as the details of an error. */
export function writeOptionalBlob(writer: ByteWriter, bytes: Uint8Array | null): void {
  writer.u8(bytes === null ? 0 : 1)
  if (bytes !== null) writer.blob(bytes)
}

export function readOptionalBlob(reader: ByteReader): Uint8Array | null {
  return reader.u8() === 0 ? null : reader.blob()
}

export function writeLinkRequest(writer: ByteWriter, link: LinkRequest): void {
  writer.text(link.channelId)
  writer.uvarint(link.linkNumber)
  writer.u8((link.processor ? 1 : 0) | (link.past ? 2 : 0) | (link.options ? 4 : 0))
  if (link.past) {
    writeOrigin(writer, link.past.origin)
    writer.uvarint(link.past.epoch)
    writer.uvarint(link.past.version)
    writer.uvarint(link.past.serial)
    writer.uvarint(link.past.serverSeqSeen)
  }
  if (link.options) writer.blob(link.options)
}

export function readLinkRequest(reader: ByteReader): LinkRequest {
  const channelId = reader.text()
  const linkNumber = reader.uvarint()
  const flags = reader.u8()
  const past = (flags & 2) === 0 ? null : readPast(reader)
  const options = (flags & 4) === 0 ? null : reader.blob()
  return { channelId, linkNumber, processor: (flags & 1) !== 0, past, options }
}

function readPast(reader: ByteReader): LinkPast {
  const origin = readOrigin(reader)
  const epoch = reader.uvarint()
  const version = reader.uvarint()
  const serial = reader.uvarint()
  return { origin, epoch, version, serial, serverSeqSeen: reader.uvarint() }
}

/** The channel's answer to LINK. */
export interface LinkedState {
  /** Which view of the state the link is given: 0, the whole. */
  readonly view: number
  readonly origin: Origin
  readonly epoch: number
  /** A version that contains the turn in which the link was accepted. */
  readonly version: number
  /** Counts the links that the channel accepted within its origin: another serial than one's own means a new link. */
  readonly serial: number
  /** The last clientSeq that has an outcome. */
  readonly processed: number
  /** Where the events of a new link begin: behind the first `eventsAfter` of version `eventsVersion`. */
  readonly eventsVersion: number
  readonly eventsAfter: number
  readonly processor: boolean
  /** What `onLink` returned, encoded; null for nothing. */
  readonly reply: Uint8Array | null
}

export function writeLinkedState(writer: ByteWriter, linked: LinkedState): void {
  writer.uvarint(linked.view)
  writeOrigin(writer, linked.origin)
  writer.uvarint(linked.epoch)
  writer.uvarint(linked.version)
  writer.uvarint(linked.serial)
  writer.uvarint(linked.processed)
  writer.uvarint(linked.eventsVersion)
  writer.uvarint(linked.eventsAfter)
  writer.u8((linked.processor ? 1 : 0) | (linked.reply ? 2 : 0))
  if (linked.reply) writer.raw(linked.reply)
}

export function readLinkedState(reader: ByteReader): LinkedState {
  const head = {
    view: readView(reader),
    origin: readOrigin(reader),
    epoch: reader.uvarint(),
    version: reader.uvarint(),
    serial: reader.uvarint(),
    processed: reader.uvarint(),
    eventsVersion: reader.uvarint(),
    eventsAfter: reader.uvarint(),
  }
  const flags = reader.u8()
  return { ...head, processor: (flags & 1) !== 0, reply: (flags & 2) === 0 ? null : reader.rest() }
}

/** One entry of a link's numbered stream. `body` of a message or request: a name and an encoded value; of a cancelled entry: a reason. */
export interface Entry {
  readonly clientSeq: number
  readonly kind: EntryKind
  /** What goes along for tools: trace ids, an idempotency key. Opaque to the library, null for none. */
  readonly context: Uint8Array | null
  readonly body: Uint8Array
}

/** The bit of an entry's kind byte that says that a context precedes the body. */
const CONTEXT_BIT = 0x80

export function writeEntry(writer: ByteWriter, { clientSeq, kind, context, body }: Entry): void {
  writer.uvarint(clientSeq)
  writer.u8(context === null ? kind : kind | CONTEXT_BIT)
  if (context !== null) writer.blob(context)
  writer.raw(body)
}

export function readEntry(reader: ByteReader): Entry {
  const clientSeq = reader.uvarint()
  const lead = reader.u8()
  const kind = lead & ~CONTEXT_BIT
  if (kind < ENTRY.message || kind > ENTRY.cancelled) throw new DecodeError(`unknown entry ${kind}`)
  const context = lead === kind ? null : reader.blob()
  return { clientSeq, kind: kind as EntryKind, context, body: reader.rest() }
}

/** Body of a message, request or broadcast: a name and an encoded payload. */
export function makeNamed(name: string, payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter(name.length + payload.length + 4)
  writer.text(name)
  writer.raw(payload)
  return writer.finish()
}

export function readNamed(body: Uint8Array): { name: string; payload: Uint8Array } {
  const reader = new ByteReader(body)
  return { name: reader.text(), payload: reader.rest() }
}

/** Body of a cancelled entry: why the number has no effect. */
export function makeCancelled(reason: Reason): Uint8Array {
  return Uint8Array.of(REASONS[reason])
}

export function readCancelled(body: Uint8Array): Reason {
  return reasonOf(new ByteReader(body).uvarint()) ?? 'withdrawn'
}

/** What the channel sends to one link alone. `after`: how many shared events of the same turn precede it. */
export interface Item {
  readonly serverSeq: number
  readonly kind: ItemKind
  readonly after: number
  readonly body: Uint8Array
}

/** Writes the last clientSeq that has an outcome, then the items: the part of a private block that a front passes on unopened. */
export function makeItems(acknowledged: number, items: readonly Item[]): Uint8Array {
  const writer = new ByteWriter()
  writer.uvarint(acknowledged)
  writer.uvarint(items.length)
  for (const { serverSeq, kind, after, body } of items) {
    writer.uvarint(serverSeq)
    writer.u8(kind)
    writer.uvarint(after)
    writer.blob(body)
  }
  return writer.finish()
}

export function readItems(bytes: Uint8Array): { acknowledged: number; items: Item[] } {
  const reader = new ByteReader(bytes)
  const acknowledged = reader.uvarint()
  const items = readList(reader, () => {
    const item = {
      serverSeq: reader.uvarint(),
      kind: reader.u8() as ItemKind,
      after: reader.uvarint(),
      body: reader.blob(),
    }
    if (item.kind < ITEM.answer || item.kind > ITEM.processor) throw new DecodeError(`unknown item ${item.kind}`)
    return item
  })
  reader.done()
  return { acknowledged, items }
}

/** A reason of a later version reads as `faulted`, which is retryable: its meaning is unknown, not its effect. */
export function readReason(reader: ByteReader): Reason {
  return reasonOf(reader.uvarint()) ?? 'faulted'
}

/** Body of an answer: the request's clientSeq and the encoded result. */
export function makeAnswer(clientSeq: number, result: Uint8Array): Uint8Array {
  const writer = new ByteWriter(result.length + 8)
  writer.uvarint(clientSeq)
  writer.raw(result)
  return writer.finish()
}

export function readAnswer(body: Uint8Array): { clientSeq: number; result: Uint8Array } {
  const reader = new ByteReader(body)
  return { clientSeq: reader.uvarint(), result: reader.rest() }
}

/** Body of a failure: of a request, or of a message that was refused or whose handler failed. `details`: an encoded value. */
export interface Failure {
  readonly clientSeq: number
  readonly reason: Reason
  readonly message: string
  readonly details: Uint8Array
}

export function makeFailure(failure: Failure): Uint8Array {
  const writer = new ByteWriter()
  writer.uvarint(failure.clientSeq)
  writer.uvarint(REASONS[failure.reason])
  writer.text(failure.message)
  writer.raw(failure.details)
  return writer.finish()
}

export function readFailure(body: Uint8Array): Failure {
  const reader = new ByteReader(body)
  return { clientSeq: reader.uvarint(), reason: readReason(reader), message: reader.text(), details: reader.rest() }
}

/** Body of a processor item: whether the channel is the client's processor from here on, and why it changed. */
export function makeProcessorItem(processor: boolean, reason: Reason): Uint8Array {
  return Uint8Array.of(processor ? 1 : 0, REASONS[reason])
}

export function readProcessorItem(body: Uint8Array): { processor: boolean; reason: Reason } {
  const reader = new ByteReader(body)
  return { processor: reader.u8() === 1, reason: readReason(reader) }
}
