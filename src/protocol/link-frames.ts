/**
 * The parts that the frames of a link have in common on both hops: what LINK says of the past, LINKED of the present, an
 * entry of the numbered stream, and an item that the channel sends to one link alone. The hops differ only in how they name
 * the link: a client by its own `link` number, a front by a `ref`.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { view } from './blocks.js'
import * as ENTRY from './entry-kind.js'
import { bytesOf, field, type Field, readAll, type TypeOf } from './field.js'
import * as wire from './wire.js'
import type { EntryKind, ItemKind } from './frame-types.js'
import * as ITEM from './item-kind.js'
import { origin } from './origin.js'
import { type Reason, reason } from './reasons.js'

/** LINK. */
export const linkRequest = wire.struct({
  /** The channel's id. */
  channelId: wire.text,
  /** Grows with each new link of the session to the channel; the same number goes on with the same link. */
  linkNumber: wire.uvarint,
  /** Whether the channel becomes the client's processor by this link. Looked at only where the link is new. */
  processor: wire.bool,
  /** What the linking end still has of the channel. */
  past: wire.optional(
    wire.struct({
      /** Of the history. */
      origin,
      /** The newest epoch that it has seen. */
      epoch: wire.uvarint,
      /** Of the state that it has. */
      version: wire.uvarint,
      /** The serial that LINKED gave it; 0 when it was never linked. */
      serial: wire.uvarint,
      /** The last serverSeq that it has seen under that serial. */
      serverSeqSeen: wire.uvarint,
    }),
  ),
  /** Always sent, since the channel may have to link anew. */
  options: wire.optional(wire.blob),
})
/** What LINK asks for. */
export type LinkRequest = TypeOf<typeof linkRequest>
/** What a client that links again has. */
export type LinkPast = NonNullable<LinkRequest['past']>

/** LINKED: the channel's answer. */
export const linkedState = wire.struct({
  /** Which view of the state the link is given: 0, the whole. */
  view,
  /** Of the history. */
  origin,
  /** Of the owner. */
  epoch: wire.uvarint,
  /** A version that contains the turn in which the link was accepted. */
  version: wire.uvarint,
  /** Counts the links that the channel accepted within its origin: another serial than one's own means a new link. */
  serial: wire.uvarint,
  /** The last clientSeq that has an outcome. */
  processed: wire.uvarint,
  /** Where the events of a new link begin: behind the first `eventsAfter` of version `eventsVersion`. */
  eventsVersion: wire.uvarint,
  /** How many events of that version were before. */
  eventsAfter: wire.uvarint,
  /** Whether the channel is the client's processor. */
  processor: wire.bool,
  /** Whether messages and requests are to say what their client was shown: the channel rewinds. */
  wantsShown: wire.bool,
  /**
   * Of a history that began with an image whose owner had died: how old the image was, in milliseconds. Null for any other, and once an owner
   * has ended in good order.
   */
  imageAgeMs: wire.optional(wire.uvarint),
  /** What `onLink` returned; null for nothing. */
  reply: wire.optional(wire.value),
})
/** What LINKED says: where the link begins, and how far its client was processed. */
export type LinkedState = TypeOf<typeof linkedState>

/** What a client was shown when it sent something. */
export const shown = wire.struct({
  /** Of the state that it had. */
  version: wire.uvarint,
  /** How long it had had it, in milliseconds. */
  forMs: wire.uvarint,
})
/** What a client was shown when it sent something. */
export type Shown = TypeOf<typeof shown>

/** One entry of a link's numbered stream. */
export interface Entry {
  /** Its number: 1, 2, 3 … */
  readonly clientSeq: number
  /** What it is. */
  readonly kind: EntryKind
  /** What goes along for tools: trace ids, an idempotency key. Opaque to the library, null for none. */
  readonly context: Uint8Array | null
  /** Of a message or request, where LINKED asked for it. */
  readonly shown?: Shown
  /** Of a message or request: a name and an encoded value; of a cancelled entry: a reason. */
  readonly body: Uint8Array
}

/** The bit of an entry's kind that says that a context precedes the body. */
const CONTEXT_BIT = 0x80
/** The bit that says that what the client was shown precedes the body. */
const SHOWN_BIT = 0x40

/** What docs/protocol.md says of an entry: `entry` writes and reads it. */
export const entryFields = /* @__PURE__ */ wire.struct({
  clientSeq: wire.uvarint,
  kind: wire.u8,
  context: wire.blob,
  shown,
  body: /* @__PURE__ */ wire.rest('rest'),
})

export const entry: Field<Entry> = field(
  'entry',
  (writer, { clientSeq, kind, context, shown: seen, body }, version) => {
    writer.uvarint(clientSeq)
    writer.u8(kind | (context === null ? 0 : CONTEXT_BIT) | (seen === undefined ? 0 : SHOWN_BIT))
    if (context !== null) writer.blob(context)
    if (seen !== undefined) shown.write(writer, seen, version)
    writer.raw(body)
  },
  readEntry,
)

export function readEntry(reader: ByteReader): Entry {
  const clientSeq = reader.uvarint()
  const lead = reader.u8()
  const kind = (lead & ~(CONTEXT_BIT | SHOWN_BIT)) as EntryKind
  if (kind < ENTRY.message || kind > ENTRY.cancelled) throw new DecodeError(`unknown entry ${kind}`)
  const context = (lead & CONTEXT_BIT) === 0 ? null : reader.blob()
  if ((lead & SHOWN_BIT) === 0) return { clientSeq, kind, context, body: reader.rest() }
  const seen = { version: reader.uvarint(), forMs: reader.uvarint() }
  return { clientSeq, kind, context, shown: seen, body: reader.rest() }
}

/** Body of a message, request, event or broadcast: a name and an encoded payload. */
export const named = wire.struct({ name: wire.text, payload: wire.value })

/** Body of a message, request or event: its name and its encoded payload. */
export function makeNamed(name: string, payload: Uint8Array): Uint8Array {
  return bytesOf(named, { name, payload })
}

/** Reads a name and a payload. Throws a `DecodeError`. */
export function readNamed(body: Uint8Array): TypeOf<typeof named> {
  return readAll(named, body)
}

/** The name alone, of at most so many bytes; what follows stays closed. Throws a `DecodeError`. */
export function nameOf(body: Uint8Array, bytesMax: number): string {
  const reader = new ByteReader(body)
  const count = reader.uvarint()
  if (count > bytesMax) throw new DecodeError(`a name of ${count} bytes, at most ${bytesMax}`)
  return reader.utf8(count)
}

/** Body of a cancelled entry: why its number has no effect, and in words, with the limit and the value, where there are some. */
export const cancelled = wire.struct({ reason, message: wire.text })

/** Body of a cancelled entry: why its number has no effect, and in words. */
export function makeCancelled(why: Reason, message = ''): Uint8Array {
  return bytesOf(cancelled, { reason: why, message })
}

/** Reads a cancelled entry. Throws a `DecodeError`. */
export function readCancelled(body: Uint8Array): TypeOf<typeof cancelled> {
  return readAll(cancelled, body)
}

const itemKind = field<ItemKind>(
  'u8',
  (writer, kind) => writer.u8(kind),
  (reader) => {
    const kind = reader.u8()
    if (kind < ITEM.answer || kind > ITEM.processor) throw new DecodeError(`unknown item ${kind}`)
    return kind as ItemKind
  },
)

/** What the channel sends to one link alone: behind `after` shared events of the same turn. */
export interface Item {
  /** Its number: 1, 2, 3 … */
  readonly serverSeq: number
  /** What it is. */
  readonly kind: ItemKind
  /** How many shared events of the turn precede it. */
  readonly after: number
  /** An answer, a failure, a named payload, or who the processor is. */
  readonly body: Uint8Array
}

export const item: Field<Item> = wire.struct(
  { serverSeq: wire.uvarint, kind: itemKind, after: wire.uvarint, body: wire.blob },
  readItem,
)

/** The part of a private block that a front passes on unopened: the last clientSeq that has an outcome, and items. */
export const itemList = wire.struct({ acknowledged: wire.uvarint, items: wire.list(item) })

function readItem(reader: ByteReader, version: number): Item {
  return {
    serverSeq: reader.uvarint(),
    kind: itemKind.read(reader, version),
    after: reader.uvarint(),
    body: reader.blob(),
  }
}

/** Body of PRIVATE: what was acknowledged, and the items. */
export function makeItems(acknowledged: number, items: readonly Item[]): Uint8Array {
  return bytesOf(itemList, { acknowledged, items })
}

/** Reads the items of PRIVATE. Throws a `DecodeError`. */
export function readItems(bytes: Uint8Array): TypeOf<typeof itemList> {
  return readAll(itemList, bytes)
}

/** Body of an answer: the request's clientSeq and the encoded result. */
export const answer = wire.struct({ clientSeq: wire.uvarint, result: wire.value })

/** Body of an answer. */
export function makeAnswer(clientSeq: number, result: Uint8Array): Uint8Array {
  return bytesOf(answer, { clientSeq, result })
}

/** Reads an answer. Throws a `DecodeError`. */
export function readAnswer(body: Uint8Array): TypeOf<typeof answer> {
  return readAll(answer, body)
}

/** The clientSeq of an answer or a failure, which begin with it. */
export function readOutcomeSeq(body: Uint8Array): number {
  return new ByteReader(body).uvarint()
}

/** Body of a failure: of a request, or of a message that was refused or whose handler failed. `details`: an encoded value. */
export const failure = wire.struct({ clientSeq: wire.uvarint, reason, message: wire.text, details: wire.value })
export type Failure = TypeOf<typeof failure>

/** Body of a failure. */
export function makeFailure(given: Failure): Uint8Array {
  return bytesOf(failure, given)
}

/** Reads a failure. Throws a `DecodeError`. */
export function readFailure(body: Uint8Array): Failure {
  return readAll(failure, body)
}

/** Body of a processor item: whether the channel is the client's processor from here on, and why it changed. */
export const processorItem = wire.struct({ processor: wire.bool, reason })

/** Body of an item that says whether the channel is the processor. */
export function makeProcessorItem(processor: boolean, why: Reason): Uint8Array {
  return bytesOf(processorItem, { processor, reason: why })
}

/** Reads an item about the processor. Throws a `DecodeError`. */
export function readProcessorItem(body: Uint8Array): TypeOf<typeof processorItem> {
  return readAll(processorItem, body)
}
