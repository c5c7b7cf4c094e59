/**
 * The code of a shape where code may not be generated: one loop over the fields that does what the generated code does.
 */
import type { Differ } from './differ.js'
import { narrow, writeBare } from './narrow.js'
import type { ShapeCode } from './shape-code.js'
import { type Fields, fieldOf, type Published, SAME, samePrimitive, Shadow, setField, StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import { KIND } from './state-format.js'
import type { FieldType } from './struct.js'

export function generalCode(keys: readonly string[], types: readonly (FieldType | undefined)[]): ShapeCode {
  // A class of its own for each shape keeps their objects apart for the engine.
  class GeneralShadow extends StructShadow {
    readonly shape: Shape

    constructor(value: object, shape: Shape, published: readonly Published[]) {
      super(value)
      this.shape = shape
      for (let i = 0; i < published.length; i++) setField(this, i, published[i])
    }
  }
  const commit = (object: Fields, shadow: StructShadow): void => {
    for (let i = 0; i < keys.length; i++) {
      const value = object[keys[i] as string]
      if (typeof value !== 'object' || value === null) setField(shadow, i, value as Published)
    }
  }
  return { Shadow: GeneralShadow, diff, commit: types.length > 0 || keys.length > 0 ? commit : () => {} }
}

function diff(differ: Differ, object: Fields, shadow: StructShadow, distance: number): Published | typeof SAME {
  let count = 0
  for (const _ in object) count++
  const { keys } = shadow.shape
  // Nothing may be written, and no shadow made, before it is known that no key is missing.
  for (const key of keys) if (object[key] === undefined) count = -1
  return count === keys.length ? diffFields(differ, object, shadow, distance) : differ.reshape(object, shadow, distance)
}

/** Compares an object that is known to have the keys of the shape. */
export function diffFields(
  differ: Differ,
  object: Fields,
  shadow: StructShadow,
  distance: number,
): Published | typeof SAME {
  const { shape } = shadow
  const { keys } = shape
  const w = differ.writer
  const start = w.position
  if (distance >= 0) w.uvarint(distance)
  const maskAt = w.position
  let mask = 0
  w.position += shape.maskBytes
  for (let i = 0; i < keys.length; i++) {
    const value = object[keys[i] as string]
    const published = fieldOf(shadow, i)
    if (samePrimitive(value, published)) continue
    const next = diffField(differ, object, keys[i] as string, value, published, shape, i)
    if (next === SAME) continue
    mask |= 1 << (i + 1)
    if (next !== published && next instanceof Shadow) differ.assign(shadow, i, next)
  }
  if (mask === 0) {
    w.position = start
    return SAME
  }
  for (let i = 0; i < shape.maskBytes; i++) w.bytes[maskAt + i] = mask >>> (8 * i)
  differ.changed[differ.changedCount++] = shadow
  return shadow
}

function diffField(
  differ: Differ,
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
    if (narrowed === undefined) differ.refuse()
    if (!Object.is(narrowed, value)) object[key] = narrowed
    if (samePrimitive(narrowed, published)) return SAME
    if (typeof narrowed === 'number') {
      writeBare(differ.writer, kind, type, narrowed)
      return narrowed
    }
    return differ.change(narrowed, published, type)
  }
  if (kind === KIND.any) return differ.change(value, published, type)
  if (typeof value !== 'number' || published instanceof Shadow) return differ.escaped(value, published, type)
  differ.writer.f64(value)
  return value
}
