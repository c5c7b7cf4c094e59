/**
 * The code that compares an object with its shadow, field by field, and writes what differs. It is generated for each set
 * of keys where the platform lets code be generated (about ten times as fast), else one general function does the same.
 * Nothing is written into shadows here: that is `commit`, after all has been written.
 */
import type { Differ } from './differ.js'
import { type Fields, type Published, SAME, StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import { generalCode } from './shape-code-general.js'
import { KIND, type Kind, NAN_HIGH } from './state-format.js'
import { type FieldType, rangeBytes, rangeSteps } from './struct.js'

type ShadowClass = new (value: object, shape: Shape, published: readonly Published[]) => StructShadow
export interface ShapeCode {
  readonly Shadow: ShadowClass
  /**
   * Writes `distance`, unless it is negative, the mask and what changed of `object` since `shadow`. Gives `SAME` if that is nothing (then nothing is written),
   * the shadow, or, if the object is no longer of this shape, the shadow that takes its place.
   */
  readonly diff: (differ: Differ, object: Fields, shadow: StructShadow, distance: number) => Published | typeof SAME
  /** Takes the primitive fields of the object over into the shadow. */
  readonly commit: (object: Fields, shadow: StructShadow) => void
}

/** How many pieces of code are kept for all encoders of the process; shapes beyond get the general one. */
const CODE_MAX = 4096
const cache = new Map<string, ShapeCode>()
let generates: boolean | undefined

/** Whether code may be generated here. Tests turn it off to run the general code. */
export function generateCode(allowed: boolean): void {
  generates = allowed
  cache.clear()
}

export function shapeCode(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (FieldType | undefined)[],
): ShapeCode {
  const name = JSON.stringify([keys, kinds, types.map((type) => type && [type.check, type.min, type.max, type.step])])
  // Declared containers carry types of their own, which the name does not tell apart: their code is made anew.
  const shared = types.every((type) => type?.element === undefined && type?.fields === undefined)
  const known = shared ? cache.get(name) : undefined
  if (known) return known
  generates ??= canGenerate()
  const code = generates && cache.size < CODE_MAX ? generate(keys, kinds, types) : generalCode(keys, types)
  if (shared && cache.size < CODE_MAX) cache.set(name, code)
  return code
}

function canGenerate(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval
    return (new Function('return true') as () => boolean)()
  } catch {
    return false
  }
}

function generate(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (FieldType | undefined)[],
): ShapeCode {
  const maskBytes = (keys.length + 8) >> 3
  const fields = keys.map((key, i) => fieldSource(JSON.stringify(key), i, kinds[i] as Kind, types[i])).join('')
  const masks = Array.from({ length: maskBytes }, (_, i) => `w.bytes[at + ${i}] = mask >>> ${8 * i};`).join(' ')
  const source = `'use strict'
class Shadow extends Base {
  constructor(value, shape, a) { super(value); this.shape = shape; ${keys.map((_, i) => `this.f${i} = a[${i}]`).join('; ')} }
}
function diff(d, e, s, distance) {
  const w = d.writer, start = w.position
  let n = 0, mask = 0, v, r
  for (const k in e) n++
  ${keys.map((key, i) => `const v${i} = e[${JSON.stringify(key)}]`).join('; ')}
  if (${[`n !== ${keys.length}`, ...keys.map((_, i) => `v${i} === undefined`)].join(' || ')}) return d.reshape(e, s, distance)
  let at = start
  if (distance >= 0) { if (distance < 128) w.bytes[at++] = distance; else { w.uvarint(distance); at = w.position } }
  let p = at + ${maskBytes}
  ${fields}
  if (mask === 0) { w.position = start; return SAME }
  ${masks}
  w.position = p
  w.ensure(0)
  d.changed[d.changedCount++] = s
  return s
}
function commit(e, s) {
  let v
  ${keys.map((key, i) => commitSource(JSON.stringify(key), i, types[i])).join('\n  ')}
}
return { Shadow, diff, commit }`
  // Only keys and numbers go into the source, the keys as JSON texts.
  // oxlint-disable-next-line typescript/no-implied-eval
  return (new Function('Base', 'SAME', 'types', source) as (...parts: unknown[]) => ShapeCode)(
    StructShadow,
    SAME,
    types,
  )
}

function fieldSource(key: string, i: number, kind: Kind, type: FieldType | undefined): string {
  const old = `s.f${i}`
  const bit = `mask |= ${(1 << (i + 1)) | 0}`
  const differs = (value: string): string => `${value} !== ${old} || (${value} === 0 && 1 / ${value} !== 1 / ${old})`
  const nested = (call: string): string =>
    `w.position = p; r = ${call}
      if (r !== SAME) { p = w.position; ${bit}; if (r !== ${old} && typeof r === 'object' && r !== null) d.assign(s, ${i}, r) }`
  let changed: string
  switch (type?.check) {
    case 'integer':
    case 'range':
    case 'number':
      changed = numberSource(key, old, bit, kind, type, differs)
      break
    case 'text':
      changed = `if (typeof v !== 'string') d.refuse(); w.position = p; w.text(v); p = w.position; ${bit}`
      break
    case 'bool':
      changed = `if (typeof v !== 'boolean') d.refuse(); w.bytes[p++] = v ? 0x83 : 0x82; ${bit}`
      break
    default:
      changed =
        kind === KIND.f64
          ? `if (typeof v === 'number' && typeof ${old} !== 'object') {
      if (v === v || ${old} === ${old}) { ${f64Source('v')}; ${bit} }
    } else { ${nested(`d.escaped(v, ${old}, types[${i}])`)} }`
          : `if (typeof v === 'number' && typeof ${old} !== 'object') {
      if (v === v || ${old} === ${old}) { w.position = p; w.number(v); p = w.position; ${bit} }
    } else { ${nested(`d.change(v, ${old}, types[${i}])`)} }`
  }
  return `
  v = v${i}
  if (${differs('v')}) {
    ${changed}
  }`
}

function f64Source(value: string): string {
  return `if (${value} === ${value}) w.view.setFloat64(p, ${value}, true); else { w.view.setUint32(p, 0, true); w.view.setUint32(p + 4, ${NAN_HIGH}, true) }
        p += 8`
}

function numberSource(
  key: string,
  old: string,
  bit: string,
  kind: Kind,
  type: FieldType,
  differs: (value: string) => string,
): string {
  const check = `if (typeof v !== 'number') d.refuse();`
  const put = {
    [KIND.f32]: `w.view.setFloat32(p, r, true); p += 4`,
    [KIND.u8]: `w.bytes[p++] = r`,
    [KIND.i8]: `w.bytes[p++] = r`,
    [KIND.u16]: `w.view.setUint16(p, r, true); p += 2`,
    [KIND.i16]: `w.view.setInt16(p, r, true); p += 2`,
    [KIND.u32]: `w.view.setUint32(p, r, true); p += 4`,
    [KIND.i32]: `w.view.setInt32(p, r, true); p += 4`,
  } as Record<number, string>
  if (kind === KIND.f64) return `${check} if (v === v || ${old} === ${old}) { ${f64Source('v')}; ${bit} }`
  if (kind === KIND.f32) {
    return `${check} r = Math.fround(v); if (r !== v && v === v) e[${key}] = r
    if ((${differs('r')}) && (r === r || ${old} === ${old})) { ${put[kind]}; ${bit} }`
  }
  if (kind === KIND.range) {
    const size = rangeBytes(type)
    const set = size === 1 ? 'w.bytes[p] = q' : `w.view.setUint${size * 8}(p, q, true)`
    return `${check} const q = Math.round((v - ${type.min}) / ${type.step}); if (!(q >= 0 && q <= ${rangeSteps(type)})) d.refuse()
    r = ${type.min} + q * ${type.step}; if (!Object.is(r, v)) e[${key}] = r
    if (r !== ${old}) { ${set}; p += ${size}; ${bit} }`
  }
  return `${check} r = Math.round(v) + 0; if (!(r >= ${type.min} && r <= ${type.max})) d.refuse()
    if (r !== v || v === 0) e[${key}] = r
    if (r !== ${old}) { ${put[kind]}; ${bit} }`
}

function commitSource(key: string, i: number, type: FieldType | undefined): string {
  if (type === undefined || type.check === 'any')
    return `v = e[${key}]; if (typeof v !== 'object' || v === null) s.f${i} = v`
  return type.check === 'struct' || type.check === 'record' || type.check === 'list' || type.check === 'bytes'
    ? ''
    : `s.f${i} = e[${key}]`
}
