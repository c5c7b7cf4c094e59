/**
 * Objects whose prototype has fields, or answers to a key that the object has itself. Only own enumerable fields are state; where the prototype
 * has none, `for … in` and a plain read tell the same as `Object.keys` and are quicker.
 */

interface Prototype {
  /** Whether `for … in` finds anything in it. */
  readonly hasFields: boolean
  readonly names: ReadonlySet<string>
  /** Lists of keys that were looked at, none of which is one of those names. */
  readonly clear: WeakSet<readonly string[]>
}

const prototypes = new WeakMap<object, Prototype>()

export function isOddFor(object: object, keys: readonly string[]): boolean {
  const prototype = Object.getPrototypeOf(object) as object | null
  if (prototype === Object.prototype || prototype === null) return false
  let known = prototypes.get(prototype)
  if (known === undefined) prototypes.set(prototype, (known = lookAt(prototype)))
  if (known.hasFields) return true
  if (known.clear.has(keys)) return false
  const { names } = known
  if (keys.some((key) => names.has(key))) return true
  known.clear.add(keys)
  return false
}

function lookAt(prototype: object): Prototype {
  let hasFields = false
  for (const _ in prototype) hasFields = true
  const names = new Set<string>()
  for (
    let at: object | null = prototype;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  }
  return { hasFields, names, clear: new WeakSet() }
}
