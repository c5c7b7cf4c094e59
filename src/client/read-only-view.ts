/**
 * The live state as it is shown in development: a view of the same objects, to which writes throw. The view of an object stays the same
 * as long as the object does. Views cannot be cloned: to copy the state, use `snapshot()`.
 */

/** What is made of each object. */
const views = new WeakMap<object, object>()

function refuse(): never {
  throw new TypeError("A link's state is read-only. Send a message, or change a copy.")
}

const WRITES = {
  set: refuse,
  defineProperty: refuse,
  deleteProperty: refuse,
  setPrototypeOf: refuse,
  preventExtensions: refuse,
}

export function readOnlyView<V>(value: V): V {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  let view = views.get(value)
  if (view === undefined) {
    view = new Proxy<object>(value, { ...WRITES, get: value instanceof Map ? getOfMap : get })
    views.set(value, view)
  }
  return view as V
}

function get(target: object, key: string | symbol): unknown {
  return readOnlyView(Reflect.get(target, key))
}

/** Methods of a Map work on the Map itself, and what they give is shown like all else. */
function getOfMap(target: object, key: string | symbol): unknown {
  const map = target as ReadonlyMap<unknown, unknown>
  switch (key) {
    case 'get':
      return (name: unknown) => readOnlyView(map.get(name))
    case 'forEach':
      return (run: (value: unknown, name: unknown, of: unknown) => void) =>
        map.forEach((value, name) => run(readOnlyView(value), name, readOnlyView(map)))
    case 'values':
      return () => shown(map.values(), readOnlyView)
    case 'entries':
    case Symbol.iterator:
      return () => shown(map.entries(), ([name, value]) => [name, readOnlyView(value)])
    default: {
      const value: unknown = Reflect.get(target, key, target)
      const isOwn = Object.hasOwn(target, key)
      return typeof value === 'function' && !isOwn ? (value as () => unknown).bind(target) : value
    }
  }
}

function* shown<V>(values: Iterable<V>, show: (value: V) => unknown): Iterable<unknown> {
  for (const value of values) yield show(value)
}
