/**
 * A struct whose keys changed: it takes another shape, or becomes a record if its keys look like ids. What stays keeps its
 * shadow, so that a mirror keeps its objects.
 */
import { expectFields, isFields, narrowed, ownValue } from './adopt.js'
import type { Differ } from './differ.js'
import { diffFields } from './shape-code-general.js'
import { diffRecord } from './diff-record.js'
import { type Fields, type Published, RecordShadow, SAME, samePrimitive, type StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import { RESHAPE } from './state-format.js'
import { writeField, writeShape } from './write-published.js'

/** How often a struct may take a shape that nobody had before it is taken for a record. */
const NOVELTIES_MAX = 3

export function reshape(d: Differ, object: Fields, shadow: StructShadow): Published | typeof SAME {
  const before = shadow.shape
  let keys = Object.keys(object)
  if (keys.some((key) => ownValue(object, key) === undefined)) {
    keys = keys.filter((key) => ownValue(object, key) !== undefined)
  }
  if (keys.length === before.keys.length && keys.every((key) => before.indexOf(key) >= 0)) {
    return diffFields(d, object, shadow)
  }
  if (before.declared) expectFields(keys, before.declared)
  const [shape, isNovel] = nextShape(d, object, keys, shadow)
  const w = d.writer
  w.bytes.fill(0, w.position, w.position + before.maskBytes)
  w.bytes[w.position] = 1
  w.position += before.maskBytes
  w.ensure(0)
  return shape === undefined ? toRecord(d, object, shadow) : toStruct(d, object, shadow, shape, isNovel)
}

function nextShape(d: Differ, object: Fields, keys: string[], shadow: StructShadow): [Shape | undefined, boolean] {
  const { declared } = shadow.shape
  if (keys.length === 0 && !declared) return [undefined, false]
  const known = d.shapes.find(keys, declared, undefined)
  if (known) return [known, false]
  if (!declared) {
    const added = keys.find((key) => shadow.shape.indexOf(key) < 0)
    const looksLikeEntry = added !== undefined && isFields(object[added]) && keys.every((key) => isFields(object[key]))
    if (looksLikeEntry || (d.novelties.get(object) ?? 0) >= NOVELTIES_MAX) return [undefined, false]
  }
  return [d.shapes.find(keys, declared, object), true]
}

function toStruct(d: Differ, object: Fields, shadow: StructShadow, shape: Shape, isNovel: boolean): Published {
  const w = d.writer
  const before = shadow.shape
  if (shape.id < 0) {
    w.byte(RESHAPE.new)
    writeShape(w, shape)
    d.shapes.announce(shape)
  } else {
    w.uvarint(RESHAPE.known + shape.id)
  }
  const maskAt = w.position
  w.position += shape.maskBytes
  let mask = 0
  const published: Published[] = []
  for (let i = 0; i < shape.keys.length; i++) {
    const key = shape.keys[i] as string
    const old = before.indexOf(key)
    const value = narrowed(object, key, object[key], shape.types[i])
    const next = old < 0 ? undefined : shadow.get(old)
    const written = writeFieldChange(d, shape, i, value, next)
    if (written !== SAME) mask |= 1 << (i + 1)
    published.push(written === SAME ? next : written)
  }
  for (let i = 0; i < shape.maskBytes; i++) w.bytes[maskAt + i] = mask >>> (8 * i)
  const result = new shape.code.Shadow(object, shape, published)
  if (isNovel) d.novelties.set(object, (d.novelties.get(object) ?? 0) + 1)
  return result
}

function writeFieldChange(
  d: Differ,
  shape: Shape,
  i: number,
  value: unknown,
  before: Published,
): Published | typeof SAME {
  const type = shape.types[i]
  if (shape.kinds[i] === 0) return d.change(value, before, type)
  if (samePrimitive(value, before)) return SAME
  if (typeof value !== 'number' || typeof before === 'object') return d.escaped(value, before, type)
  writeField(d.writer, d.shapes, shape, i, value)
  return value
}

/** The fields become the first slots, in their order. */
function toRecord(d: Differ, object: Fields, shadow: StructShadow): Published {
  d.writer.uvarint(RESHAPE.record)
  const record = new RecordShadow(object, undefined)
  shadow.shape.keys.forEach((key, i) => record.add(i, key, shadow.get(i)))
  if (diffRecord(d, object, record) === SAME) d.writer.uvarint(0)
  d.noticeSize(record)
  return record
}
