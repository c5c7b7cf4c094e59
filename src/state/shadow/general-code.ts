/**
 * The code of a shape where code may not be generated, or is not worth it: one loop over the fields that does what the generated
 * code does. A second one is for objects whose prototype has fields of its own, of which own keys have to be asked for.
 */
import type { Fields, Key } from '../format/fields.js'
import { KIND } from '../format/state-format.js'
import { narrow, writeBare } from '../schema/narrow.js'
import {
  type Comparison,
  type HOLE,
  isShadow,
  isStruct,
  type Published,
  type Run,
  SAME,
  samePrimitive,
  type Shape,
  type ShapeCode,
  type StructShadow,
} from './shadow.js'

class GeneralShadow implements StructShadow {
  readonly sort = 'struct'
  value: object
  shape: Shape
  readonly fields: Published[]

  constructor(value: object, shape: Shape, published: readonly Published[]) {
    this.value = value
    this.shape = shape
    this.fields = [...published]
  }

  get(i: number): Published {
    return this.fields[i]
  }

  set(i: number, published: Published): void {
    this.fields[i] = published
  }
}

export const generalCode: ShapeCode = codeFor(hasKeys)
export const oddCode: ShapeCode = codeFor(hasOwnKeys)

/** Of shapes that nothing is written in any more: an object of one has changed, whatever it is. */
export const misfitCode: ShapeCode = {
  ...generalCode,
  same: () => false,
  sameRun: (_c, _objects, _shadows, from) => from,
  diffRun: (_c, _run, from) => from,
}

function codeFor(hasShape: (object: Fields, shape: Shape) => boolean): ShapeCode {
  function same(c: Comparison, object: Fields, shadow: StructShadow): boolean {
    if (!hasShape(object, shadow.shape)) return false
    const { keys } = shadow.shape
    for (let i = 0; i < keys.length; i++) {
      const value = object[keys[i] as string]
      const published = shadow.get(i)
      if (samePrimitive(value, published)) continue
      if (!isShadow(published) || !c.same(value, published)) return false
    }
    return true
  }

  function sameRun(
    c: Comparison,
    objects: readonly unknown[] | undefined,
    shadows: readonly (Published | typeof HOLE)[],
    from: number,
    to: number,
    shape: Shape,
  ): number {
    for (let i = from; i < to; i++) {
      const shadow = shadows[i]
      if (!isStruct(shadow) || shadow.shape !== shape) return i
      const { value } = shadow
      if ((objects !== undefined && objects[i] !== value) || !same(c, value as Fields, shadow)) return i
    }
    return to
  }

  function diff(c: Comparison, object: Fields, shadow: StructShadow): Published | typeof SAME {
    // Nothing may be written, and no shadow made, before it is known that no key is missing.
    return hasShape(object, shadow.shape) ? diffFields(c, object, shadow) : c.reshape(object, shadow)
  }

  function diffRun(c: Comparison, run: Run, from: number, to: number, shape: Shape): number {
    const { items, objects, keys } = run
    const w = c.writer
    for (let i = from; i < to; i++) {
      const shadow = items[i]
      if (!isStruct(shadow) || shadow.shape !== shape) return i
      const { value } = shadow
      if (objects !== undefined && objects[i] !== value) return i
      if (keys !== undefined) c.outerKey = keys[i] as Key
      const start = w.position
      w.uvarint(i - run.previous - 1)
      const next = diff(c, value as Fields, shadow)
      if (next === SAME) w.position = start
      else c.changed(run, i, shadow, next)
    }
    return to
  }

  return { isGeneral: true, Shadow: GeneralShadow, same, sameRun, diff, diffRun }
}

/** Whether an object has exactly the keys of a shape, its prototype having none. */
function hasKeys(object: Fields, { keys, ghosts }: Shape): boolean {
  let count = 0
  for (const _ in object) count++
  if (count !== keys.length + ghosts.length) return false
  for (let i = 0; i < keys.length; i++) if (object[keys[i] as string] === undefined) return false
  for (let i = 0; i < ghosts.length; i++) {
    const key = ghosts[i] as string
    if (object[key] !== undefined || !(key in object)) return false
  }
  return true
}

function hasOwnKeys(object: Fields, { keys }: Shape): boolean {
  let count = 0
  for (const key of Object.keys(object)) {
    if (object[key] === undefined) continue
    if (!keys.includes(key)) return false
    count++
  }
  return count === keys.length
}

/** Compares an object that is known to have the keys of the shape. */
export function diffFields(c: Comparison, object: Fields, shadow: StructShadow): Published | typeof SAME {
  const { shape } = shadow
  const { keys } = shape
  const w = c.writer
  const start = w.position
  let mask = 0
  w.position += shape.maskBytes
  for (let i = 0; i < keys.length; i++) {
    if (changeField(c, shadow, object, object[keys[i] as string], shape, i)) mask |= 1 << (i + 1)
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
  c: Comparison,
  shadow: StructShadow,
  object: Fields,
  value: unknown,
  shape: Shape,
  i: number,
): boolean {
  const published = shadow.get(i)
  if (samePrimitive(value, published)) return false
  if (
    typeof value === 'string' &&
    typeof published === 'string' &&
    shape.types[i] === undefined &&
    shape.kinds[i] === KIND.any
  ) {
    c.writer.text(value)
    c.log.note(shadow, i, published)
    shadow.set(i, value)
    return true
  }
  const next = diffField(c, object, shape.keys[i] as string, value, published, shape, i)
  if (next === SAME) return false
  if (!Object.is(next, published)) {
    c.log.note(shadow, i, published)
    shadow.set(i, next)
  }
  return true
}

function diffField(
  c: Comparison,
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
    if (narrowed === undefined) c.refuse()
    if (!Object.is(narrowed, value)) object[key] = narrowed
    if (samePrimitive(narrowed, published)) return SAME
    if (typeof narrowed === 'number') {
      writeBare(c.writer, kind, type, narrowed)
      return narrowed
    }
    return c.change(narrowed, published, type, object, key)
  }
  if (kind === KIND.any) return c.change(value, published, type, object, key)
  if (typeof value !== 'number' || isShadow(published)) return c.escaped(value, published, type, object, key)
  c.writer.f64(value)
  return value
}
