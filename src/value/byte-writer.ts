/**
 * A growing buffer with the few primitives every encoding here is made of: bytes, variable-length unsigned integers
 * (LEB128, up to 2^53-1), little-endian fixed numbers, and length-prefixed blobs and texts.
 * Knows nothing of values, frames or state.
 */
import { encodeUtf8 } from './utf8.js'

const BYTES_MIN = 64
/** Maximum size of the buffer that a reused writer keeps, in bytes, so that one long frame does not occupy memory for ever. */
const KEPT_BYTES_MAX = 64 * 1024

export class ByteWriter {
  #bytes: Uint8Array
  /** Made when it is first needed: few frames have numbers of a fixed size. */
  #dataView: DataView | null = null
  #length = 0

  constructor(bytesInitial = BYTES_MIN) {
    this.#bytes = new Uint8Array(Math.max(bytesInitial, BYTES_MIN))
  }

  get #view(): DataView {
    return (this.#dataView ??= new DataView(this.#bytes.buffer))
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#length
  }

  #room(count: number): number {
    const at = this.#length
    this.#length = at + count
    if (this.#length > this.#bytes.length) this.grow(this.#length)
    return at
  }

  /** Makes room for so many bytes in all. */
  protected grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes)
    this.#bytes = grown
    this.#dataView = null
  }

  u8(value: number): void {
    const at = this.#room(1)
    this.#bytes[at] = value
  }

  u32(value: number): void {
    const at = this.#room(4)
    this.#view.setUint32(at, value, true)
  }

  f32(value: number): void {
    const at = this.#room(4)
    this.#view.setFloat32(at, value, true)
  }

  f64(value: number): void {
    const at = this.#room(8)
    this.#view.setFloat64(at, value, true)
  }

  /** An unsigned integer up to 2^53-1, seven bits a byte, the lowest first. */
  uvarint(value: number): void {
    let rest = value
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.u8((rest % 128) | 0x80)
    // Shifts are faster than divisions, and reach from here on.
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80)
    this.u8(rest)
  }

  /** The bytes alone, without a length. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** The length, then the bytes. */
  blob(bytes: Uint8Array): void {
    this.uvarint(bytes.length)
    this.raw(bytes)
  }

  /** UTF-8 with its length in bytes. A lone surrogate becomes U+FFFD: for ids, names and reasons; state has its own strings. */
  text(text: string): void {
    if (text.length > 63 || !this.shortAscii(0, text)) this.blob(encodeUtf8(text))
  }

  /**
   * One byte `lead + length` and the characters, if `text` is all ASCII; else nothing, and false. `lead` and the longest
   * text it is used for must fit one byte together.
   */
  shortAscii(lead: number, text: string): boolean {
    const count = text.length
    const at = this.#room(count + 1)
    const bytes = this.#bytes
    for (let i = 0; i < count; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        this.#length = at
        return false
      }
      bytes[at + 1 + i] = code
    }
    bytes[at] = lead + count
    return true
  }

  /** The code units of a text, two bytes each, the low one first: exact for every string, lone surrogates too. */
  utf16(text: string): void {
    const at = this.#room(text.length * 2)
    for (let i = 0; i < text.length; i++) this.#view.setUint16(at + i * 2, text.charCodeAt(i), true)
  }

  /** Takes back what was written behind `length`, which is a length that this writer had. */
  truncate(length: number): void {
    this.#length = length
  }

  /** What was written, until more is. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Begins anew, with the same buffer unless that has grown large: what `finish` gave out is a copy. */
  reset(): void {
    this.#length = 0
    if (this.#bytes.length <= KEPT_BYTES_MAX) return
    this.#bytes = new Uint8Array(BYTES_MIN)
    this.#dataView = null
  }
}
