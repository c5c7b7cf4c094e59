/** The source of what compares and writes one field of a struct. Its variables are those of the functions that `shape-source.ts` makes. */
import { LEAD } from '../../value/value.js'
import { KIND, type Kind, NAN_HIGH } from '../format/state-format.js'
import { rangeBytes, rangeSteps, type TypeInfo } from '../schema/type-info.js'
import type { PlanNode } from './layout.js'

export const TAKE_BACK = 'p = w.position; bytes = w.bytes; view = w.view; limit = w.limit; k = log.count'

const SCALARS: ReadonlySet<TypeInfo['check']> = new Set(['text', 'bool', 'bytes'])
const NUMBERS: ReadonlySet<TypeInfo['check']> = new Set(['number', 'integer', 'range'])

/** A field of a struct, and what says in which entry of a large collection that lies. */
export interface FieldPlace {
  readonly node: PlanNode
  readonly i: number
  /** The key, as a JSON text. */
  readonly name: string
  readonly kind: Kind
  readonly type: TypeInfo | undefined
  readonly entry: string
}

/** Of two that are equal: 0 is not -0. What is no number is not compared with one, which the engine is slow at. */
const sameZero = `(typeof v !== 'number' || v !== 0 || 1 / v === 1 / o)`

/** Whether a field is as it was published. One that is undefined differs from that, which never is. */
export function sameSource({ layout, numbers, within: inners }: PlanNode, i: number): string {
  const name = JSON.stringify(layout.keys[i])
  const type = layout.types[i]
  const inner = inners[i]
  if (inner !== undefined) {
    const { number } = inner
    return `((v = e[${name}]), (o = s.f${i}), typeof o === 'object' && o !== null
      ? o.sort === 'struct' && o.value === v && o.shape.layout === L${number} ? same${number}(c, v, o) : c.same(v, o)
      : v === o && ${sameZero})`
  }
  const isPrimitive = type !== undefined && (NUMBERS.has(type.check) || type.check === 'text' || type.check === 'bool')
  const within = isPrimitive ? 'false' : `typeof o === 'object' && o !== null && c.same(v, o)`
  // The engine looks at two texts before it sees that they are one, and most lie far away: `Object.is` does not.
  if (((numbers >> i) & 1) === 0) return `(Object.is(v = e[${name}], o = s.f${i}) || ${within})`
  return `((v = e[${name}]) === (o = s.f${i}) ? ${sameZero} : ${within})`
}

function bitOf(i: number): number {
  return (1 << (i + 1)) | 0
}

/** Hands over what is local before something is called, or throws. */
function handOver({ entry }: FieldPlace): string {
  return `w.position = p; log.count = k; ${entry}`
}

/** What is no number, or was none: the general code's. */
function changeSource(place: FieldPlace): string {
  const { node, i } = place
  const { number: j } = node
  return `${handOver(place)}; if (change(c, s${j}, e${j}, v${j}_${i}, s${j}.shape, ${i})) m${j} |= ${bitOf(i)}; ${TAKE_BACK}`
}

/** What is a container, or was one. Its struct may be of another layout than the code knows, or of any. */
export function containerSource(place: FieldPlace): string {
  const { node, i, name } = place
  const { number: j, depth } = node
  const [deeper, back] = depth === 0 ? ['', ''] : [`c.depth += ${depth};`, `c.depth -= ${depth};`]
  const v = `v${j}_${i}`
  return `${handOver(place)}; ${deeper} o = s${j}.f${i}
      if (!c.marks && typeof o === 'object' && o !== null && o.sort === 'struct' && o.value === ${v} && !o.shape.isOdd) { c.enter(); r = o.shape.code.diff(c, ${v}, o); c.leave() }
      else r = c.change(${v}, o, s${j}.shape.types[${i}], e${j}, ${name})
      ${back} if (r !== SAME) { m${j} |= ${bitOf(i)}; if (r !== o) { log.note(s${j}, ${i}, o); s${j}.f${i} = r } }
      ${TAKE_BACK}`
}

/** Compares, writes and takes over one field. */
export function fieldSource(place: FieldPlace): string {
  const { node, i, kind, type } = place
  const { number: j } = node
  const head = `
  v = v${j}_${i}; o = s${j}.f${i}`
  const put = (value: string): string =>
    `m${j} |= ${bitOf(i)}; if (log.last !== s${j}) { log.count = k; log.from(s${j}) }; fields[k] = ${i}; numbers[k++] = o; s${j}.f${i} = ${value}`
  const change = changeSource(place)
  if (type !== undefined && NUMBERS.has(type.check)) {
    return `${head}
  if (${differs('v', 'o')}) {
    ${numberSource(place, type, put)}
  }`
  }
  const changeOther =
    kind !== KIND.any || (type !== undefined && SCALARS.has(type.check)) ? change : containerSource(place)
  if (type !== undefined && type.check !== 'any') {
    return `${head}
  if (v !== o) { ${changeOther} }`
  }
  if (((node.numbers >> i) & 1) === 0) {
    return `${head}
  if (!Object.is(v, o)) { ${otherSource(place, put, changeOther)} }`
  }
  return `${head}
  if (typeof v === 'number') {
    if (${differs('v', 'o')}) { ${newNumberSource(place, put)} }
  } else if (v !== o) { ${changeOther} }`
}

/** A number that differs from what was published. */
function newNumberSource(place: FieldPlace, put: (value: string) => string): string {
  const write = place.kind === KIND.f64 ? f64Source('v') : `p = putNumber(bytes, view, p, v)`
  return `if (typeof o === 'number' && o === o) { ${write}; ${put('v')} }
      else { ${changeSource(place)} }`
}

/** A field that had no number when the code was made, and differs now. */
function otherSource(place: FieldPlace, put: (value: string) => string, changeOther: string): string {
  const { node, i, kind } = place
  const { number: j } = node
  const flag = `bytes[p++] = v ? ${LEAD.true} : ${LEAD.false}; m${j} |= ${bitOf(i)}; log.count = k; log.note(s${j}, ${i}, o); k = log.count; s${j}.f${i} = v`
  return `${kind === KIND.any ? `if (typeof v === 'boolean' && typeof o === 'boolean') { ${flag} } else ` : ''}
    if (typeof v === 'number') { ${newNumberSource(place, put)} }
    else if (typeof v === 'object' || typeof o === 'object') { ${changeOther} }
    else { ${changeSource(place)} }`
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
function numberSource({ node, name, kind }: FieldPlace, type: TypeInfo, put: (value: string) => string): string {
  const note = 'log.count = k'
  const field = `e${node.number}[${name}]`
  const check = `if (typeof v !== 'number') { ${note}; c.refuse() }`
  if (kind === KIND.f64) return `${check}; if (v === v || o === o) { ${f64Source('v')}; ${put('v')} }`
  if (kind === KIND.f32) {
    return `${check}; r = Math.fround(v); if (r !== v && v === v) { ${note}; ${field} = r }
    if ((${differs('r', 'o')}) && (r === r || o === o)) { ${bareSource(kind, 'r')}; ${put('r')} }`
  }
  if (kind === KIND.range) {
    return `${check}; const q = Math.round((v - ${type.min}) / ${type.step}); if (!(q >= 0 && q <= ${rangeSteps(type)})) { ${note}; c.refuse() }
    r = ${type.min} + q * ${type.step}; if (!Object.is(r, v)) { ${note}; ${field} = r }
    if (r !== o) { ${stepSource(type)}; ${put('r')} }`
  }
  return `${check}; r = Math.round(v) + 0; if (!(r >= ${type.min} && r <= ${type.max})) { ${note}; c.refuse() }
    if (r !== v || (v === 0 && 1 / v < 0)) { ${note}; ${field} = r }
    if (r !== o) { ${bareSource(kind, 'r')}; ${put('r')} }`
}
