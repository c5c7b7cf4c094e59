/**
 * Writes PRIVATE of the hop between masters: what one turn has for single links of one front, in one buffer. Its items are read by
 * clients (`readItems`); a front passes them on unopened. Knows nothing of sessions.
 */
import type { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { bytesOf, field } from './field.js'
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

interface PrivateBlock {
  readonly head: PrivateHead
  readonly links: readonly PrivateLink[]
}

const privateBlock = field<PrivateBlock>('', write, () => {
  throw new DecodeError('PRIVATE is read by the codec of all frames')
})

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
