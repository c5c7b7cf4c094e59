/**
 * The source of the code of a shape. Only keys and numbers go into it, the keys as JSON texts. What it calls of the differ
 * and the writer may write and nest, so before each call the local position is handed over, and taken back behind it. What is
 * taken over into the shadows so far is handed over before anything that may throw, getters of the object included.
 */
import { KIND, type Kind, NAN_HIGH } from './state-format.js'
import { isAnything, isNumber, layoutOf, type RowLayout } from './row-layout.js'
import { type TypeInfo, rangeBytes, rangeSteps } from './type-info.js'

const TAKE_BACK = 'p = w.position; bytes = w.bytes; view = w.view'

const SCALARS: ReadonlySet<TypeInfo['check']> = new Set(['text', 'bool', 'bytes'])

/** Where the published fields are: how they are read, put and noted. */
interface Holder {
  /** Before and behind a call that may change a field. */
  readonly handOver: (i: number) => string
  readonly takeBack: string
  /** Before what may throw. */
  readonly note: string
  /** What a field holds, if that is a number; if not, anything that is none. */
  readonly number: (i: number) => string
  /** What a field holds, if that is no number; if it is one, anything that is no other value of a field. */
  readonly other: (i: number) => string
  /** What a field holds, and what puts it there. */
  readonly held: (i: number) => string
  readonly set: (i: number, value: string) => string
  /** Puts a number where the number `o` was, and notes that. */
  readonly put: (i: number, value: string) => string
}

/** In a struct's shadow; what was there is noted in the log. */
const OWN: Holder = {
  handOver: () => 'w.position = p; log.count = k',
  takeBack: `${TAKE_BACK}; k = log.count`,
  note: 'log.count = k',
  number: (i) => `s.f${i}`,
  other: (i) => `s.f${i}`,
  held: (i) => `s.f${i}`,
  set: (i, value) => `s.f${i} = ${value}`,
  put: (i, value) =>
    `if (log.last !== s) { log.count = k; log.from(s) }; fields[k] = ${i}; numbers[k++] = o; s.f${i} = ${value}`,
}

/** In a row; what was there is put aside, and the mask tells which fields that are. The shadow that stands for it is asked for when it is needed. */
function rowHolder({ numberAt, otherAt }: RowLayout): Holder {
  const held = (i: number): string => `held[at + ${numberAt[i]}]`
  const before = (i: number): string => `before[was + ${numberAt[i]}]`
  const keep = (i: number): string => ((numberAt[i] as number) < 0 ? '' : `${before(i)} = ${held(i)};`)
  return {
    handOver: (i) =>
      `w.position = p; ${keep(i)} masks[changed] = mask; list[changed] = slot; due.changed = changed + 1; s = record.shadow.values[slot]; d.enter()`,
    takeBack: `d.leave(); ${TAKE_BACK}; due.changed = changed`,
    note: 'masks[changed] = mask; list[changed] = slot; due.changed = changed + 1',
    number: held,
    other: (i) => `others[ao + ${otherAt[i]}]`,
    held: (i) => `s.get(${i})`,
    set: (i, value) => `s.set(${i}, ${value})`,
    put: (i, value) => `${before(i)} = o; ${held(i)} = ${value}`,
  }
}

/** The body of a function of `SAME` and `change` that gives a `ShapeCode`. Entries that are sealed are not asked for other keys. */
export function shapeSource(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  isSealed: boolean,
): string {
  const names = keys.map((key) => JSON.stringify(key))
  const maskBytes = (keys.length + 8) >> 3
  const layout = layoutOf(types)
  const begin = 'const w = d.writer; let bytes = w.bytes, view = w.view, p = w.position'
  const fields = names.map((name, i) => `const v${i} = e[${name}]`).join('; ')
  const read = `
    let v, o, r, n = 0
    for (const key in e) n++
    ${fields}`
  const readRow = isSealed ? `let v, o, r\n    ${fields}` : read
  const absent = keys.map((_, i) => `v${i} === undefined`)
  const misfits = [`n !== ${keys.length}`, ...absent].join(' || ')
  // Numbers are checked when they differ.
  const misfitsRow = isSealed ? absent.filter((_, i) => !isNumber(types[i])).join(' || ') || 'false' : misfits
  const compare = (holder: Holder): string => `
    const maskAt = p
    let mask = 0
    p += ${maskBytes}
    ${names.map((name, i) => fieldSource(holder, name, i, kinds[i] as Kind, types[i])).join('')}`
  const masks = Array.from({ length: maskBytes }, (_, i) => `bytes[maskAt + ${i}] = mask >>> ${8 * i}`).join('; ')
  return `'use strict'
class Shadow {
  constructor(value, shape, a) {
    this.sort = 'struct'; this.value = value; this.home = undefined; this.slot = -1; this.twin = undefined
    this.tracked = undefined; this.shape = shape; this.rows = undefined
    ${keys.map((_, i) => `this.f${i} = a[${i}]`).join('; ')}
  }
  get(i) { switch (i) { ${keys.map((_, i) => `case ${i}: return this.f${i}`).join('; ')} } }
  set(i, v) { switch (i) { ${keys.map((_, i) => `case ${i}: this.f${i} = v; break`).join('; ')} } }
  copyTo(held, others, at, ao) {
    let v
    ${keys.map((_, i) => copySource(i, layout)).join('\n    ')}
  }
}
function diff(d, e, s) {
    ${begin}
    const shape = s.shape, log = d.log, numbers = log.numbers, fields = log.fields
    let k = log.count
    ${read}
    if (${misfits}) return d.reshape(e, s)
    ${compare(OWN)}
    log.count = k
    if (mask === 0) { w.position = maskAt; return SAME }
    ${masks}
    w.position = p
    w.ensure(0)
    return s
}
function diffDue(d, record, shape, from) {
  ${begin}
  const due = record.due, list = due.list, count = due.count, number = shape.number
  const rows = record.shadow.rows, held = rows.numbers, others = rows.others, before = rows.before, masks = rows.masks
  const objects = rows.objects, shapes = rows.shapes, stride = rows.stride, otherStride = rows.otherStride
  let previous = due.previous, changed = due.changed, i = from
  for (; i < count; i++) {
    const slot = list[i]
    if (shapes[slot] !== number) break
    const e = objects[slot], start = p, at = slot * stride, ao = slot * otherStride, was = changed * stride
    let s
    ${readRow}
    let distance = slot - previous - 1
    if (${misfitsRow}) {
      w.position = p
      masks[changed] = 0
      if (d.reshapeEntry(record, slot, distance)) { list[changed++] = previous = slot; due.changed = changed }
      ${TAKE_BACK}
      continue
    }
    while (distance > 127) { bytes[p++] = distance & 127 | 128; distance >>>= 7 }
    bytes[p++] = distance
    ${compare(rowHolder(layout))}
    if (mask === 0) { p = start; continue }
    ${masks}
    masks[changed] = mask
    list[changed] = previous = slot
    due.changed = ++changed
    if (p > w.limit) { w.position = p; w.ensure(0); bytes = w.bytes; view = w.view }
  }
  w.position = p
  due.previous = previous
  return i
}
return { Shadow, diff, diffDue }`
}

/** Copies a field to the place, or places, that it has in a row. */
function copySource(i: number, { numberAt, otherAt }: RowLayout): string {
  const [number, other] = [numberAt[i] as number, otherAt[i] as number]
  if (other < 0) return `held[at + ${number}] = this.f${i}`
  if (number < 0) return `others[ao + ${other}] = this.f${i}`
  return `v = this.f${i}; if (typeof v === 'number') held[at + ${number}] = v; else { held[at + ${number}] = NaN; others[ao + ${other}] = v }`
}

/** Compares, writes and takes over one field. What is no number, or was none, is the general code's. */
function fieldSource(holder: Holder, name: string, i: number, kind: Kind, type: TypeInfo | undefined): string {
  const bit = `mask |= ${(1 << (i + 1)) | 0}`
  const { handOver, takeBack } = holder
  const put = (value: string): string => `${bit}; ${holder.put(i, value)}`
  const change = `${handOver(i)}; if (change(d, s, e, v, shape, ${i})) ${bit}; ${takeBack}`
  if (type !== undefined && isNumber(type)) {
    return `
    v = v${i}; o = ${holder.number(i)}
    if (${differs('v', 'o')}) {
      ${numberSource(name, kind, type, holder.note, put)}
    }`
  }
  // Containers are what most often is compared here without having changed; large records need one call less.
  const nested = `${handOver(i)}; o = ${holder.held(i)}; r = typeof o === 'object' && o !== null && o.tracked !== undefined && o.tracked.proxy === v ? d.changeTracked(o.tracked) : d.change(v, o, shape.types[${i}])
      if (r !== SAME) { ${bit}; if (r !== o) { d.log.note(s, ${i}, o); ${holder.set(i, 'r')} } }
      ${takeBack}`
  const changeOther = kind !== KIND.any || (type !== undefined && SCALARS.has(type.check)) ? change : nested
  if (!isAnything(type)) {
    return `
    v = v${i}
    if (v !== ${holder.other(i)}) { ${changeOther} }`
  }
  const write = kind === KIND.f64 ? f64Source('v') : `${holder.note}; w.position = p; w.number(v); ${TAKE_BACK}`
  return `
    v = v${i}
    if (typeof v === 'number') {
      o = ${holder.number(i)}
      if (${differs('v', 'o')}) {
        if (typeof o === 'number' && o === o) { ${write}; ${put('v')} }
        else { ${change} }
      }
    } else if (v !== ${holder.other(i)}) { ${changeOther} }`
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
  const check = `if (typeof v !== 'number') { ${note}; d.refuse() }`
  if (kind === KIND.f64) return `${check}; if (v === v || o === o) { ${f64Source('v')}; ${put('v')} }`
  if (kind === KIND.f32) {
    return `${check}; r = Math.fround(v); if (r !== v && v === v) e[${name}] = r
    if ((${differs('r', 'o')}) && (r === r || o === o)) { ${bareSource(kind, 'r')}; ${put('r')} }`
  }
  if (kind === KIND.range) {
    return `${check}; const q = Math.round((v - ${type.min}) / ${type.step}); if (!(q >= 0 && q <= ${rangeSteps(type)})) { ${note}; d.refuse() }
    r = ${type.min} + q * ${type.step}; if (!Object.is(r, v)) e[${name}] = r
    if (r !== o) { ${stepSource(type)}; ${put('r')} }`
  }
  return `${check}; r = Math.round(v) + 0; if (!(r >= ${type.min} && r <= ${type.max})) { ${note}; d.refuse() }
    if (r !== v || (v === 0 && 1 / v < 0)) e[${name}] = r
    if (r !== o) { ${bareSource(kind, 'r')}; ${put('r')} }`
}
