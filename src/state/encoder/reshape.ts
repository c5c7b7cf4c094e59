/**
 * A struct whose keys changed: it takes another shape, or becomes a record if its keys look like ids. What stays keeps its
 * shadow, so that a mirror keeps its objects.
 */
import type { Fields } from '../format/fields.js'
import { RESHAPE } from '../format/state-format.js'
import { diffFields } from '../shadow/general-code.js'
import {
  CollectionShadow,
  type Published,
  SAME,
  samePrimitive,
  type Shape,
  type StructShadow,
} from '../shadow/shadow.js'
import { isFields } from '../schema/narrow.js'
import { expectFields, narrowed, ownValue, variantOf } from './adopt.js'
import type { Differ } from './differ.js'
import { diffCollection } from './diff-collection.js'
import { isOddFor } from './is-odd-for.js'
import { writeField, writeShape } from './write-published.js'

/** How many new shapes an object may take on before it is treated as a record. */
const NOVELTIES_MAX = 3

export function reshape(c: Differ, object: Fields, shadow: StructShadow): Published | typeof SAME {
  const before = shadow.shape
  const keys: string[] = []
  const ghosts: string[] = []
  for (const key of Object.keys(object)) (ownValue(object, key) === undefined ? ghosts : keys).push(key)
  if (before.declared) expectFields(keys, before.declared)
  const [shape, isNovel] = nextShape(c, object, keys, ghosts, shadow)
  // To a mirror it is the same.
  if (shape?.wire === before.wire) return toVariant(c, object, shadow, shape)
  const w = c.writer
  w.bytes.fill(0, w.position, w.position + before.maskBytes)
  w.bytes[w.position] = 1
  w.position += before.maskBytes
  w.ensure(0)
  return shape === undefined ? toRecord(c, object, shadow) : toStruct(c, object, shadow, shape, isNovel)
}

function nextShape(
  c: Differ,
  object: Fields,
  keys: string[],
  ghosts: string[],
  shadow: StructShadow,
): [Shape | undefined, boolean] {
  const { declared } = shadow.shape
  if (keys.length === 0 && !declared) return [undefined, false]
  const variant = variantOf(object, keys, ghosts, declared)
  const known = c.shapes.find(keys, variant, undefined)
  if (known) return [known, false]
  if (!declared) {
    const added = keys.find((key) => !shadow.shape.keys.includes(key))
    const looksLikeEntry = added !== undefined && isFields(object[added]) && keys.every((key) => isFields(object[key]))
    if (looksLikeEntry || (c.novelties.get(object) ?? 0) >= NOVELTIES_MAX) return [undefined, false]
  }
  return [c.shapes.find(keys, variant, object), true]
}

/** The same keys with other ones that are undefined, or another prototype: the fields of the shadow are the same. */
function toVariant(c: Differ, object: Fields, shadow: StructShadow, shape: Shape): Published | typeof SAME {
  if (!shadow.shape.code.isGeneral || shape.code.isGeneral) shadow.shape = shape
  return diffFields(c, object, shadow)
}

function toStruct(c: Differ, object: Fields, shadow: StructShadow, shape: Shape, isNovel: boolean): Published {
  const w = c.writer
  const before = shadow.shape.keys
  if (shape.wire.id < 0) {
    w.byte(RESHAPE.new)
    writeShape(w, shape)
    c.announce(shape)
  } else {
    w.uvarint(RESHAPE.known + shape.wire.id)
  }
  const maskAt = w.position
  w.position += shape.maskBytes
  w.ensure(0)
  let mask = 0
  const fields: Published[] = []
  for (let i = 0; i < shape.keys.length; i++) {
    const key = shape.keys[i] as string
    const old = before.indexOf(key)
    const value = narrowed(object, key, object[key], shape.types[i])
    const next = old < 0 ? undefined : shadow.get(old)
    const written = writeFieldChange(c, object, shape, i, value, next)
    if (written !== SAME) mask |= 1 << (i + 1)
    fields.push(written === SAME ? next : written)
  }
  for (let i = 0; i < shape.maskBytes; i++) w.bytes[maskAt + i] = mask >>> (8 * i)
  if (isNovel) c.novelties.set(object, (c.novelties.get(object) ?? 0) + 1)
  return new shape.code.Shadow(object, shape, fields)
}

function writeFieldChange(
  c: Differ,
  object: Fields,
  shape: Shape,
  i: number,
  value: unknown,
  before: Published,
): Published | typeof SAME {
  const type = shape.types[i]
  const key = shape.keys[i] as string
  if (shape.kinds[i] === 0) return c.change(value, before, type, object, key)
  if (samePrimitive(value, before)) return SAME
  if (typeof value !== 'number' || typeof before === 'object') return c.escaped(value, before, type, object, key)
  writeField(c, shape, i, value)
  return value
}

/** The fields become the first slots, in their order. */
function toRecord(c: Differ, object: Fields, shadow: StructShadow): Published {
  c.writer.uvarint(RESHAPE.record)
  const record = new CollectionShadow('record', object, undefined)
  record.isOdd = isOddFor(object, [])
  shadow.shape.keys.forEach((key, i) => record.add(key, shadow.get(i)))
  // It gets its place in the state when that is next compared.
  record.bareLeft = 1
  if (diffCollection(c, object, record, false, object, '') === SAME) c.writer.uvarint(0)
  return record
}
