/**
 * The source of the code of a shape. Only keys and numbers go into it, the keys as JSON texts. What it calls of the differ
 * and the writer may write and nest, so before each call the local position and count are handed over, and taken back behind
 * it. The count of what was noted is handed over before anything that may throw, getters of the object included.
 */
import { KIND, type Kind, NAN_HIGH } from './state-format.js'
import { type FieldType, rangeBytes, rangeSteps } from './struct.js'

const HAND_OVER = 'w.position = p; log.count = k'
const TAKE_BACK = 'p = w.position; bytes = w.bytes; view = w.view; k = log.count'

/**
 * In records of more entries than this, what is compared is far away in memory. It is touched before, many at a time, so that
 * all of it is waited for together and not one after the other.
 */
const LARGE = 2048

/** The body of a function of `Base`, `SAME` and `types` that gives a `ShapeCode`. */
export function shapeSource(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (FieldType | undefined)[],
): string {
  const names = keys.map((key) => JSON.stringify(key))
  const maskBytes = (keys.length + 8) >> 3
  const begin = `
  const w = d.writer, log = d.log, shadows = log.shadows, numbers = log.numbers, fields = log.fields
  let bytes = w.bytes, view = w.view, p = w.position, k = log.count`
  const read = `
    let v, o, r, n = 0
    for (const key in e) n++
    ${names.map((name, i) => `const v${i} = e[${name}]`).join('; ')}`
  const misfits = [`n !== ${keys.length}`, ...keys.map((_, i) => `v${i} === undefined`)].join(' || ')
  const compare = `
    const at = p
    let mask = 0
    p += ${maskBytes}
    ${names.map((name, i) => fieldSource(name, i, kinds[i] as Kind, types[i])).join('')}`
  const masks = Array.from({ length: maskBytes }, (_, i) => `bytes[at + ${i}] = mask >>> ${8 * i}`).join('; ')
  const numbers = kinds.map((kind, i) => (kind === KIND.f64 ? ` || s.f${i} === 0.5` : '')).join('')
  return `'use strict'
class Shadow extends Base {
  constructor(value, shape, a) { super(value, shape); ${keys.map((_, i) => `this.f${i} = a[${i}]`).join('; ')} }
}
function diff(d, e, s) {${begin}
    ${read}
    if (${misfits}) return d.reshape(e, s)
    ${compare}
    log.count = k
    if (mask === 0) { w.position = at; return SAME }
    ${masks}
    w.position = p
    w.ensure(0)
    return s
}
function touch(values, list, from, to, number) {
  let x = 0
  for (let i = from; i < to; i++) {
    const s = values[list[i]]
    if (s === null || s === undefined || s.shapeNumber !== number) break
    if (typeof s.value === 'string'${numbers}) x++
  }
  return x
}
function diffDue(d, record, shape, from) {${begin}
  const due = record.due, list = due.list, count = due.count, values = record.shadow.values, number = shape.number
  const isLarge = values.length > ${LARGE}
  let previous = due.previous, changed = due.changed, i = from
  for (; i < count; i++) {
    if (isLarge && (i & 31) === 0) d.touched = touch(values, list, i, i + 32 < count ? i + 32 : count, number)
    const slot = list[i], s = values[slot]
    if (s === null || s === undefined || s.shapeNumber !== number) break
    const e = s.value, start = p
    log.count = k
    ${read}
    let distance = slot - previous - 1
    if (${misfits}) {
      ${HAND_OVER}
      if (d.reshapeEntry(record, s, slot, distance)) list[changed++] = previous = slot
      ${TAKE_BACK}
      continue
    }
    while (distance > 127) { bytes[p++] = distance & 127 | 128; distance >>>= 7 }
    bytes[p++] = distance
    ${compare}
    if (mask === 0) { p = start; continue }
    ${masks}
    list[changed++] = previous = slot
    if (p > w.limit) { w.position = p; w.ensure(0); bytes = w.bytes; view = w.view }
  }
  w.position = p
  log.count = k
  due.previous = previous
  due.changed = changed
  return i
}
return { Shadow, diff, diffDue }`
}

/** Compares, writes and takes over one field. */
function fieldSource(name: string, i: number, kind: Kind, type: FieldType | undefined): string {
  const bit = `mask |= ${(1 << (i + 1)) | 0}`
  const note = `shadows[k] = s; fields[k] = ${i}; numbers[k++] = o`
  const noteOther = `log.note(s, ${i}, o)`
  // For a value that the differ writes: it gives what is published then.
  const nested = (call: string): string =>
    `${HAND_OVER}; r = ${call}
      if (r !== SAME) { ${bit}; if (r !== o) { ${noteOther}; s.f${i} = r } }
      ${TAKE_BACK}`
  let changed: string
  switch (type?.check) {
    case 'integer':
    case 'range':
    case 'number':
      changed = numberSource(name, i, kind, type, `${bit}; ${note}`)
      break
    case 'text':
      changed = `if (typeof v !== 'string') { log.count = k; d.refuse() }
      ${HAND_OVER}; w.text(v); ${noteOther}; ${TAKE_BACK}; ${bit}; s.f${i} = v`
      break
    case 'bool':
      changed = `if (typeof v !== 'boolean') { log.count = k; d.refuse() }
      bytes[p++] = v ? 0x83 : 0x82; log.count = k; ${noteOther}; k = log.count; ${bit}; s.f${i} = v`
      break
    default: {
      const write =
        kind === KIND.f64
          ? f64Source('v')
          : `w.position = p; w.number(v); p = w.position; bytes = w.bytes; view = w.view`
      changed = `if (typeof v === 'number' && typeof o === 'number') {
        if (v === v || o === o) { ${write}; ${bit}; ${note}; s.f${i} = v }
      } else { ${nested(`d.${kind === KIND.f64 ? 'escaped' : 'change'}(v, o, types[${i}])`)} }`
    }
  }
  return `
    v = v${i}; o = s.f${i}
    if (${kind === KIND.any ? `typeof o === 'object' || !Object.is(v, o)` : differs('v')}) {
      ${changed}
    }`
}

function differs(value: string): string {
  return `${value} !== o || (${value} === 0 && 1 / ${value} !== 1 / o)`
}

function f64Source(value: string): string {
  return `if (${value} === ${value}) view.setFloat64(p, ${value}, true); else { view.setUint32(p, 0, true); view.setUint32(p + 4, ${NAN_HIGH}, true) }
        p += 8`
}

const PUT = {
  [KIND.f32]: `view.setFloat32(p, r, true); p += 4`,
  [KIND.u8]: `bytes[p++] = r`,
  [KIND.i8]: `bytes[p++] = r`,
  [KIND.u16]: `view.setUint16(p, r, true); p += 2`,
  [KIND.i16]: `view.setInt16(p, r, true); p += 2`,
  [KIND.u32]: `view.setUint32(p, r, true); p += 4`,
  [KIND.i32]: `view.setInt32(p, r, true); p += 4`,
} as Record<number, string>

/** A declared number: `r` is what it is narrowed to, in the owner's state too. */
function numberSource(name: string, i: number, kind: Kind, type: FieldType, note: string): string {
  const check = `log.count = k; if (typeof v !== 'number') d.refuse()`
  if (kind === KIND.f64) return `${check}; if (v === v || o === o) { ${f64Source('v')}; ${note}; s.f${i} = v }`
  if (kind === KIND.f32) {
    return `${check}; r = Math.fround(v); if (r !== v && v === v) e[${name}] = r
    if ((${differs('r')}) && (r === r || o === o)) { ${PUT[kind]}; ${note}; s.f${i} = r }`
  }
  if (kind === KIND.range) {
    const size = rangeBytes(type)
    const put = size === 1 ? 'bytes[p] = q' : `view.setUint${size * 8}(p, q, true)`
    return `${check}; const q = Math.round((v - ${type.min}) / ${type.step}); if (!(q >= 0 && q <= ${rangeSteps(type)})) d.refuse()
    r = ${type.min} + q * ${type.step}; if (!Object.is(r, v)) e[${name}] = r
    if (r !== o) { ${put}; p += ${size}; ${note}; s.f${i} = r }`
  }
  return `${check}; r = Math.round(v) + 0; if (!(r >= ${type.min} && r <= ${type.max})) d.refuse()
    if (r !== v || v === 0) e[${name}] = r
    if (r !== o) { ${PUT[kind]}; ${note}; s.f${i} = r }`
}
