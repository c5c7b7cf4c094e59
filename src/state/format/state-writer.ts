/**
 * The buffer that state is encoded into. Unlike `ByteWriter` its insides are open, because the code that is made for each
 * shape writes into it directly: whoever finds `MARGIN` bytes free may write that many and move `position`.
 * Knows nothing of shapes or shadows.
 */
import { encodeUtf8 } from '../../value/utf8.js'
import { LEAD, SMALL } from '../../value/value.js'
import { putNumber } from './put-number.js'
import { NAN_HIGH } from './state-format.js'

const LONE_SURROGATE = /\p{Surrogate}/u

/** How many bytes are free after each call: more than the fixed part of any struct. */
export const MARGIN = 512

/**
 * The buffers that patches share. Each is made for so many patches of the last one's size, and is larger than the one before as long
 * as they are small: making one costs as much as what is done in a few patches.
 */
const SLAB_BYTES_MIN = 4096
const SLAB_BYTES_SMALL = 32_768
/** The largest buffer that a writer allocates in advance, in bytes. */
const SLAB_BYTES_MAX = 262_144
const SLAB_PATCHES = 16

export class StateWriter {
  bytes = new Uint8Array(SLAB_BYTES_MIN)
  view = new DataView(this.bytes.buffer)
  #buffer = this.bytes.buffer
  position = 0
  /** How far `position` may be for the margin to be free. */
  limit = SLAB_BYTES_MIN - MARGIN
  /** Where what is being written begins: before it lies what was given out. */
  #start = 0

  /** Begins anew: what was written and not taken is forgotten. */
  begin(): void {
    this.position = this.#start
    if (this.#start > this.limit) this.#renew(0)
  }

  /**
   * What was written, as a view on a buffer that it shares with what was written before and will be written next: making
   * a buffer for each patch would cost more than finding what changed.
   */
  take(): Uint8Array {
    const start = this.#start
    const end = this.position
    const taken = new Uint8Array(this.#buffer, start, end - start)
    this.#start = end
    // Room for a few more of its size, so that buffers are few and none is held by one small patch for long.
    if (this.limit - end < end - start) this.#renew((end - start) * SLAB_PATCHES)
    return taken
  }

  #renew(count: number): void {
    const least = Math.min(this.bytes.length * 2, SLAB_BYTES_SMALL)
    this.bytes = new Uint8Array(Math.min(Math.max(count + MARGIN, least), SLAB_BYTES_MAX))
    this.limit = this.bytes.length - MARGIN
    this.#buffer = this.bytes.buffer
    this.view = new DataView(this.#buffer)
    this.#start = 0
    this.position = 0
  }

  /** Sees to it that `count` bytes and the margin are free. */
  ensure(count: number): void {
    if (this.position + count > this.limit) this.#grow(count)
  }

  /** Positions stay what they are. */
  #grow(count: number): void {
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.position + count + MARGIN))
    grown.set(this.bytes.subarray(this.#start, this.position), this.#start)
    this.bytes = grown
    this.limit = grown.length - MARGIN
    this.#buffer = grown.buffer
    this.view = new DataView(this.#buffer)
  }

  /** One byte. Relies on the margin, and keeps it. */
  byte(value: number): void {
    this.bytes[this.position++] = value
    this.ensure(0)
  }

  uvarint(value: number): void {
    let rest = value
    while (rest > 0x7fffffff) {
      this.bytes[this.position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.bytes[this.position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.position++] = rest
    this.ensure(0)
  }

  /** A number with its lead, in its shortest exact form. */
  number(value: number): void {
    this.position = putNumber(this.bytes, this.view, this.position, value)
    this.ensure(0)
  }

  /** Eight bytes. Every NaN is the same one, so that the others are free for the escape. */
  f64(value: number): void {
    if (value === value) {
      this.view.setFloat64(this.position, value, true)
    } else {
      this.view.setUint32(this.position, 0, true)
      this.view.setUint32(this.position + 4, NAN_HIGH, true)
    }
    this.position += 8
    this.ensure(0)
  }

  /** A text with its lead. */
  text(text: string): void {
    const count = text.length
    if (count <= SMALL.text) {
      const { bytes } = this
      const at = this.position
      let i = 0
      for (; i < count; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        bytes[at + 1 + i] = code
      }
      if (i === count) {
        bytes[at] = LEAD.text + count
        this.position = at + 1 + count
        this.ensure(0)
        return
      }
    }
    this.#longText(text)
  }

  #longText(text: string): void {
    if (LONE_SURROGATE.test(text)) {
      this.bytes[this.position++] = LEAD.utf16Text
      this.uvarint(text.length)
      this.ensure(text.length * 2)
      for (let i = 0; i < text.length; i++) {
        this.view.setUint16(this.position, text.charCodeAt(i), true)
        this.position += 2
      }
      return
    }
    const bytes = encodeUtf8(text)
    if (bytes.length <= SMALL.text) {
      this.bytes[this.position++] = LEAD.text + bytes.length
      this.raw(bytes)
    } else {
      this.bytes[this.position++] = LEAD.longText
      this.blob(bytes)
    }
  }

  raw(bytes: Uint8Array): void {
    this.ensure(bytes.length)
    this.bytes.set(bytes, this.position)
    this.position += bytes.length
    this.ensure(0)
  }

  blob(bytes: Uint8Array): void {
    this.uvarint(bytes.length)
    this.raw(bytes)
  }

  /** Writes `value` as a uvarint into the one byte reserved at `at`, moving what is behind if it takes more. */
  insertUvarint(at: number, value: number): void {
    if (value <= 0x7f) {
      this.bytes[at] = value
      return
    }
    let extra = 0
    for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) extra++
    if (extra > 0) {
      this.bytes.copyWithin(at + 1 + extra, at + 1, this.position)
    }
    const end = this.position + extra
    this.position = at
    this.uvarint(value)
    this.position = end
    this.ensure(0)
  }

  /** A copy of what was written. */
  copy(): Uint8Array {
    return this.bytes.slice(this.#start, this.position)
  }
}

/** The writer that no encoder uses now; null while one makes a patch. */
let spare: StateWriter | null = null

/** One to have as long as nothing is written. */
export function idleWriter(): StateWriter {
  return (spare ??= new StateWriter())
}

/** A writer for one patch. Encoders share what is behind it: hundreds of rooms hold one buffer. */
export function borrowWriter(): StateWriter {
  const writer = spare
  spare = null
  // The buffer of a patch may have been transferred to another thread, against what `patch` says.
  return writer === null || writer.bytes.length === 0 ? new StateWriter() : writer
}

/** The patch was taken, or is none. */
export function returnWriter(writer: StateWriter): void {
  spare = writer
}
