/**
 * Something that is not a value: the error that says where it is and what to do. Finding the path costs a second walk,
 * which only failures pay.
 */
import { VALUE_ARRAY_LENGTH_MAX, VALUE_DEPTH_MAX } from './value.js'

/** What cannot be encoded: a function, a symbol, a bigint, a cycle, a built-in object, or too deep a nesting. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError'
  readonly code = 'VALUE_NOT_ENCODABLE'
  readonly retryable = false
  /** Where it is, from the root `$`: `$.players.a.x`. */
  readonly path: string

  constructor(path: string, problem: string) {
    super(`${path} ${problem}`)
    this.path = path
  }
}

/** Whether an object that is neither an array nor bytes is written by its fields: plain objects and instances of classes. */
export function hasPlainFields(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null || TAG.call(value) === '[object Object]'
}

/** The path of a property below `path`. */
export function pathOf(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`
}

/** The error for the first thing in `value` that cannot be encoded, or undefined if there is none. */
export function findUnencodable(value: unknown, path = '$', ancestors: object[] = []): EncodeError | undefined {
  switch (typeof value) {
    case 'function':
      return new EncodeError(path, 'is a function. Only data can be encoded: leave the function out.')
    case 'symbol':
      return new EncodeError(path, 'is a symbol. Use a string.')
    case 'bigint':
      return new EncodeError(path, 'is a bigint. Use a number up to 2^53, or a string.')
    case 'object':
      return value === null ? undefined : findInObject(value, path, ancestors)
    default:
      return undefined
  }
}

const TAG = Object.prototype.toString

function findInObject(value: object, path: string, ancestors: object[]): EncodeError | undefined {
  if (value instanceof Uint8Array) return undefined
  if (ancestors.includes(value)) return new EncodeError(path, 'contains itself. Refer to it by an id instead.')
  if (ancestors.length === VALUE_DEPTH_MAX) {
    return new EncodeError(
      path,
      `is nested deeper than ${VALUE_DEPTH_MAX}. Flatten it, for instance to records keyed by id.`,
    )
  }
  const inner = [...ancestors, value]
  if (Array.isArray(value)) {
    if (value.length > VALUE_ARRAY_LENGTH_MAX) {
      return new EncodeError(
        path,
        `is an array of length ${value.length}, more than ${VALUE_ARRAY_LENGTH_MAX}. Use an object.`,
      )
    }
    for (let i = 0; i < value.length; i++) {
      const found = findUnencodable(value[i], pathOf(path, i), inner)
      if (found) return found
    }
    return undefined
  }
  if (!hasPlainFields(value)) {
    return new EncodeError(path, `is a ${TAG.call(value).slice(8, -1)}. ${remedy(value)}`)
  }
  for (const key of Object.keys(value)) {
    const found = findUnencodable((value as Record<string, unknown>)[key], pathOf(path, key), inner)
    if (found) return found
  }
  return undefined
}

function remedy(value: object): string {
  if (value instanceof Map) return 'Use a plain object keyed by id (Object.fromEntries).'
  if (value instanceof Set) return 'Use an array, or an object whose keys are the elements.'
  if (value instanceof Date) return 'Use its number of milliseconds (getTime()).'
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'Use a Uint8Array or a plain array.'
  return 'Use numbers, strings, booleans, null, arrays, plain objects and Uint8Array.'
}
