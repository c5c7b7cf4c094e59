/**
 * Writes what shadows hold: new values in patches, and keyframes, which are one such value. Entries of a collection that have
 * one shape are written as a run, column by column: that compresses well, and keys and texts that resemble the one before
 * them are written as the difference.
 */
import type { Key } from '../format/fields.js'
import { LEAD } from '../../value/value.js'
import {
  COLUMN,
  ESCAPE_LOW,
  KIND,
  LIST_SMALL,
  NAN_HIGH,
  RUN,
  SHAPE_SMALL,
  SHARED_MAX,
  STATE_LEAD,
} from '../format/state-format.js'
import type { StateWriter } from '../format/state-writer.js'
import { writeBare } from '../schema/narrow.js'
import { rangeBytes } from '../schema/type-info.js'
import {
  type AnyShadow,
  type CollectionShadow,
  HOLE,
  isStruct,
  type Published,
  type Shape,
  type StructShadow,
} from '../shadow/shadow.js'

/** What is written, and what gives a shape its number when it is written first. */
export interface Target {
  readonly writer: StateWriter
  announce: (shape: Shape) => void
}

export function writePublished(t: Target, published: Published): void {
  switch (typeof published) {
    case 'number':
      return t.writer.number(published)
    case 'string':
      return t.writer.text(published)
    case 'boolean':
      return t.writer.byte(published ? LEAD.true : LEAD.false)
    case 'undefined':
      return t.writer.byte(LEAD.undefined)
    default:
      return published === null ? t.writer.byte(LEAD.null) : writeContainer(t, published)
  }
}

function writeContainer(t: Target, published: AnyShadow): void {
  const w = t.writer
  switch (published.sort) {
    case 'bytes':
      w.byte(LEAD.bytes)
      return w.blob(published.copy)
    case 'list':
      if (published.items.length <= LIST_SMALL) w.byte(STATE_LEAD.list + published.items.length)
      else {
        w.byte(STATE_LEAD.longList)
        w.uvarint(published.items.length)
      }
      for (const item of published.items) writePublished(t, item)
      return
    case 'struct':
      return writeStruct(t, published)
    default:
      return writeCollection(t, published)
  }
}

function writeStruct(t: Target, shadow: StructShadow): void {
  const w = t.writer
  const { shape } = shadow
  const { id } = shape.wire
  if (id < 0) {
    w.byte(STATE_LEAD.newShape)
    writeShape(w, shape)
    t.announce(shape)
  } else if (id <= SHAPE_SMALL) {
    w.byte(STATE_LEAD.shape + id)
  } else {
    w.byte(STATE_LEAD.longShape)
    w.uvarint(id)
  }
  for (let i = 0; i < shape.keys.length; i++) writeField(t, shape, i, shadow.get(i))
}

/** A field as its kind says. */
export function writeField(t: Target, shape: Shape, i: number, published: Published): void {
  const kind = shape.kinds[i] ?? KIND.any
  if (kind === KIND.any) return writePublished(t, published)
  if (typeof published === 'number') return writeBare(t.writer, kind, shape.types[i], published)
  writeEscape(t.writer)
  writePublished(t, published)
}

/** What says, in the place of a float64, that a value of any kind follows. */
export function writeEscape(w: StateWriter): void {
  w.view.setUint32(w.position, ESCAPE_LOW, true)
  w.view.setUint32(w.position + 4, NAN_HIGH, true)
  w.position += 8
  w.ensure(0)
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

function writeCollection(t: Target, { sort, size, keys, values }: CollectionShadow): void {
  const w = t.writer
  w.byte(sort === 'map' ? STATE_LEAD.map : STATE_LEAD.record)
  w.uvarint(size)
  const holes: number[] = []
  const live: number[] = []
  for (let slot = 0; slot < values.length; slot++) (values[slot] === HOLE ? holes : live).push(slot)
  w.uvarint(holes.length)
  writeSlots(w, holes)
  const before: KeysBefore = { text: '', number: 0 }
  for (let from = 0; from < live.length;) {
    const isNumber = typeof keys[live[from] as number] === 'number'
    const shape = shapeOf(values[live[from] as number])
    let to = from + 1
    while (to < live.length) {
      const slot = live[to] as number
      if (shapeOf(values[slot])?.wire !== shape?.wire || (typeof keys[slot] === 'number') !== isNumber) break
      to++
    }
    const run = live.slice(from, to)
    w.uvarint(run.length * RUN.unit + (shape ? RUN.structs : 0) + (isNumber ? RUN.numbers : 0))
    if (shape) writeShapeReference(t, shape)
    for (const slot of run) {
      writeKeyDifference(w, keys[slot] as Key, before)
      if (!shape) writePublished(t, values[slot] as Published)
    }
    if (shape) {
      const shadows = run.map((slot) => values[slot] as StructShadow)
      const runKeys = run.map((slot) => keys[slot] as Key)
      for (let i = 0; i < shape.keys.length; i++) writeColumn(t, shape, i, shadows, runKeys)
    }
    from = to
  }
}

/** Objects of one wire shape may be of several shapes here. */
function shapeOf(published: Published | typeof HOLE): Shape | undefined {
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
export function writeShapeReference(t: Target, shape: Shape): void {
  const { id } = shape.wire
  if (id >= 0) return t.writer.uvarint(id + 1)
  t.writer.uvarint(0)
  writeShape(t.writer, shape)
  t.announce(shape)
}

/** A key of an entry that comes. */
export function writeKey(w: StateWriter, key: Key): void {
  if (typeof key === 'number') w.number(key)
  else w.text(key)
}

interface KeysBefore {
  text: string
  number: number
}

/** A key as the difference to the one of its sort before it. */
function writeKeyDifference(w: StateWriter, key: Key, before: KeysBefore): void {
  if (typeof key === 'number') {
    // The difference of two safe integers may be none: those are written whole.
    const difference = key - before.number
    if (Number.isSafeInteger(difference)) w.number(difference)
    else {
      w.byte(LEAD.null)
      w.number(key)
    }
    before.number = key
  } else {
    writeDifference(w, before.text, key)
    before.text = key
  }
}

function writeColumn(t: Target, shape: Shape, i: number, shadows: readonly StructShadow[], keys: readonly Key[]): void {
  if (shape.kinds[i] !== KIND.any) {
    for (const shadow of shadows) writeField(t, shape, i, shadow.get(i))
    return
  }
  let areTexts = true
  let areKeys = true
  for (let row = 0; row < shadows.length && (areTexts || areKeys); row++) {
    const published = shadows[row]?.get(i)
    // The key 0 is not the value -0.
    if (!Object.is(published, keys[row])) areKeys = false
    if (typeof published !== 'string') areTexts = false
  }
  const w = t.writer
  w.byte(areKeys ? COLUMN.keys : areTexts ? COLUMN.texts : COLUMN.plain)
  if (areKeys) return
  if (!areTexts) {
    for (const shadow of shadows) writePublished(t, shadow.get(i))
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
