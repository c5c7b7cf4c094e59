/**
 * Writes what shadows hold: new values in patches, and keyframes, which are one such value. Entries of a record that have
 * one shape are written as a run, column by column: that compresses well, and keys and texts that resemble the one before
 * them are written as the difference.
 */
import { LEAD } from '../value/value.js'
import { writeBare } from './narrow.js'
import { type AnyShadow, HOLE, isStruct, type Published, type RecordShadow, type StructShadow } from './shadow.js'
import type { Shape, ShapeTable } from './shape.js'
import { COLUMN, ESCAPE_LOW, KIND, LIST_SMALL, NAN_HIGH, SHAPE_SMALL, SHARED_MAX, STATE_LEAD } from './state-format.js'
import type { StateWriter } from './state-writer.js'
import { rangeBytes } from './type-info.js'

export function writePublished(w: StateWriter, shapes: ShapeTable, published: Published): void {
  switch (typeof published) {
    case 'number':
      return w.number(published)
    case 'string':
      return w.text(published)
    case 'boolean':
      return w.byte(published ? LEAD.true : LEAD.false)
    case 'undefined':
      return w.byte(LEAD.undefined)
    default:
      return writeContainer(w, shapes, published)
  }
}

function writeContainer(w: StateWriter, shapes: ShapeTable, published: AnyShadow | null): void {
  if (published === null) return w.byte(LEAD.null)
  if (published.sort === 'bytes') {
    w.byte(LEAD.bytes)
    w.blob(published.copy)
  } else if (published.sort === 'list') {
    const { items } = published
    if (items.length <= LIST_SMALL) w.byte(STATE_LEAD.list + items.length)
    else {
      w.byte(STATE_LEAD.longList)
      w.uvarint(items.length)
    }
    for (const item of items) writePublished(w, shapes, item)
  } else if (published.sort === 'record') {
    writeRecord(w, shapes, published)
  } else {
    writeStruct(w, shapes, published)
  }
}

function writeStruct(w: StateWriter, shapes: ShapeTable, shadow: StructShadow): void {
  const { shape } = shadow
  if (shape.id < 0) {
    w.byte(STATE_LEAD.newShape)
    writeShape(w, shape)
    shapes.announce(shape)
  } else if (shape.id <= SHAPE_SMALL) {
    w.byte(STATE_LEAD.shape + shape.id)
  } else {
    w.byte(STATE_LEAD.longShape)
    w.uvarint(shape.id)
  }
  for (let i = 0; i < shape.keys.length; i++) writeField(w, shapes, shape, i, shadow.get(i))
}

/** A field as its kind says. */
export function writeField(w: StateWriter, shapes: ShapeTable, shape: Shape, i: number, published: Published): void {
  const kind = shape.kinds[i] ?? KIND.any
  if (kind === KIND.any) return writePublished(w, shapes, published)
  if (typeof published === 'number') return writeBare(w, kind, shape.types[i], published)
  w.view.setUint32(w.position, ESCAPE_LOW, true)
  w.view.setUint32(w.position + 4, NAN_HIGH, true)
  w.position += 8
  w.ensure(0)
  writePublished(w, shapes, published)
}

/** The keys of a shape and the kind of each field. */
export function writeShape(w: StateWriter, shape: Shape): void {
  w.uvarint(shape.keys.length)
  for (let i = 0; i < shape.keys.length; i++) {
    w.text(shape.keys[i] as string)
    const kind = shape.kinds[i] ?? KIND.any
    w.byte(kind)
    const type = shape.types[i]
    if (kind === KIND.range && type) {
      w.f64(type.min)
      w.f64(type.step)
      w.byte(rangeBytes(type))
    }
  }
}

function writeRecord(w: StateWriter, shapes: ShapeTable, shadow: RecordShadow): void {
  const { keys, values } = shadow
  w.byte(STATE_LEAD.record)
  w.uvarint(shadow.slots.size)
  const free: number[] = []
  const live: number[] = []
  for (let slot = 0; slot < values.length; slot++) (values[slot] === HOLE ? free : live).push(slot)
  w.uvarint(free.length)
  writeSlots(w, free)
  let previousKey = ''
  for (let from = 0; from < live.length;) {
    const shape = shapeAt(shadow, live[from] as number)
    let to = from + 1
    while (to < live.length && shapeAt(shadow, live[to] as number) === shape) to++
    w.uvarint((to - from) * 2 + (shape ? 1 : 0))
    if (shape) writeShapeReference(w, shapes, shape)
    for (let i = from; i < to; i++) {
      const key = keys[live[i] as number] as string
      writeDifference(w, previousKey, key)
      previousKey = key
      if (!shape) writePublished(w, shapes, values[live[i] as number] as Published)
    }
    if (shape) {
      const run = live.slice(from, to)
      const shadows = run.map((slot) => values[slot] as StructShadow)
      const runKeys = run.map((slot) => keys[slot] as string)
      for (let i = 0; i < shape.keys.length; i++) writeColumn(w, shapes, shape, i, shadows, runKeys)
    }
    from = to
  }
}

function shapeAt(shadow: RecordShadow, slot: number): Shape | undefined {
  const published = shadow.values[slot]
  return isStruct(published) ? published.shape : undefined
}

/** Slots in ascending order, each as the distance from the one before. */
export function writeSlots(w: StateWriter, slots: readonly number[]): void {
  let previous = -1
  for (const slot of slots) {
    w.uvarint(slot - previous - 1)
    previous = slot
  }
}

/** The number of a shape plus one, or 0 and what it is. */
export function writeShapeReference(w: StateWriter, shapes: ShapeTable, shape: Shape): void {
  if (shape.id >= 0) return w.uvarint(shape.id + 1)
  w.uvarint(0)
  writeShape(w, shape)
  shapes.announce(shape)
}

function writeColumn(
  w: StateWriter,
  shapes: ShapeTable,
  shape: Shape,
  i: number,
  shadows: readonly StructShadow[],
  keys: readonly string[],
): void {
  if (shape.kinds[i] !== KIND.any) {
    for (const shadow of shadows) writeField(w, shapes, shape, i, shadow.get(i))
    return
  }
  let areTexts = true
  let areKeys = true
  for (let row = 0; row < shadows.length && (areTexts || areKeys); row++) {
    const published = shadows[row]?.get(i)
    if (published !== keys[row]) areKeys = false
    if (typeof published !== 'string') areTexts = false
  }
  w.byte(areKeys ? COLUMN.keys : areTexts ? COLUMN.texts : COLUMN.plain)
  if (areKeys) return
  if (!areTexts) {
    for (const shadow of shadows) writePublished(w, shapes, shadow.get(i))
    return
  }
  let previous = ''
  for (const shadow of shadows) {
    const text = shadow.get(i) as string
    writeDifference(w, previous, text)
    previous = text
  }
}

/** A text as the count of code units that it shares with the one before, and the rest. */
function writeDifference(w: StateWriter, previous: string, text: string): void {
  const most = Math.min(previous.length, text.length, SHARED_MAX)
  let shared = 0
  while (shared < most && previous.charCodeAt(shared) === text.charCodeAt(shared)) shared++
  w.uvarint(shared)
  w.text(shared === 0 ? text : text.slice(shared))
}
