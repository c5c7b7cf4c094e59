/**
 * The other side of `ByteWriter`: reads the same primitives and never beyond the end. Whatever is cut short, too long or
 * not in the shortest form of its kind is a `DecodeError`, so that hostile bytes cost an error and nothing else.
 */
import { DecodeError } from './decode-error.js'

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** How many arguments `String.fromCharCode` is given in one call. */
const UNITS_AT_ONCE = 4096

export class ByteReader {
  readonly bytes: Uint8Array
  readonly end: number
  readonly #view: DataView
  position: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  #take(count: number): number {
    const at = this.position
    if (count > this.end - at) throw new DecodeError('cut short')
    this.position = at + count
    return at
  }

  u8(): number {
    return this.bytes[this.#take(1)] as number
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  f32(): number {
    return this.#view.getFloat32(this.#take(4), true)
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8), true)
  }

  uvarint(): number {
    let byte = this.u8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let scale = 128
    for (let count = 2; ; count++) {
      byte = this.u8()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new DecodeError('damaged integer')
      if (byte < 0x80) break
      if (count === 8) throw new DecodeError('damaged integer')
      scale *= 128
    }
    if (byte === 0) throw new DecodeError('damaged integer')
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
    if (count < 24) {
      let text = ''
      let i = at
      for (; i < at + count; i++) {
        const code = this.bytes[i] as number
        if (code > 0x7f) break
        text += String.fromCharCode(code)
      }
      if (i === at + count) return text
    }
    try {
      return TEXT.decode(this.bytes.subarray(at, at + count))
    } catch {
      throw new DecodeError('not UTF-8')
    }
  }

  /** A text of `count` code units of two bytes each. */
  utf16(count: number): string {
    const at = this.#take(count * 2)
    const parts: string[] = []
    let units: number[] = []
    for (let i = 0; i < count; i++) {
      units.push(this.#view.getUint16(at + i * 2, true))
      if (units.length === UNITS_AT_ONCE) {
        parts.push(String.fromCharCode(...units))
        units = []
      }
    }
    return parts.join('') + String.fromCharCode(...units)
  }

  /** All that is left, as a view on the input. */
  rest(): Uint8Array {
    return this.raw(this.end - this.position)
  }

  /** Refuses bytes behind what was expected. */
  done(): void {
    if (this.position !== this.end) throw new DecodeError('bytes too many')
  }
}
