/**
 * Writes PRIVATE of the hop between masters: what one turn has for single links of one front, in one buffer. Its items are read by
 * clients (`readItems`); a front passes them on unopened. Knows nothing of sessions.
 */
import { ByteWriter } from '../value/byte-writer.js'
import * as FRAME from './frame-type.js'
import type { Item } from './link-frames.js'
import { type Origin, writeOrigin } from './origin.js'

export interface PrivateHead {
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly version: number
}

/** What one link is given: the last clientSeq that has an outcome, and the items that it was not sent before. */
export interface PrivateLink {
  readonly ref: number
  readonly acknowledged: number
  readonly items: readonly Item[]
}

/** The frame that `encodeToFront` makes of a private block whose items `makeItems` made, without a buffer for each link. */
export function makePrivateBlock(head: PrivateHead, links: readonly PrivateLink[]): Uint8Array {
  const writer = new ByteWriter(96 + 12 * links.length)
  writer.u8(FRAME.masterPrivate)
  writer.text(head.channelId)
  writeOrigin(writer, head.origin)
  writer.uvarint(head.epoch)
  writer.uvarint(head.version)
  writer.uvarint(links.length)
  for (const { ref, acknowledged, items } of links) {
    writer.uvarint(ref)
    writer.uvarint(bytesOfItems(acknowledged, items))
    writer.uvarint(acknowledged)
    writer.uvarint(items.length)
    for (const { serverSeq, kind, after, body } of items) {
      writer.uvarint(serverSeq)
      writer.u8(kind)
      writer.uvarint(after)
      writer.blob(body)
    }
  }
  return writer.finish()
}

function bytesOfItems(acknowledged: number, items: readonly Item[]): number {
  let bytes = bytesOfUvarint(acknowledged) + bytesOfUvarint(items.length)
  for (const { serverSeq, after, body } of items) {
    bytes += bytesOfUvarint(serverSeq) + 1 + bytesOfUvarint(after) + bytesOfUvarint(body.length) + body.length
  }
  return bytes
}

function bytesOfUvarint(value: number): number {
  let bytes = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) bytes++
  return bytes
}
