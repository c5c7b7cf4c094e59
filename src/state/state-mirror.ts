/**
 * The other side of a state: takes keyframes and patches and holds the plain object that they describe. It is changed in
 * place, and an object that nothing happened to stays the same object.
 * Knows nothing of the encoder, versions or connections.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { readText, readValue, setOwn } from '../value/decode-value.js'
import { VALUE_DEPTH_MAX } from '../value/value.js'
import { OPERATION, STATE_FORMAT } from './state-format.js'

type Fields = Record<string, unknown>

export class StateMirror<T> {
  #state: unknown
  #loaded = false

  /** The state, to be read and not written. Undefined before the first `load()`. */
  get state(): T {
    return this.#state as T
  }

  /** Takes a whole state. Throws `DecodeError`, and then the mirror is as it was. */
  load(keyframe: Uint8Array): void {
    const reader = begin(keyframe)
    const next = readValue(reader)
    reader.done()
    this.#state = reconcile(this.#state, next)
    this.#loaded = true
  }

  /**
   * Takes what changed since the bytes before. Throws `DecodeError` for what is no patch of this state; part of it may
   * have been applied then, and the mirror refuses all patches until the next `load()`.
   */
  patch(bytes: Uint8Array): void {
    if (!this.#loaded) throw new DecodeError('a patch without a keyframe before it')
    this.#loaded = false
    const reader = begin(bytes)
    this.#state = applyChange(reader, this.#state, VALUE_DEPTH_MAX)
    reader.done()
    this.#loaded = true
  }
}

function begin(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes)
  const format = reader.u8()
  if (format > STATE_FORMAT) {
    throw new DecodeError(
      `the state is in format ${format}, and this side knows up to ${STATE_FORMAT}: update this side`,
    )
  }
  if (format < STATE_FORMAT) {
    throw new DecodeError(
      `the state is in format ${format}, and this side knows from ${STATE_FORMAT}: update the other side`,
    )
  }
  return reader
}

function applyChange(reader: ByteReader, before: unknown, depthLeft: number): unknown {
  if (depthLeft < 0) throw new DecodeError(`a patch is nested deeper than ${VALUE_DEPTH_MAX}`)
  const operation = reader.u8()
  switch (operation) {
    case OPERATION.set:
      return readValue(reader)
    case OPERATION.fields:
      return applyFields(reader, before, depthLeft)
    case OPERATION.elements:
      return applyElements(reader, before, depthLeft)
    default:
      throw new DecodeError(`a patch has no operation ${operation}`)
  }
}

function applyFields(reader: ByteReader, before: unknown, depthLeft: number): Fields {
  if (!isFields(before)) throw new DecodeError('a patch has fields for what has none')
  for (let count = reader.uvarint(); count > 0; count--) {
    const key = readText(reader)
    if (reader.bytes[reader.position] === OPERATION.delete) {
      reader.u8()
      delete before[key]
    } else {
      setOwn(before, key, applyChange(reader, Object.hasOwn(before, key) ? before[key] : undefined, depthLeft - 1))
    }
  }
  return before
}

function applyElements(reader: ByteReader, before: unknown, depthLeft: number): unknown[] {
  if (!Array.isArray(before)) throw new DecodeError('a patch has elements for what has none')
  const array: unknown[] = before
  const length = reader.uvarint()
  if (length < array.length) array.length = length
  else if (length - array.length > reader.remaining)
    throw new DecodeError('a patch lengthens an array beyond its own size')
  const lengthBefore = array.length
  while (array.length < length) array.push(undefined)
  for (let count = reader.uvarint(); count > 0; count--) {
    const i = reader.uvarint()
    if (i >= length) throw new DecodeError(`a patch has element ${i} of an array of ${length}`)
    array[i] = applyChange(reader, i < lengthBefore ? array[i] : undefined, depthLeft - 1)
  }
  return array
}

/** `next`, made of what `before` already has: objects at the same place stay the same objects. */
function reconcile(before: unknown, next: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(next)) {
    const array: unknown[] = before
    array.length = Math.min(array.length, next.length)
    for (let i = 0; i < next.length; i++) array[i] = i < array.length ? reconcile(array[i], next[i]) : next[i]
    return array
  }
  if (!isFields(before) || !isFields(next)) return next
  for (const key of Object.keys(before)) if (!Object.hasOwn(next, key)) delete before[key]
  for (const key of Object.keys(next)) {
    setOwn(before, key, Object.hasOwn(before, key) ? reconcile(before[key], next[key]) : next[key])
  }
  return before
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
