/** The beginning of a history of state: the epoch in which it began, and a random nonce (16 hex digits). With a version it names one state exactly. */
import type { ByteReader } from '../value/byte-reader.js'
import type { ByteWriter } from '../value/byte-writer.js'

export interface Origin {
  readonly epoch: number
  readonly nonce: string
}

export function sameOrigin(a: Origin, b: Origin): boolean {
  return a.nonce === b.nonce && a.epoch === b.epoch
}

/** Eight bytes as 16 hex digits: how nonces and incarnations are held and compared. */
export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16)
  return hex
}

/** 16 hex digits as eight bytes. */
export function writeHex8(writer: ByteWriter, hex: string): void {
  for (let i = 0; i < 16; i += 2) writer.u8(Number.parseInt(hex.slice(i, i + 2), 16) || 0)
}

export function readHex8(reader: ByteReader): string {
  return hexOf(reader.raw(8))
}

export function writeOrigin(writer: ByteWriter, origin: Origin): void {
  writer.uvarint(origin.epoch)
  writeHex8(writer, origin.nonce)
}

export function readOrigin(reader: ByteReader): Origin {
  return { epoch: reader.uvarint(), nonce: readHex8(reader) }
}
