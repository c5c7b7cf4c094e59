/** Eight bytes as 16 hex digits: how nonces and incarnations are held and compared. */
import type { ByteReader } from '../value/byte-reader.js'
import type { ByteWriter } from '../value/byte-writer.js'

/** The two digits of each byte. */
const DIGITS = Array.from({ length: 256 }, (_, byte) => (byte < 16 ? '0' : '') + byte.toString(16))

export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += DIGITS[byte]
  return hex
}

export function writeHex8(writer: ByteWriter, hex: string): void {
  for (let i = 0; i < 16; i += 2) writer.u8((digit(hex.charCodeAt(i)) << 4) | digit(hex.charCodeAt(i + 1)))
}

export function readHex8(reader: ByteReader): string {
  return hexOf(reader.raw(8))
}

/** What a digit is worth, small or capital. */
function digit(code: number): number {
  return code > 0x39 ? (code & 0x1f) + 9 : code - 0x30
}
