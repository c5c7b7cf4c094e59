/**
 * Images and records as the bytes that a store keeps: a format of their own, what they hold, and a checksum, so that bytes of a later
 * version and damaged ones are told from good ones. Knows nothing of stores.
 */
import { crc32 } from 'node:zlib'
import { type Field, readAll } from '../protocol/field.js'
import { ByteSlab } from '../value/byte-slab.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { type ChannelImage, channelImage } from './channel-image.js'
import { type TurnRecord, turnRecord } from './turn-record.js'

/** Grows when fields are added, by `since`: older bytes stay readable. Later ones are refused. */
export const STORED_FORMAT = 1

const CHECKSUM_BYTES = 4

/** One for all: nothing that is written encodes anything else. */
const scratch = new ByteWriter()
/** For records: they are many and short, and each lives until it is stored. */
const records = new ByteSlab()

export function encodeImage(image: ChannelImage): Uint8Array {
  seal(channelImage, image)
  return scratch.finish()
}

/** Throws a `DecodeError`. Byte fields are views on the input. */
export function decodeImage(bytes: Uint8Array): ChannelImage {
  return open(channelImage, bytes)
}

export function encodeRecord(record: TurnRecord): Uint8Array {
  seal(turnRecord, record)
  return records.copy(scratch.written)
}

/** Throws a `DecodeError`. Byte fields are views on the input. */
export function decodeRecord(bytes: Uint8Array): TurnRecord {
  return open(turnRecord, bytes)
}

function seal<T>(of: Field<T>, given: T): void {
  scratch.reset()
  scratch.u8(STORED_FORMAT)
  of.write(scratch, given, STORED_FORMAT)
  scratch.u32(crc32(scratch.written))
}

function open<T>(of: Field<T>, bytes: Uint8Array): T {
  const end = bytes.length - CHECKSUM_BYTES
  const format = bytes[0]
  if (end < 1 || format === undefined) throw new DecodeError('cut short')
  if (checksumIn(bytes).getUint32(0, true) !== crc32(bytes.subarray(0, end)))
    throw new DecodeError('the bytes are damaged: their checksum differs')
  if (format > STORED_FORMAT)
    throw new DecodeError(
      `format ${format} belongs to a later version of centrum: this one reads up to ${STORED_FORMAT}`,
    )
  return readAll(of, bytes.subarray(1, end), format)
}

function checksumIn({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset + length - CHECKSUM_BYTES)
}
