/** Finds what in a state is no value, and says what to do. Only failures come here. */
import { EncodeError, pathOf, problemOf } from '../../value/encode-error.js'
import { isKey } from './adopt.js'

const REMEDIES: Readonly<Record<string, string>> = {
  'is a Set': 'Use a Map, or an array.',
  'is a Date': 'Use a number of milliseconds.',
}
const REMEDY = 'Use null, booleans, numbers, strings, arrays, plain objects, Maps or Uint8Array.'

/** The error for the first thing in a state that cannot be encoded, or undefined if there is none. */
export function findNoState(value: unknown, path = '$', ancestors: readonly object[] = []): EncodeError | undefined {
  const isMap = value instanceof Map
  // What a Map is within may be too much for it as for an object.
  const problem = problemOf(isMap && !ancestors.includes(value) ? {} : value, ancestors)
  if (problem !== undefined) {
    return new EncodeError(path, `${isMap ? 'contains itself' : problem}. ${REMEDIES[problem] ?? REMEDY}`)
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (!isMap) {
    for (const key of Object.keys(value)) {
      const found = findNoState((value as Record<string, unknown>)[key], pathOf(path, key), [...ancestors, value])
      if (found) return found
    }
    return undefined
  }
  for (const [key, entry] of value as Map<unknown, unknown>) {
    if (!isKey(key)) return new EncodeError(path, `has the key ${String(key)}. Use strings or whole numbers as keys.`)
    const found = findNoState(entry, pathOf(path, key), [...ancestors, value])
    if (found) return found
  }
  return undefined
}
