/**
 * Looks at an owner's state behind the back of the Proxies in it, so that looking does not count as reading: what a test
 * reads through a Proxy, the next patch compares, and would find also what it should have found by itself.
 */
import { isProxy } from 'node:util/types'

export type Container = Record<string, unknown>

export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

const map = Map.prototype as Map<unknown, unknown>

/** The keys of a container, without anyone being told. */
export function rawKeys(container: object): string[] {
  return container instanceof Map ? ([...map.keys.call(container)] as string[]) : Object.keys(container)
}

/** An entry of a container, whether or not a Proxy stands before it, or the Map notes who reads it. */
export function rawEntry(container: object, key: string): unknown {
  if (container instanceof Map) return map.get.call(container, key)
  if (!isProxy(container)) return (container as Container)[key]
  return Object.getOwnPropertyDescriptor(container, key)?.value
}

/** How many containers and entries there are below a value, itself counted; beyond `most` it stops counting. */
export function sizeOf(value: unknown, most = Infinity): number {
  if (!isContainer(value)) return 1
  let size = 1
  for (const key of rawKeys(value)) {
    if (size > most) return size
    size += sizeOf(rawEntry(value, key), most - size)
  }
  return size
}

export function depthOf(value: unknown): number {
  if (!isContainer(value)) return 0
  let depth = 0
  for (const key of rawKeys(value)) depth = Math.max(depth, depthOf(rawEntry(value, key)))
  return depth + 1
}

/** Whether `inner` lies in `outer`, or is it. A Proxy and what is behind it are taken for two, so compare like with like. */
export function contains(outer: unknown, inner: object): boolean {
  if (outer === inner) return true
  if (!isContainer(outer)) return false
  return rawKeys(outer).some((key) => contains(rawEntry(outer, key), inner))
}

/**
 * Where an owner's state and a mirror differ, as a path, or undefined: equality as docs/protocol.md defines it, faster than
 * comparing canonical encodings. `raw` may have Proxies, holes and classes, `mirrored` is plain.
 */
export function difference(raw: unknown, mirrored: unknown, path = '$'): string | undefined {
  if (!isContainer(raw) || !isContainer(mirrored)) return leavesDiffer(raw, mirrored) ? path : undefined
  if (Array.isArray(raw) !== Array.isArray(mirrored)) return path
  if (raw instanceof Map || mirrored instanceof Map) {
    return raw instanceof Map && mirrored instanceof Map ? differenceOfMaps(raw, mirrored, path) : path
  }
  if (Array.isArray(raw)) {
    if (raw.length !== (mirrored as unknown as unknown[]).length) return `${path}.length`
    for (let i = 0; i < raw.length; i++) {
      const found = difference(raw[i], mirrored[i], `${path}[${i}]`)
      if (found !== undefined) return found
    }
    return undefined
  }
  let count = 0
  for (const key of Object.keys(raw)) {
    const value = rawEntry(raw, key)
    if (value === undefined) continue
    count++
    if (!Object.hasOwn(mirrored, key)) return `${path}.${key}`
    const found = difference(value, mirrored[key], `${path}.${key}`)
    if (found !== undefined) return found
  }
  return count === Object.keys(mirrored).length ? undefined : `${path}, which has more keys at the mirror`
}

const { entries } = Map.prototype as Map<unknown, unknown>

/** Their order is state. */
function differenceOfMaps(
  raw: Map<unknown, unknown>,
  mirrored: Map<unknown, unknown>,
  path: string,
): string | undefined {
  if (raw.size !== mirrored.size) return `${path}.size`
  const others = entries.call(mirrored)
  for (const [key, value] of entries.call(raw)) {
    const [otherKey, other] = (others.next().value ?? []) as [unknown, unknown]
    if (key !== otherKey) return `${path}, where the key ${String(key)} is ${String(otherKey)}`
    const found = difference(value, other, `${path}.${String(key)}`)
    if (found !== undefined) return found
  }
  return undefined
}

function leavesDiffer(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) !== 0
  return !Object.is(a, b)
}
