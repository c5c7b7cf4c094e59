/**
 * The other side of `ByteWriter`: reads the same primitives and never beyond the end. Whatever is cut short, too long or
 * not in the shortest form of its kind is a `DecodeError`, so that hostile bytes cost an error and nothing else.
 */
import { DecodeError } from './decode-error.js'
import { decodeUtf8 } from './utf8.js'

/** Where few numbers are read, each is copied here first: a view on the input takes as long to make as ten of them. */
const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
/** After so many a view on the input is made. */
const NUMBERS_COPIED = 16

export class ByteReader {
  readonly bytes: Uint8Array
  /** Made when it is first needed: few frames have many numbers of a fixed size. */
  #dataView: DataView | null = null
  #copied = 0
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes
    return (this.#dataView ??= new DataView(buffer, byteOffset, byteLength))
  }

  get remaining(): number {
    return this.bytes.length - this.position
  }

  #take(count: number): number {
    const at = this.position
    if (count > this.remaining) throw new DecodeError('cut short')
    this.position = at + count
    return at
  }

  u8(): number {
    const at = this.position
    if (at >= this.bytes.length) throw new DecodeError('cut short')
    this.position = at + 1
    return this.bytes[at] as number
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  f64(): number {
    const at = this.#take(8)
    if (this.#dataView !== null || ++this.#copied > NUMBERS_COPIED) return this.#view.getFloat64(at, true)
    const { bytes } = this
    for (let i = 0; i < 8; i++) scratch[i] = bytes[at + i] as number
    return scratchView.getFloat64(0, true)
  }

  uvarint(): number {
    let byte = this.u8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let scale = 128; byte > 0x7f; scale *= 128) {
      byte = this.u8()
      value += (byte & 0x7f) * scale
      // The last byte is not 0: the form is the shortest.
      if (byte === 0 || !(value <= Number.MAX_SAFE_INTEGER)) throw new DecodeError('damaged integer')
    }
    return value
  }

  /** `count` bytes as a view on the input: copy what is to outlive it. */
  raw(count: number): Uint8Array {
    const at = this.#take(count)
    return this.bytes.subarray(at, at + count)
  }

  blob(): Uint8Array {
    return this.raw(this.uvarint())
  }

  text(): string {
    return this.utf8(this.uvarint())
  }

  /** A text of `count` bytes of UTF-8. */
  utf8(count: number): string {
    const at = this.#take(count)
    // What is short and ASCII is faster by hand. From 13 characters on engines would keep it as a chain of pieces.
    let text = ''
    const end = count < 13 ? at + count : at
    for (let i = at; i < end; i++) {
      const code = this.bytes[i] as number
      if (code > 0x7f) break
      text += String.fromCharCode(code)
    }
    if (text.length === count) return text
    try {
      return decodeUtf8(this.bytes.subarray(at, at + count))
    } catch (error) {
      throw error instanceof TypeError ? new DecodeError('not UTF-8') : error
    }
  }

  /** A text of `count` code units of two bytes each. */
  utf16(count: number): string {
    const at = this.#take(count * 2)
    let text = ''
    for (let i = 0; i < count; i++) text += String.fromCharCode(this.#view.getUint16(at + i * 2, true))
    return text
  }

  /** All that is left, as a view on the input. */
  rest(): Uint8Array {
    return this.raw(this.remaining)
  }

  /** Refuses bytes behind what was expected. */
  done(): void {
    if (this.remaining > 0) throw new DecodeError('bytes are left over')
  }
}
