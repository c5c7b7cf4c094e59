/**
 * Something that is not a value: the error that says where it is and what to do. Finding the path is a search
 * that only failures pay.
 */
import { VALUE_ARRAY_LENGTH_MAX, VALUE_DEPTH_MAX } from './value.js'

/** Thrown for a value that cannot be encoded: a function, a symbol, a bigint, a cycle, a built-in object, or too deep nesting. */
export class EncodeError extends Error {
  /** The name of the class. */
  override readonly name = 'EncodeError'
  /** The stable error code; docs/errors.md explains it. */
  readonly code = 'not-encodable'
  /** Trying again with the same input makes no difference. */
  readonly retryable = false
  /** The path of the value, from the root `$`: `$.players.a.x`. */
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

/** The path of a property or element below `path`. */
export function pathOf(path: string, key: string | number): string {
  const text = String(key)
  if (/^\d+$/.test(text)) return `${path}[${text}]`
  return /^[\w$]+$/.test(text) ? `${path}.${text}` : `${path}[${JSON.stringify(text)}]`
}

/** The error for the first thing in `value` that cannot be encoded, or undefined if there is none. */
export function findUnencodable(
  value: unknown,
  path = '$',
  ancestors: readonly object[] = [],
): EncodeError | undefined {
  const problem = problemOf(value, ancestors)
  if (problem !== undefined) {
    return new EncodeError(
      path,
      `${problem}. Use null, booleans, numbers, strings, arrays, plain objects or Uint8Array.`,
    )
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  for (const key of Object.keys(value)) {
    const found = findUnencodable((value as Record<string, unknown>)[key], pathOf(path, key), [...ancestors, value])
    if (found) return found
  }
  return undefined
}

/** Why a value cannot be encoded, whatever is within it. `ancestors`: what it is within. */
export function problemOf(value: unknown, ancestors: readonly object[]): string | undefined {
  const type = typeof value
  if (type === 'function' || type === 'symbol' || type === 'bigint') return `is a ${type}`
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (ancestors.includes(value)) return 'contains itself'
  if (ancestors.length === VALUE_DEPTH_MAX) return `is nested deeper than ${VALUE_DEPTH_MAX}`
  if (!Array.isArray(value)) return hasPlainFields(value) ? undefined : `is a ${TAG.call(value).slice(8, -1)}`
  const { length } = value
  return length > VALUE_ARRAY_LENGTH_MAX
    ? `is an array of length ${length}, at most ${VALUE_ARRAY_LENGTH_MAX}`
    : undefined
}

const TAG = Object.prototype.toString
