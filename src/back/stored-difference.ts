/**
 * Whether the state that is stored of a channel is what its code begins with: for those who change the code. Knows nothing of stores.
 */
import { isRecord } from '../options/describe-value.js'

/**
 * What a stored state lacks of the one that code begins with, or has of another kind: `$.scores is missing`. Null for nothing. It may have
 * more, and what is null on either side fits.
 */
export function storedDifference(stored: unknown, begun: unknown, path = '$'): string | null {
  if (begun === null || begun === undefined || stored === null) return null
  if (stored === undefined) return `${path} is missing`
  const [is, was] = [kindOf(begun), kindOf(stored)]
  if (is !== was) return `${path} is ${was}, but in the code it is ${is}`
  if (!isRecord(begun) || !isRecord(stored) || begun instanceof Map) return null
  for (const [key, value] of Object.entries(begun)) {
    const difference = storedDifference(stored[key], value, `${path}.${key}`)
    if (difference !== null) return difference
  }
  return null
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Map) return 'a Map'
  if (value instanceof Uint8Array) return 'bytes'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
