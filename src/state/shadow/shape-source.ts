/**
 * The source of the code of a shape. Only keys and numbers go into it, the keys as JSON texts. What it calls of the comparison
 * and the writer may write and nest, so before each call the local position is handed over, and taken back behind it. What is
 * taken over into the shadows so far is handed over before anything that may throw, getters of the object included.
 */
import { KIND, type Kind, NAN_HIGH } from '../format/state-format.js'
import { rangeBytes, rangeSteps, type TypeInfo } from '../schema/type-info.js'

const HAND_OVER = 'w.position = p; log.count = k'
const TAKE_BACK = 'p = w.position; bytes = w.bytes; view = w.view; k = log.count'

const SCALARS: ReadonlySet<TypeInfo['check']> = new Set(['text', 'bool', 'bytes'])
const NUMBERS: ReadonlySet<TypeInfo['check']> = new Set(['number', 'integer', 'range'])

/**
 * Go through items of the shape. One that is as it was is seen to be so at once; that is not tried behind one that was not. The count of its keys is
 * handed on.
 */
function runsSource(count: string, unchanged: string): string {
  return `function sameRun(c, objects, shadows, from, to, shape) {
  for (let i = from; i < to; i++) {
    const s = shadows[i]
    if (s === null || typeof s !== 'object' || s.shape !== shape) return i
    const e = s.value
    if (objects !== undefined && objects[i] !== e) return i
    if (!same(c, e, s)) return i
  }
  return to
}
function diffRun(c, run, from, to, shape) {
  const w = c.writer, items = run.items, objects = run.objects
  let v, o, hasChanged = false
  for (let i = from; i < to; i++) {
    const s = items[i]
    if (s === null || typeof s !== 'object' || s.shape !== shape) return i
    const e = s.value
    if (objects !== undefined && objects[i] !== e) return i
    ${count}
    if (!hasChanged && ${unchanged}) continue
    if (run.keys !== undefined) c.outerKey = run.keys[i]
    const start = w.position, distance = i - run.previous - 1
    if (distance < 128) w.bytes[w.position++] = distance
    else w.uvarint(distance)
    const r = diffCounted(c, e, s, n)
    hasChanged = r !== SAME
    if (hasChanged) c.changed(run, i, s, r)
    else w.position = start
  }
  return to
}`
}

/** The body of a function of `SAME`, `HOLE` and `change` that gives a `ShapeCode`. */
export function shapeSource(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  ghosts: readonly string[],
): string {
  const names = keys.map((key) => JSON.stringify(key))
  const ghostly = ghosts.map((key) => JSON.stringify(key)).map((name) => `e[${name}] !== undefined || !(${name} in e)`)
  const maskBytes = (keys.length + 8) >> 3
  const masks = Array.from({ length: maskBytes }, (_, i) => `bytes[maskAt + ${i}] = mask >>> ${8 * i}`).join('; ')
  const count = `let n = 0; for (const key in e) n++`
  const misfits = [
    `n !== ${keys.length + ghosts.length}`,
    ...keys.map((_, i) => `v${i} === undefined`),
    ...ghostly,
  ].join(' || ')
  const unchanged = [`n === ${keys.length + ghosts.length}`, ...ghostly.map((lacks) => `!(${lacks})`)]
    .concat(names.map((name, i) => sameSource(name, i, types[i])))
    .join(' && ')
  return `'use strict'
class Shadow {
  constructor(value, shape, a) {
    this.sort = 'struct'; this.value = value; this.shape = shape
    ${keys.map((_, i) => `this.f${i} = a[${i}]`).join('; ')}
  }
  get(i) { switch (i) { ${keys.map((_, i) => `case ${i}: return this.f${i}`).join('; ')} } }
  set(i, v) { switch (i) { ${keys.map((_, i) => `case ${i}: this.f${i} = v; break`).join('; ')} } }
}
function same(c, e, s) {
  ${count}
  let v, o
  return ${unchanged}
}
function diff(c, e, s) {
  ${count}
  return diffCounted(c, e, s, n)
}
function diffCounted(c, e, s, n) {
  let v, o, r
  ${names.map((name, i) => `const v${i} = e[${name}]`).join('; ')}
  if (${misfits}) return c.reshape(e, s)
  const w = c.writer, shape = s.shape, log = c.log, numbers = log.numbers, fields = log.fields
  let bytes = w.bytes, view = w.view, p = w.position, k = log.count, mask = 0
  const maskAt = p
  p += ${maskBytes}
  ${names.map((name, i) => fieldSource(name, i, kinds[i] as Kind, types[i])).join('')}
  log.count = k
  if (mask === 0) { w.position = maskAt; return SAME }
  ${masks}
  w.position = p
  w.ensure(0)
  return s
}
${runsSource(count, unchanged)}
return { isGeneral: false, Shadow, same, sameRun, diff, diffRun }`
}

/** Of two that are equal: 0 is not -0. What is no number is not compared with one, which the engine is slow at. */
const sameZero = `(typeof v !== 'number' || v !== 0 || 1 / v === 1 / o)`

/** Whether a field is as it was published. One that is undefined differs from that, which never is. */
function sameSource(name: string, i: number, type: TypeInfo | undefined): string {
  const isPrimitive = type !== undefined && (NUMBERS.has(type.check) || type.check === 'text' || type.check === 'bool')
  const within = isPrimitive ? 'false' : `typeof o === 'object' && o !== null && c.same(v, o)`
  return `((v = e[${name}]) === (o = s.f${i}) ? ${sameZero} : ${within})`
}

/** Compares, writes and takes over one field. What is no number, or was none, is the general code's. */
function fieldSource(name: string, i: number, kind: Kind, type: TypeInfo | undefined): string {
  const bit = `mask |= ${(1 << (i + 1)) | 0}`
  const put = (value: string): string =>
    `${bit}; if (log.last !== s) { log.count = k; log.from(s) }; fields[k] = ${i}; numbers[k++] = o; s.f${i} = ${value}`
  const change = `${HAND_OVER}; if (change(c, s, e, v, shape, ${i})) ${bit}; ${TAKE_BACK}`
  if (type !== undefined && NUMBERS.has(type.check)) {
    return `
  v = v${i}; o = s.f${i}
  if (${differs('v', 'o')}) {
    ${numberSource(name, kind, type, 'log.count = k', put)}
  }`
  }
  // Containers are what most often is compared here without having changed.
  const nested = `${HAND_OVER}
      if (!c.marks && typeof o === 'object' && o !== null && o.sort === 'struct' && o.value === v && !o.shape.isOdd) { c.enter(); r = o.shape.code.diff(c, v, o); c.leave() }
      else r = c.change(v, o, shape.types[${i}], e, ${name})
      if (r !== SAME) { ${bit}; if (r !== o) { log.note(s, ${i}, o); s.f${i} = r } }
      ${TAKE_BACK}`
  const changeOther = kind !== KIND.any || (type !== undefined && SCALARS.has(type.check)) ? change : nested
  if (type !== undefined && type.check !== 'any') {
    return `
  v = v${i}; o = s.f${i}
  if (v !== o) { ${changeOther} }`
  }
  const write =
    kind === KIND.f64 ? f64Source('v') : `w.position = p; w.number(v); p = w.position; bytes = w.bytes; view = w.view`
  return `
  v = v${i}; o = s.f${i}
  if (typeof v === 'number') {
    if (${differs('v', 'o')}) {
      if (typeof o === 'number' && o === o) { ${write}; ${put('v')} }
      else { ${change} }
    }
  } else if (v !== o) { ${changeOther} }`
}

function differs(value: string, before: string): string {
  return `${value} !== ${before} || (${value} === 0 && 1 / ${value} !== 1 / ${before})`
}

function f64Source(value: string): string {
  return `if (${value} === ${value}) view.setFloat64(p, ${value}, true); else { view.setUint32(p, 0, true); view.setUint32(p + 4, ${NAN_HIGH}, true) }
        p += 8`
}

/** Puts a number of a declared kind other than `f64` and `range` into the bytes. */
function bareSource(kind: Kind, value: string): string {
  switch (kind) {
    case KIND.f32:
      return `view.setFloat32(p, ${value}, true); p += 4`
    case KIND.u16:
    case KIND.i16:
      return `view.setInt16(p, ${value}, true); p += 2`
    case KIND.u32:
    case KIND.i32:
      return `view.setInt32(p, ${value}, true); p += 4`
    default:
      return `bytes[p++] = ${value}`
  }
}

/** Puts the step `q` of a range into the bytes. */
function stepSource(type: TypeInfo): string {
  const size = rangeBytes(type)
  return size === 1 ? 'bytes[p++] = q' : `view.setUint${size * 8}(p, q, true); p += ${size}`
}

/** A declared number: `r` is what it is narrowed to, in the owner's state too. */
function numberSource(name: string, kind: Kind, type: TypeInfo, note: string, put: (value: string) => string): string {
  const check = `if (typeof v !== 'number') { ${note}; c.refuse() }`
  if (kind === KIND.f64) return `${check}; if (v === v || o === o) { ${f64Source('v')}; ${put('v')} }`
  if (kind === KIND.f32) {
    return `${check}; r = Math.fround(v); if (r !== v && v === v) { ${note}; e[${name}] = r }
    if ((${differs('r', 'o')}) && (r === r || o === o)) { ${bareSource(kind, 'r')}; ${put('r')} }`
  }
  if (kind === KIND.range) {
    return `${check}; const q = Math.round((v - ${type.min}) / ${type.step}); if (!(q >= 0 && q <= ${rangeSteps(type)})) { ${note}; c.refuse() }
    r = ${type.min} + q * ${type.step}; if (!Object.is(r, v)) { ${note}; e[${name}] = r }
    if (r !== o) { ${stepSource(type)}; ${put('r')} }`
  }
  return `${check}; r = Math.round(v) + 0; if (!(r >= ${type.min} && r <= ${type.max})) { ${note}; c.refuse() }
    if (r !== v || (v === 0 && 1 / v < 0)) { ${note}; e[${name}] = r }
    if (r !== o) { ${bareSource(kind, 'r')}; ${put('r')} }`
}
