/**
 * Writes PRIVATE of the hop between masters: what one turn has for single links of one front, in one buffer. Its items are read by
 * clients (`readItems`); a front passes them on unopened. Knows nothing of sessions.
 */
import type { ByteWriter } from '../value/byte-writer.js'
import { bytesOf, field, readByTable } from './field.js'
import { VERSION_MAX } from './frame-types.js'
import { type Item, itemList } from './link-frames.js'
import { TO_FRONT_FRAMES } from './master-frames.js'
import { type Origin, origin } from './origin.js'

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

/** What an item weighs beside its body, roughly. */
const ITEM_HEAD_BYTES = 16

interface PrivateBlock {
  readonly head: PrivateHead
  readonly links: readonly PrivateLink[]
}

const privateBlock = field<PrivateBlock>('', write, readByTable)

function write(writer: ByteWriter, { head, links }: PrivateBlock, version: number): void {
  writer.text(head.channelId)
  origin.write(writer, head.origin, version)
  writer.uvarint(head.epoch)
  writer.uvarint(head.version)
  writer.uvarint(links.length)
  for (const { ref, acknowledged, items } of links) {
    writer.uvarint(ref)
    writer.uvarint(bytesOfItems(acknowledged, items))
    itemList.write(writer, { acknowledged, items }, version)
  }
}

/** The frame that `encodeToFront` makes of a private block whose items `makeItems` made, without a buffer for each link. */
export function makePrivateBlock(head: PrivateHead, links: readonly PrivateLink[]): Uint8Array {
  return bytesOf(privateBlock, { head, links }, VERSION_MAX, TO_FRONT_FRAMES.masterPrivate.byte)
}

/** A part may hold more by its last item. */
const PART_BYTES = 256 * 1024

/** What single links are given, cut so that the blocks of the parts stay short. Only a link's last part acknowledges anything. */
export function partsOf(links: readonly PrivateLink[]): PrivateLink[][] {
  let part: PrivateLink[] = []
  const parts = [part]
  let bytes = 0
  for (const { ref, acknowledged, items } of links) {
    let from = 0
    bytes += ITEM_HEAD_BYTES
    for (let i = 0; i < items.length; i++) {
      bytes += (items[i]?.body.length ?? 0) + ITEM_HEAD_BYTES
      if (bytes < PART_BYTES || i === items.length - 1) continue
      part.push({ ref, acknowledged: 0, items: items.slice(from, i + 1) })
      parts.push((part = []))
      from = i + 1
      bytes = 0
    }
    part.push({ ref, acknowledged, items: from === 0 ? items : items.slice(from) })
    if (bytes < PART_BYTES) continue
    parts.push((part = []))
    bytes = 0
  }
  if (part.length === 0) parts.pop()
  return parts
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
