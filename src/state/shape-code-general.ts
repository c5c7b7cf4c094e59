/**
 * The code of a shape where code may not be generated, or is not worth it: one loop over the fields that does what the generated
 * code does.
 */
import type { Differ } from './differ.js'
import { narrow, writeBare } from './narrow.js'
import type { ShapeCode } from './shape-code.js'
import {
  type Fields,
  isShadow,
  isStruct,
  type OwnStructShadow,
  type Published,
  SAME,
  samePrimitive,
  type Shadow,
  type StructShadow,
} from './shadow.js'
import type { Shape } from './shape.js'
import { KIND } from './state-format.js'
import type { TrackedRecord } from './tracked-record.js'

class GeneralShadow implements OwnStructShadow {
  readonly sort = 'struct'
  value: object
  home: TrackedRecord | undefined = undefined
  slot = -1
  twin: Shadow | undefined = undefined
  tracked: TrackedRecord | undefined = undefined
  readonly shape: Shape
  readonly rows = undefined
  readonly #fields: Published[]

  constructor(value: object, shape: Shape, published: readonly Published[]) {
    this.value = value
    this.shape = shape
    this.#fields = [...published]
  }

  get(i: number): Published {
    return this.#fields[i]
  }

  set(i: number, published: Published): void {
    this.#fields[i] = published
  }

  copyTo(numbers: Float64Array, others: Published[], numbersFrom: number, othersFrom: number): void {
    const { numberAt, otherAt } = this.shape.layout
    this.#fields.forEach((published, i) => {
      const number = numberAt[i] as number
      const isNumber = typeof published === 'number'
      if (number >= 0) numbers[numbersFrom + number] = isNumber ? published : NaN
      if (!isNumber) others[othersFrom + (otherAt[i] as number)] = published
    })
  }
}

export const generalCode: ShapeCode = { Shadow: GeneralShadow, diff, diffDue }

function diffDue(d: Differ, record: TrackedRecord, shape: Shape, from: number): number {
  const w = d.writer
  const { values } = record.shadow
  const { due } = record
  let i = from
  for (; i < due.count; i++) {
    const slot = due.list[i] as number
    const entry = values[slot]
    if (!isStruct(entry) || entry.shape !== shape) break
    const start = w.position
    w.uvarint(slot - due.previous - 1)
    d.enter()
    const next = diff(d, entry.value as Fields, entry)
    d.leave()
    if (next === SAME) {
      w.position = start
      continue
    }
    if (next !== entry) record.replace(slot, entry, next)
    record.noteChanged(slot)
  }
  return i
}

function diff(d: Differ, object: Fields, shadow: StructShadow): Published | typeof SAME {
  let count = 0
  for (const _ in object) count++
  const { keys } = shadow.shape
  // Nothing may be written, and no shadow made, before it is known that no key is missing.
  for (const key of keys) if (object[key] === undefined) count = -1
  return count === keys.length ? diffFields(d, object, shadow) : d.reshape(object, shadow)
}

/** The change of one struct. In rows generated code is for many; a single one is compared by the general code. */
export function diffStruct(d: Differ, object: Fields, shadow: StructShadow): Published | typeof SAME {
  return shadow.rows === undefined ? shadow.shape.code.diff(d, object, shadow) : diff(d, object, shadow)
}

/** Compares an object that is known to have the keys of the shape. */
export function diffFields(d: Differ, object: Fields, shadow: StructShadow): Published | typeof SAME {
  const { shape } = shadow
  const { keys } = shape
  const w = d.writer
  const start = w.position
  let mask = 0
  w.position += shape.maskBytes
  for (let i = 0; i < keys.length; i++) {
    if (changeField(d, shadow, object, object[keys[i] as string], shape, i)) mask |= 1 << (i + 1)
  }
  if (mask === 0) {
    w.position = start
    return SAME
  }
  for (let i = 0; i < shape.maskBytes; i++) w.bytes[start + i] = mask >>> (8 * i)
  return shadow
}

/** Compares and writes a field, and takes it over where it is held. Whether it changed. */
export function changeField(
  d: Differ,
  shadow: StructShadow,
  object: Fields,
  value: unknown,
  shape: Shape,
  i: number,
): boolean {
  const published = shadow.get(i)
  if (samePrimitive(value, published)) return false
  const next = diffField(d, object, shape.keys[i] as string, value, published, shape, i)
  if (next === SAME) return false
  if (!Object.is(next, published)) {
    d.log.note(shadow, i, published)
    shadow.set(i, next)
  }
  return true
}

function diffField(
  d: Differ,
  object: Fields,
  key: string,
  value: unknown,
  published: Published,
  shape: Shape,
  i: number,
): Published | typeof SAME {
  const type = shape.types[i]
  const kind = shape.kinds[i] ?? KIND.any
  if (type !== undefined && type.check !== 'any') {
    const narrowed = narrow(value, type)
    if (narrowed === undefined) d.refuse()
    if (!Object.is(narrowed, value)) object[key] = narrowed
    if (samePrimitive(narrowed, published)) return SAME
    if (typeof narrowed === 'number') {
      writeBare(d.writer, kind, type, narrowed)
      return narrowed
    }
    return d.change(narrowed, published, type)
  }
  if (kind === KIND.any) return d.change(value, published, type)
  if (typeof value !== 'number' || isShadow(published)) return d.escaped(value, published, type)
  d.writer.f64(value)
  return value
}
