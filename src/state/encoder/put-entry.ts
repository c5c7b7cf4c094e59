/** Changes an owner's state from within: where numbers are narrowed, and where something stands for a record. */
import type { Key } from '../format/fields.js'

const setInMap = Map.prototype.set as (this: object, key: Key, value: unknown) => void

/** Sets an entry of a container of whatever sort, past what notes that. */
export function putEntry(container: object, key: Key, value: unknown): void {
  if (container instanceof Map) setInMap.call(container, key, value)
  else if (key === '__proto__') Object.defineProperty(container, key, { value })
  else (container as Record<Key, unknown>)[key] = value
}
