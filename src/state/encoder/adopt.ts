/**
 * Makes shadows of values that were not published before. Writes nothing and changes nothing that is published, except
 * that numbers are narrowed where a type says so, in the owner's state too.
 */
import type { Fields, Key } from '../format/fields.js'
import { hasPlainFields } from '../../value/encode-error.js'
import { SHAPE_FIELDS_MAX } from '../format/state-format.js'
import { isFields, narrow } from '../schema/narrow.js'
import type { TypeInfo } from '../schema/type-info.js'
import {
  type AnyShadow,
  BytesShadow,
  CollectionShadow,
  ListShadow,
  type Published,
  type Shape,
  TRACKED_ENTRIES_MIN,
} from '../shadow/shadow.js'
import { isInherited, type ShapeTable, type Variant } from '../shadow/shape-table.js'
import { targetOf } from '../tracking/record-source.js'
import { isInstance } from './instances.js'
import { isOddFor } from './is-odd-for.js'
import { putEntry } from './put-entry.js'
import { expectLength, REFUSED } from './refused.js'
import { watch, type Watcher } from './watcher.js'

/** What making shadows needs of a comparison. */
export interface Adopter extends Watcher {
  readonly shapes: ShapeTable
  /** Whether instances of classes are refused. */
  readonly isPlainOnly: boolean
  /** The containers that are being adopted, outermost first: a cycle shows as one that is its own ancestor. */
  readonly ancestors: object[]
  enter: () => void
  leave: () => void
}

/** From this many entries on, an object all of whose values are objects is taken for a record at once. */
const RECORD_ENTRIES_MIN = 8

/** `holder[key]` is where the value is. */
export function adopt(a: Adopter, given: unknown, type: TypeInfo | undefined, holder: object, key: Key): Published {
  switch (typeof given) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'undefined':
      return given
    case 'object':
      return given === null ? null : adoptContainer(a, targetOf(given), type, holder, key)
    default:
      throw REFUSED
  }
}

/** An own property, also of the name that every object answers to. */
export function ownValue(object: Fields, key: string): unknown {
  return key === '__proto__' ? Object.getOwnPropertyDescriptor(object, key)?.value : object[key]
}

/** The value in a container, narrowed there if its type wants that. Throws if it does not fit. */
export function narrowed(container: object, key: Key, value: unknown, type: TypeInfo | undefined): unknown {
  if (type === undefined || type.check === 'any') return value
  const result = narrow(value, type)
  if (result === undefined) throw REFUSED
  if (!Object.is(result, value)) putEntry(container, key, result)
  return result
}

/** Whether a Map may have such a key. */
export function isKey(key: unknown): key is Key {
  return typeof key === 'string' || Number.isSafeInteger(key)
}

function adoptContainer(a: Adopter, value: object, type: TypeInfo | undefined, holder: object, key: Key): AnyShadow {
  if (value instanceof Uint8Array) return new BytesShadow(value)
  if (a.ancestors.includes(value) || (a.isPlainOnly && isInstance(value))) throw REFUSED
  a.ancestors.push(value)
  a.enter()
  let shadow: AnyShadow
  if (Array.isArray(value)) shadow = adoptList(a, value, type)
  else if (value instanceof Map) shadow = adoptMap(a, value, type)
  else if (hasPlainFields(value)) shadow = adoptFields(a, value as Fields, type)
  else throw REFUSED
  a.leave()
  a.ancestors.pop()
  if (shadow.sort === 'record' || shadow.sort === 'map') watch(a, shadow, holder, key)
  return shadow
}

function adoptList(a: Adopter, array: unknown[], type: TypeInfo | undefined): ListShadow {
  expectLength(array)
  const element = type?.element
  const shadow = new ListShadow(array, element)
  const items: Published[] = []
  for (let i = 0; i < array.length; i++) {
    items.push(adopt(a, narrowed(array, i, array[i], element), element, array, i))
  }
  shadow.items = items
  return shadow
}

function adoptMap(a: Adopter, map: Map<unknown, unknown>, type: TypeInfo | undefined): CollectionShadow {
  const element = type?.element
  const shadow = new CollectionShadow('map', map, element)
  Map.prototype.forEach.call(map, (value: unknown, key: unknown) => {
    if (!isKey(key)) throw REFUSED
    adoptEntry(a, shadow, map.size, key, narrowed(map, key, value, element))
  })
  return shadow
}

function adoptFields(a: Adopter, object: Fields, type: TypeInfo | undefined): AnyShadow {
  const { latest } = a.shapes
  if (latest !== undefined && fits(object, latest, type)) return adoptStruct(a, object, latest)
  const own = Object.keys(object)
  const keys: string[] = []
  const ghosts: string[] = []
  for (const key of own) (ownValue(object, key) === undefined ? ghosts : keys).push(key)
  const shape = shapeFor(a, keys, ghosts, object, type)
  if (shape === undefined) return adoptRecord(a, object, keys, type)
  a.shapes.latest = shape
  return adoptStruct(a, object, shape)
}

/** Whether an object is of a shape: most are of that of the one before, and then need not be looked up. */
function fits(object: Fields, shape: Shape, type: TypeInfo | undefined): boolean {
  const { keys, ghosts, declared } = shape
  if (shape.isOdd || declared !== (type?.check === 'struct' ? type : undefined)) return false
  if (type !== undefined && declared === undefined && type.check !== 'any') return false
  // Whether it is a record is another question then.
  if (declared === undefined && keys.length >= RECORD_ENTRIES_MIN && isFields(object[keys[0] as string])) return false
  let found = 0
  for (const _ in object) found++
  if (found !== keys.length + ghosts.length) return false
  for (let i = 0; i < keys.length; i++) if (object[keys[i] as string] === undefined) return false
  for (let i = 0; i < ghosts.length; i++) {
    const key = ghosts[i] as string
    if (object[key] !== undefined || !Object.hasOwn(object, key)) return false
  }
  return !isOddFor(object, keys)
}

function shapeFor(
  a: Adopter,
  keys: string[],
  ghosts: string[],
  object: Fields,
  type: TypeInfo | undefined,
): Shape | undefined {
  const count = keys.length
  const declared = type?.check === 'struct' ? type : undefined
  if (declared) expectFields(keys, declared)
  else {
    if (type?.check === 'record' || count === 0 || count > SHAPE_FIELDS_MAX) return undefined
    if (count >= RECORD_ENTRIES_MIN && keys.every((key) => isFields(object[key]))) return undefined
  }
  return a.shapes.find(keys, variantOf(object, keys, ghosts, declared), object)
}

export function variantOf(
  object: Fields,
  keys: readonly string[],
  ghosts: readonly string[],
  declared: TypeInfo | undefined,
): Variant {
  return { declared, ghosts, isOdd: isOddFor(object, [...keys, ...ghosts]) || ghosts.some(isInherited) }
}

/** Exactly the declared keys, but for optional ones. */
export function expectFields(keys: readonly string[], type: TypeInfo): void {
  const fields = type.fields ?? {}
  for (const key of keys) if (!Object.hasOwn(fields, key)) throw REFUSED
  for (const key of Object.keys(fields)) if (!fields[key]?.isOptional && !keys.includes(key)) throw REFUSED
}

function adoptStruct(a: Adopter, object: Fields, shape: Shape): AnyShadow {
  const { keys, types } = shape
  const published: Published[] = []
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const value = object[key]
    const type = types[i]
    if (typeof value === 'number' && type === undefined) published.push(value)
    else published.push(adopt(a, narrowed(object, key, value, type), type, object, key))
  }
  return new shape.code.Shadow(object, shape, published)
}

function adoptEntry(a: Adopter, shadow: CollectionShadow, size: number, key: Key, value: unknown): void {
  const { outer, outerKey } = a
  if (size >= TRACKED_ENTRIES_MIN) {
    a.outer = shadow
    a.outerKey = key
  }
  shadow.add(key, adopt(a, value, shadow.type, shadow.value, key))
  a.outer = outer
  a.outerKey = outerKey
}

function adoptRecord(a: Adopter, object: Fields, keys: string[], type: TypeInfo | undefined): CollectionShadow {
  const element = type?.element
  const shadow = new CollectionShadow('record', object, element)
  shadow.isOdd = isOddFor(object, [])
  for (const key of keys) {
    adoptEntry(a, shadow, keys.length, key, narrowed(object, key, ownValue(object, key), element))
  }
  return shadow
}
