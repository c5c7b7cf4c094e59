/**
 * The source of what a declared struct of numbers, texts and booleans is attached with: accessors for its fields that read and
 * write the row, and the loop that writes what was set. As in `shape-source.ts` only keys and numbers go into it.
 */
import { KIND, type Kind } from './state-format.js'
import { bareSource, CHANGED, differs, DISTANCE, END, f64Source, maskSource, stepSource } from './shape-source.js'
import { type FieldType, rangeSteps } from './struct.js'

/** The body of a function of `refuse` and `ATTACHED` that gives an `AttachCode`. */
export function attachSource(keys: readonly string[], kinds: readonly Kind[], types: readonly FieldType[]): string {
  const maskBytes = (keys.length + 8) >> 3
  return `'use strict'
class Give { constructor(object) { return object } }
class Attached extends Give {
  #rows; #at; #slot
  constructor(object, rows, slot) { super(object); this.#rows = rows; this.#at = slot * rows.stride; this.#slot = slot }
  static rowsOf(object) { return #rows in object ? object.#rows : undefined }
  static isAt(object, rows, slot) { return object.#rows === rows && object.#slot === slot }
  static put(object, rows, slot) {
    if (!(#rows in object)) return new Attached(object, rows, slot)
    object.#rows = rows
    object.#at = slot * rows.stride
    object.#slot = slot
  }
  static fields
  static {
    ${keys.map((_, i) => setterSource(i, types[i] as FieldType)).join('\n    ')}
    this.fields = {
      ${keys.map((key, i) => accessorSource(key, i, types[i] as FieldType)).join(',\n      ')}
    }
  }
}
function publishDue(d, record, shape, from) {
  const w = d.writer; let bytes = w.bytes, view = w.view, p = w.position
  const due = record.due, list = due.list, count = due.count
  const rows = record.shadow.rows, held = rows.numbers, others = rows.others, before = rows.before
  const othersBefore = rows.othersBefore, masks = rows.masks, dirty = rows.dirty, status = rows.status, stride = rows.stride
  let previous = due.previous, changed = due.changed, i = from
  for (; i < count; i++) {
    const slot = list[i]
    if (status[slot] !== ATTACHED) break
    const m = dirty[slot]
    if (m === 0) continue
    const start = p, at = slot * stride
    dirty[slot] = 0
    masks[slot] = m
    let distance = slot - previous - 1
    ${DISTANCE}
    const maskAt = p
    let mask = 0, v, o
    p += ${maskBytes}
    ${keys.map((_, i) => publishSource(i, kinds[i] as Kind, types[i] as FieldType)).join('\n    ')}
    if (mask === 0) { p = start; continue }
    ${maskSource(keys.length)}
    ${CHANGED}
  }
  ${END}
}
return { fields: Attached.fields, rowsOf: Attached.rowsOf, isAt: Attached.isAt, put: Attached.put, publishDue }`
}

/** Where a field is that is a number, and one that is none. */
function placesOf(type: FieldType): readonly [held: string, before: string] {
  return type.kind === KIND.any ? ['others', 'othersBefore'] : ['numbers', 'before']
}

/** As short as they are, the engine always makes them one with the code that reads or sets a field. */
function accessorSource(key: string, i: number, type: FieldType): string {
  const [held] = placesOf(type)
  const name = JSON.stringify(key)
  return `${name}: { get() { return this.#rows.${held}[this.#at + ${i}] }, set(v) { set${i}(this, v) }, enumerable: true, configurable: false }`
}

function setterSource(i: number, type: FieldType): string {
  const [held, before] = placesOf(type)
  const bit = (1 << (i + 1)) | 0
  return `const set${i} = (object, v) => {
      const rows = object.#rows, slot = object.#slot, at = object.#at + ${i}, m = rows.dirty[slot], held = rows.${held}
      ${narrowSource(i, type)}
      if ((m & ${bit}) === 0) {
        if (m === 0) { if (rows.isQuiet) rows.noteSet(slot); else rows.marks[slot >> 5] |= 1 << (slot & 31) }
        rows.${before}[at] = held[at]
        rows.dirty[slot] = m | ${bit}
      }
      held[at] = v
    }`
}

/** Makes of `v` what the type makes of it, or refuses it. */
function narrowSource(i: number, type: FieldType): string {
  const refuse = `return refuse(rows, slot, ${i}, v)`
  if (type.check === 'text') return `if (typeof v !== 'string') ${refuse}`
  if (type.check === 'bool') return `if (typeof v !== 'boolean') ${refuse}`
  const check = `if (typeof v !== 'number') ${refuse}`
  if (type.kind === KIND.f64) return check
  if (type.kind === KIND.f32) return `${check}\n        v = Math.fround(v)`
  if (type.kind === KIND.range) {
    return `${check}
        const q = Math.round((v - ${type.min}) / ${type.step})
        if (!(q >= 0 && q <= ${rangeSteps(type)})) ${refuse}
        v = ${type.min} + q * ${type.step}`
  }
  return `${check}
        const r = Math.round(v) + 0
        if (!(r >= ${type.min} && r <= ${type.max})) ${refuse}
        v = r`
}

/** Writes a field that was set, if it is another value than before. That the row changes is handed over before what may throw. */
function publishSource(i: number, kind: Kind, type: FieldType): string {
  const bit = (1 << (i + 1)) | 0
  const write = `mask |= ${bit};`
  if (kind === KIND.any) {
    return `if ((m & ${bit}) !== 0 && (v = others[at + ${i}]) !== othersBefore[at + ${i}]) {
      ${write} list[changed] = slot; due.changed = changed + 1; w.position = p; d.primitive(v); p = w.position; bytes = w.bytes; view = w.view
    }`
  }
  const areFloats = kind === KIND.f64 || kind === KIND.f32
  const isOther = areFloats ? `(${differs('v', 'o')}) && (v === v || o === o)` : 'v !== o'
  return `if ((m & ${bit}) !== 0) {
      v = held[at + ${i}]; o = before[at + ${i}]
      if (${isOther}) { ${write} ${putSource(kind, type)} }
    }`
}

function putSource(kind: Kind, type: FieldType): string {
  if (kind === KIND.f64) return f64Source('v')
  if (kind !== KIND.range) return bareSource(kind, 'v')
  return `const q = Math.round((v - ${type.min}) / ${type.step}); ${stepSource(type)}`
}
