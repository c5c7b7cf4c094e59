/**
 * Makes shadows of values that were not published before. Writes nothing and changes nothing that is published, except
 * that numbers are narrowed where a type says so, in the owner's state too.
 */
import { hasPlainFields } from '../value/encode-error.js'
import type { Differ } from './differ.js'
import { narrow } from './narrow.js'
import { expectLength, REFUSED } from './refused.js'
import {
  type AnyShadow,
  BytesShadow,
  type Fields,
  ListShadow,
  ProxyMark,
  type Published,
  RecordShadow,
} from './shadow.js'
import type { Shape } from './shape.js'
import { SHAPE_FIELDS_MAX } from './state-format.js'
import type { TypeInfo } from './type-info.js'

/** From this many entries on, an object all of whose values are objects is taken for a record at once. */
const RECORD_ENTRIES_MIN = 8

export function adopt(d: Differ, given: unknown, type: TypeInfo | undefined): Published {
  switch (typeof given) {
    case 'number':
    case 'string':
    case 'boolean':
    case 'undefined':
      return given
    case 'object':
      return given === null ? null : adoptContainer(d, ProxyMark.get(given)?.target ?? given, type)
    default:
      throw REFUSED
  }
}

/** An own property, also of the name that every object answers to. */
export function ownValue(object: Fields, key: string): unknown {
  return key === '__proto__' ? Object.getOwnPropertyDescriptor(object, key)?.value : object[key]
}

/** The value in a container, narrowed there if its type wants that. Throws if it does not fit. */
export function narrowed(container: Fields, key: string, value: unknown, type: TypeInfo | undefined): unknown {
  if (type === undefined || type.check === 'any') return value
  const result = narrow(value, type)
  if (result === undefined) throw REFUSED
  if (!Object.is(result, value)) container[key] = result
  return result
}

function adoptContainer(d: Differ, value: object, type: TypeInfo | undefined): AnyShadow {
  if (value instanceof Uint8Array) return new BytesShadow(value)
  if (d.ancestors.includes(value)) throw REFUSED
  d.ancestors.push(value)
  d.enter()
  let shadow: AnyShadow
  if (Array.isArray(value)) shadow = adoptList(d, value, type)
  else if (hasPlainFields(value)) shadow = adoptFields(d, value as Fields, type)
  else throw REFUSED
  d.leave()
  d.ancestors.pop()
  return shadow
}

function adoptList(d: Differ, array: unknown[], type: TypeInfo | undefined): ListShadow {
  expectLength(array)
  const element = type?.element
  const shadow = new ListShadow(array, element)
  const items: Published[] = []
  for (let i = 0; i < array.length; i++) {
    items.push(adopt(d, narrowed(array as unknown as Fields, i as unknown as string, array[i], element), element))
  }
  shadow.items = items
  return shadow
}

function adoptFields(d: Differ, object: Fields, type: TypeInfo | undefined): AnyShadow {
  const latest = d.shapes.latest
  if (latest !== undefined && fits(object, latest, type)) return adoptStruct(d, object, latest)
  let keys = Object.keys(object)
  const values: unknown[] = []
  for (let i = 0; i < keys.length; i++) values.push(ownValue(object, keys[i] as string))
  if (values.includes(undefined)) keys = keys.filter((key) => ownValue(object, key) !== undefined)
  const shape = shapeFor(d, keys, object, type)
  if (shape === undefined) return adoptRecord(d, object, keys, type)
  d.shapes.latest = shape
  return adoptStruct(d, object, shape)
}

/** Whether an object is of a shape: most are of that of the one before, and then need not be looked up. */
function fits(object: Fields, { keys, declared }: Shape, type: TypeInfo | undefined): boolean {
  const count = keys.length
  if (count >= RECORD_ENTRIES_MIN || declared !== (type?.check === 'struct' ? type : undefined)) return false
  if (type !== undefined && declared === undefined && type.check !== 'any') return false
  let found = 0
  for (const _ in object) found++
  if (found !== count) return false
  for (let i = 0; i < count; i++) if (object[keys[i] as string] === undefined) return false
  return true
}

function shapeFor(d: Differ, keys: string[], object: Fields, type: TypeInfo | undefined): Shape | undefined {
  const count = keys.length
  if (type?.check === 'struct') {
    expectFields(keys, type)
    return d.shapes.find(keys, type, object)
  }
  if (type?.check === 'record' || count === 0 || count > SHAPE_FIELDS_MAX) return undefined
  if (count >= RECORD_ENTRIES_MIN && keys.every((key) => isFields(object[key]))) return undefined
  return d.shapes.find(keys, undefined, object)
}

/** Exactly the declared keys, but for optional ones. */
export function expectFields(keys: readonly string[], type: TypeInfo): void {
  const fields = type.fields ?? {}
  for (const key of keys) if (!Object.hasOwn(fields, key)) throw REFUSED
  for (const key of Object.keys(fields)) if (!fields[key]?.isOptional && !keys.includes(key)) throw REFUSED
}

function adoptStruct(d: Differ, object: Fields, shape: Shape): AnyShadow {
  const { keys, types } = shape
  const published: Published[] = []
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    const value = object[key]
    const type = types[i]
    if (typeof value === 'number' && type === undefined) published.push(value)
    else published.push(adopt(d, narrowed(object, key, value, type), type))
  }
  return new shape.code.Shadow(object, shape, published)
}

function adoptRecord(d: Differ, object: Fields, keys: string[], type: TypeInfo | undefined): RecordShadow {
  const element = type?.element
  const shadow = new RecordShadow(object, element)
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string
    shadow.add(i, key, adopt(d, narrowed(object, key, ownValue(object, key), element), element))
  }
  d.noticeSize(shadow)
  return shadow
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
