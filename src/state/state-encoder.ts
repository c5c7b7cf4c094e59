/**
 * The owner's side of a state: a plain object that anyone changes as they like, and the bytes of what changed since the
 * last patch. Finds changes by comparing with a copy of what was published.
 */
import { ByteWriter } from '../value/byte-writer.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue, writeText, writeValue } from '../value/encode-value.js'
import { OPERATION, STATE_FORMAT } from './state-format.js'

type Fields = Record<string, unknown>

export class StateEncoder<T> {
  /** Plain and mutable; may be replaced as a whole. What cannot be encoded is refused by the next `patch()`. */
  state: T
  /** The state as of the last patch, encoded, and a copy of it to compare with. */
  #published: Uint8Array
  #shadow: unknown

  /** Throws `EncodeError`, with the path, if `initial` holds something that is not a value. */
  constructor(initial: T) {
    this.state = initial
    this.#published = encodeValue(initial)
    this.#shadow = decodeValue(this.#published)
  }

  /** The state as of the last `patch()`, of construction before the first. Consumes nothing. */
  keyframe(): Uint8Array {
    const writer = new ByteWriter(this.#published.length + 1)
    writer.u8(STATE_FORMAT)
    writer.raw(this.#published)
    return writer.finish()
  }

  /**
   * What changed since the last call, or null. Throws `EncodeError`, with the path, if the state holds something that is
   * not a value: then nothing is published, and once that is mended the next call has all changes.
   */
  patch(): Uint8Array | null {
    const published = encodeValue(this.state)
    const next = decodeValue(published)
    const writer = new ByteWriter()
    writer.u8(STATE_FORMAT)
    if (!writeChange(writer, this.#shadow, next)) return null
    this.#published = published
    this.#shadow = next
    return writer.finish()
  }
}

/** Writes what makes `next` of `before`; nothing, and false, if they are equal. */
function writeChange(writer: ByteWriter, before: unknown, next: unknown): boolean {
  if (Object.is(before, next)) return false
  if (Array.isArray(before) && Array.isArray(next)) return writeArrayChange(writer, before, next)
  if (isFields(before) && isFields(next)) return writeFieldsChange(writer, before, next)
  if (before instanceof Uint8Array && next instanceof Uint8Array && equalBytes(before, next)) return false
  writer.u8(OPERATION.set)
  writeValue(writer, next)
  return true
}

function writeFieldsChange(writer: ByteWriter, before: Fields, next: Fields): boolean {
  const inner = new ByteWriter()
  let count = 0
  for (const key of Object.keys(before)) {
    if (Object.hasOwn(next, key)) continue
    writeText(inner, key)
    inner.u8(OPERATION.delete)
    count++
  }
  for (const key of Object.keys(next)) {
    const change = new ByteWriter()
    if (!writeChange(change, Object.hasOwn(before, key) ? before[key] : undefined, next[key])) continue
    writeText(inner, key)
    inner.raw(change.peek())
    count++
  }
  return writeContainer(writer, count, OPERATION.fields, undefined, inner)
}

function writeArrayChange(writer: ByteWriter, before: unknown[], next: unknown[]): boolean {
  const inner = new ByteWriter()
  let count = 0
  for (let i = 0; i < next.length; i++) {
    const change = new ByteWriter()
    if (i >= before.length) {
      change.u8(OPERATION.set)
      writeValue(change, next[i])
    } else if (!writeChange(change, before[i], next[i])) {
      continue
    }
    inner.uvarint(i)
    inner.raw(change.peek())
    count++
  }
  if (count === 0 && before.length === next.length) return false
  return writeContainer(writer, count, OPERATION.elements, next.length, inner)
}

function writeContainer(
  writer: ByteWriter,
  count: number,
  operation: number,
  length: number | undefined,
  inner: ByteWriter,
): boolean {
  if (count === 0 && length === undefined) return false
  writer.u8(operation)
  if (length !== undefined) writer.uvarint(length)
  writer.uvarint(count)
  writer.raw(inner.peek())
  return true
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
