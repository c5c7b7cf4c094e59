/**
 * A copy of a state, or of part of it, that is plain all through: `structuredClone` refuses large records, because they are
 * behind a Proxy. Reads through the Proxies and so costs a comparison of what it copies in the next patch.
 */
import { setOwn } from '../../value/decode-value.js'

/** Returns a deep copy of plain objects, which shares nothing with the state. */
export function plainCopy<T>(value: T): T {
  return copy(value) as T
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return Array.from(value, copy)
  if (value instanceof Map)
    return new Map(Array.from(value as Map<unknown, unknown>, ([key, entry]) => [key, copy(entry)]))
  const result: Record<string, unknown> = {}
  for (const [key, entry] of Object.entries(value)) setOwn(result, key, copy(entry))
  return result
}
