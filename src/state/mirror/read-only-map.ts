/** The Maps in a mirror's state: whoever reads them may not change them, because what they hold is the owner's. */

function refuse(): never {
  throw new TypeError('This Map belongs to a mirror: change it at its owner.')
}

const refused: PropertyDescriptor = { value: refuse, writable: false, enumerable: false, configurable: false }
const MUTATORS: PropertyDescriptorMap = { set: refused, delete: refused, clear: refused }

/** A new Map whose mutators throw. It has the prototype of every Map, and nothing enumerable. */
export function readOnlyMap<K, V>(): Map<K, V> {
  return Object.defineProperties(new Map<K, V>(), MUTATORS)
}
