/**
 * Instances of classes in a state: they are written by their fields, and come back as plain objects. Where a state has to come back as it
 * was they are refused. Only failures pay the search for the path.
 */
import { EncodeError, pathOf } from '../../value/encode-error.js'

/** Whether an object, array or Map is of a class of its own. Those of another realm are not. */
export function isInstance(value: object): boolean {
  const prototypesMax = Array.isArray(value) || value instanceof Map ? 2 : 1
  let prototypes = 0
  for (let at = prototypeOf(value); at !== null; at = prototypeOf(at)) prototypes++
  return prototypes > prototypesMax
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null
}

/** The error for the first instance in a state that holds nothing else that cannot be encoded. */
export function findInstance(value: unknown, path = '$'): EncodeError | undefined {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined
  if (isInstance(value)) {
    const { name = '' } = (value as { constructor?: { readonly name?: string } }).constructor ?? {}
    return new EncodeError(
      path,
      `is an instance of ${name || 'a class'}, and would come back as a plain object. Use plain objects, and functions that work on them.`,
    )
  }
  for (const [key, each] of value instanceof Map ? value : Object.entries(value)) {
    const found = findInstance(each, pathOf(path, key as string))
    if (found) return found
  }
  return undefined
}
