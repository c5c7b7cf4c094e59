/**
 * Values to bytes, each in its shortest form: small integers, short texts and small containers lead with one byte, a
 * number that fits a float32 takes that. Knows nothing of state, shapes or frames.
 */
import { ByteWriter } from './byte-writer.js'
import { findUnencodable, problemOf } from './encode-error.js'
import * as LEAD from './lead.js'
import { encodeUtf8 } from './utf8.js'

const LONE_SURROGATE = /\p{Surrogate}/u
/** The greatest that is added to the leading byte of a small integer, of a short text and of a small container. */
const INTEGER_SMALL = 63
const TEXT_SMALL = 31
const COUNT_SMALL = 15

/** Encodes a value. Throws `EncodeError`, with the path, if it contains something that is not a value. */
export function encodeValue(value: unknown): Uint8Array {
  const writer = new ByteWriter()
  writeValue(writer, value)
  return writer.finish()
}

/** The same, with the keys of each object in the order of their UTF-16 code units: equal bytes for equal values. */
export function encodeSorted(value: unknown): Uint8Array {
  const writer = new ByteWriter()
  writeValue(writer, value, true)
  return writer.finish()
}

/** Writes a value behind what the writer has. Throws `EncodeError` for what is not one, and then has written nothing. */
export function writeValue(writer: ByteWriter, value: unknown, sorted = false): void {
  const length = writer.length
  try {
    write(writer, value, [], sorted)
  } catch (error) {
    writer.truncate(length)
    throw findUnencodable(value) ?? error
  }
}

/** A text in its shortest form, as a value and as a key. */
export function writeText(writer: ByteWriter, text: string): void {
  if (text.length <= TEXT_SMALL && writer.shortAscii(LEAD.text, text)) return
  if (LONE_SURROGATE.test(text)) {
    writer.u8(LEAD.utf16Text)
    writer.uvarint(text.length)
    writer.utf16(text)
    return
  }
  const bytes = encodeUtf8(text)
  if (bytes.length <= TEXT_SMALL) {
    writer.u8(LEAD.text + bytes.length)
    writer.raw(bytes)
  } else {
    writer.u8(LEAD.longText)
    writer.blob(bytes)
  }
}

/** A number in its shortest exact form. Every NaN is the same one. */
export function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    if (value < 0) {
      writer.u8(LEAD.negative)
      writer.uvarint(-1 - value)
    } else if (value <= INTEGER_SMALL) {
      writer.u8(LEAD.integer + value)
    } else {
      writer.u8(LEAD.positive)
      writer.uvarint(value)
    }
  } else if (Math.fround(value) === value) {
    writer.u8(LEAD.float32)
    writer.f32(value)
  } else if (Number.isNaN(value)) {
    writer.u8(LEAD.float32)
    writer.u32(0x7fc00000)
  } else {
    writer.u8(LEAD.float64)
    writer.f64(value)
  }
}

/** The same; what it has written where it throws stays. Throws a `TypeError` for what is no value. */
export function write(writer: ByteWriter, value: unknown, ancestors: object[], sorted: boolean): void {
  switch (typeof value) {
    case 'number':
      return writeNumber(writer, value)
    case 'string':
      return writeText(writer, value)
    case 'boolean':
      return writer.u8(value ? LEAD.true : LEAD.false)
    case 'undefined':
      return writer.u8(LEAD.undefined)
    default:
      return value === null ? writer.u8(LEAD.null) : writeObject(writer, value as object, ancestors, sorted)
  }
}

function writeObject(writer: ByteWriter, value: object, ancestors: object[], sorted: boolean): void {
  if (value instanceof Uint8Array) {
    writer.u8(LEAD.bytes)
    writer.blob(value)
    return
  }
  const problem = problemOf(value, ancestors)
  if (problem !== undefined) throw new TypeError(problem)
  ancestors.push(value)
  if (Array.isArray(value)) {
    const count = value.length
    writeCount(writer, count, LEAD.array, LEAD.longArray)
    for (let i = 0; i < count; i++) write(writer, value[i], ancestors, sorted)
  } else {
    writeFields(writer, value as Record<string, unknown>, ancestors, sorted)
  }
  ancestors.pop()
}

function writeFields(writer: ByteWriter, value: Record<string, unknown>, ancestors: object[], sorted: boolean): void {
  let keys = Object.keys(value)
  if (sorted) keys.sort()
  let fields = keys.map((key) => value[key])
  if (fields.includes(undefined)) {
    keys = keys.filter((_, i) => fields[i] !== undefined)
    fields = fields.filter((field) => field !== undefined)
  }
  writeCount(writer, keys.length, LEAD.object, LEAD.longObject)
  for (let i = 0; i < keys.length; i++) {
    writeText(writer, keys[i] as string)
    write(writer, fields[i], ancestors, sorted)
  }
}

function writeCount(writer: ByteWriter, count: number, small: number, long: number): void {
  if (count <= COUNT_SMALL) {
    writer.u8(small + count)
  } else {
    writer.u8(long)
    writer.uvarint(count)
  }
}
