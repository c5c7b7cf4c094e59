/**
 * Bytes to values. Safe on hostile bytes: nesting is limited, a count is believed only if that many bytes are left, a key
 * `__proto__` is an own property like any other, and whatever is wrong is a `DecodeError`.
 * What it makes shares no memory with the input.
 */
import { ByteReader } from './byte-reader.js'
import { DecodeError } from './decode-error.js'
import * as LEAD from './lead.js'
import { TooManyContainers } from './too-many-containers.js'
import { VALUE_DEPTH_MAX } from './value.js'

/** What is left of `containersMax` while a value is read. Nothing of the application runs meanwhile. */
let containersLeft = Infinity

/**
 * Decodes a value that fills all the bytes. Throws `DecodeError`, or `TooManyContainers` if it has more arrays and objects than
 * `containersMax`: an empty one costs a hundred times the memory of its byte.
 */
export function decodeValue(bytes: Uint8Array, containersMax = Infinity): unknown {
  const reader = new ByteReader(bytes)
  containersLeft = containersMax
  try {
    const value = readValue(reader)
    reader.done()
    return value
  } catch (error) {
    throw containersLeft < 0 ? new TooManyContainers(containersMax) : error
  } finally {
    containersLeft = Infinity
  }
}

/** Reads one value and leaves the reader behind it. Throws `DecodeError`. */
export function readValue(reader: ByteReader): unknown {
  return read(reader, VALUE_DEPTH_MAX)
}

/** Reads a text as `writeText` writes it. */
export function readText(reader: ByteReader): string {
  return textBehind(reader, reader.u8())
}

/** Sets an own property, whatever its name. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    target[key] = value
  }
}

function read(reader: ByteReader, depthLeft: number): unknown {
  const lead = reader.u8()
  if (lead >= LEAD.array && lead < LEAD.null) {
    return lead < LEAD.object
      ? readArray(reader, lead - LEAD.array, depthLeft)
      : readObject(reader, lead - LEAD.object, depthLeft)
  }
  if (lead === LEAD.longArray) return readArray(reader, reader.uvarint(), depthLeft)
  if (lead === LEAD.longObject) return readObject(reader, reader.uvarint(), depthLeft)
  return primitiveBehind(reader, lead)
}

/** The value behind its leading byte, which is neither that of an array nor of an object: those are refused. */
export function primitiveBehind(reader: ByteReader, lead: number): unknown {
  if (lead < LEAD.text) return lead
  if (lead < LEAD.array) return reader.utf8(lead - LEAD.text)
  switch (lead) {
    case LEAD.null:
      return null
    case LEAD.undefined:
      return undefined
    case LEAD.false:
      return false
    case LEAD.true:
      return true
    case LEAD.float64:
      return reader.f64()
    case LEAD.float32:
      return reader.f32()
    case LEAD.positive:
      return reader.uvarint()
    case LEAD.negative:
      return -1 - reader.uvarint()
    case LEAD.bytes:
      return new Uint8Array(reader.blob())
    default:
      return textBehind(reader, lead)
  }
}

function textBehind(reader: ByteReader, lead: number): string {
  if (lead >= LEAD.text && lead < LEAD.array) return reader.utf8(lead - LEAD.text)
  if (lead === LEAD.longText) return reader.text()
  if (lead === LEAD.utf16Text) return reader.utf16(reader.uvarint())
  throw new DecodeError(`no text or value begins with ${lead}`)
}

function readArray(reader: ByteReader, count: number, depthLeft: number): unknown[] {
  expectRoom(reader, count, depthLeft)
  const array: unknown[] = []
  for (let i = 0; i < count; i++) array.push(read(reader, depthLeft - 1))
  return array
}

function readObject(reader: ByteReader, count: number, depthLeft: number): Record<string, unknown> {
  expectRoom(reader, count * 2, depthLeft)
  const object: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) setOwn(object, readText(reader), read(reader, depthLeft - 1))
  return object
}

function expectRoom(reader: ByteReader, count: number, depthLeft: number): void {
  if (--containersLeft < 0) throw new DecodeError('too many arrays and objects')
  if (depthLeft === 0) throw new DecodeError('nested too deep')
  if (count > reader.remaining) throw new DecodeError('cut short')
}
