/**
 * Copies of state: of plain objects, arrays and maps, however they are frozen or wrapped. It knows no channel.
 */

/** The type of a copy: the same fields, writable. */
export type Draft<T> = T extends Uint8Array | ((...args: never[]) => unknown)
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Draft<V>>
    : T extends object
      ? { -readonly [K in keyof T]: Draft<T[K]> }
      : T

export function copyValue<T>(value: T): Draft<T> {
  return copy(value) as Draft<T>
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return value.slice()
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, copy(each)]))
  if (Array.isArray(value)) return value.map(copy)
  const copied: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) copied[key] = copy(each)
  return copied
}
