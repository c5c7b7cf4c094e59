/**
 * The source of the code of a shape. Only keys and numbers go into it, the keys as JSON texts. One function goes through a struct and the
 * structs that were seen within it; where others are found in their place, it calls the comparison.
 *
 * What it calls of the comparison and the writer may write and nest, so before each call the local position is handed over, and taken back
 * behind it. What is taken over into the shadows so far is handed over before anything that may throw, getters of objects included.
 */
import { KIND, type Kind } from '../format/state-format.js'
import { containerSource, fieldSource, sameSource, TAKE_BACK } from './field-source.js'
import { type Layout, layoutsOf, nodeOf, type Plan, type PlanNode } from './layout.js'

/** The class of the shadows of a layout. */
export function shadowSource({ keys }: Layout): string {
  return `'use strict'
return class Shadow {
  constructor(value, shape, a) {
    this.sort = 'struct'; this.value = value; this.shape = shape
    ${keys.map((_, i) => `this.f${i} = a[${i}]`).join('; ')}
  }
  get(i) { switch (i) { ${keys.map((_, i) => `case ${i}: return this.f${i}`).join('; ')} } }
  set(i, v) { switch (i) { ${keys.map((_, i) => `case ${i}: this.f${i} = v; break`).join('; ')} } }
}`
}

/** The body of a function of `SAME`, `change`, `putNumber` and the layouts of a plan that gives what compares. */
export function shapeSource(plan: Plan): string {
  const root = nodeOf(plan)
  const layouts = layoutsOf(plan).map((_, i) => `L${i} = layouts[${i}]`)
  return `'use strict'
const ${layouts.join(', ')}
${sameFunctions(root)}
function same(c, e, s) { return same0(c, e, s) }
${sameRunSource}
${diffSource({ ...root, within: [] })}
${diffRunSource(root)}
return { same, sameRun, diff, diffRun }`
}

function sameFunctions(node: PlanNode): string {
  const { keys, ghosts } = node.layout
  const conditions = [
    `n === ${keys.length + ghosts.length}`,
    ...ghosts.map((key) => `!(${lacks('e', key)})`),
    ...keys.map((_, i) => sameSource(node, i)),
  ]
  return `${node.within.map((inner) => (inner ? sameFunctions(inner) : '')).join('')}
function same${node.number}(c, e, s) {
  let n = 0, v, o
  for (const key in e) n++
  return ${conditions.join(' && ')}
}`
}

/** An own key that is there and undefined is another one, or gone. */
function lacks(object: string, key: string): string {
  const name = JSON.stringify(key)
  return `${object}[${name}] !== undefined || !(${name} in ${object})`
}

const sameRunSource = `function sameRun(c, objects, shadows, from, to, shape) {
  for (let i = from; i < to; i++) {
    const s = shadows[i]
    if (s === null || typeof s !== 'object' || s.shape !== shape) return i
    const e = s.value
    if (objects !== undefined && objects[i] !== e) return i
    if (!same0(c, e, s)) return i
  }
  return to
}`

const LOCALS = `const w = c.writer, log = c.log, numbers = log.numbers, fields = log.fields
  let bytes = w.bytes, view = w.view, limit = w.limit, p = w.position, k = log.count, r, v, o`
const GROW = `if (p > limit) { w.position = p; w.ensure(0); ${TAKE_BACK} }`

function diffSource(root: PlanNode): string {
  return `function diff(c, e0, s0) {
  ${LOCALS}
  ${readSource(root)}
  if (${misfitSource(root)}) return c.reshape(e0, s0)
  ${fieldsSource(root, '')}
  log.count = k
  if (m0 === 0) { w.position = at0; return SAME }
  ${maskSource(root)}
  w.position = p
  w.ensure(0)
  return s0
}`
}

/** Those that are as they were are passed quickly. That is not tried behind one that was not. */
function diffRunSource(root: PlanNode): string {
  const key = 'if (keys !== undefined) c.outerKey = keys[i]'
  return `function diffRun(c, run, from, to, shape) {
  const items = run.items, objects = run.objects, keys = run.keys
  ${LOCALS}
  let i = from, hasChanged = run.changedAt === from
  for (; i < to; i++) {
    if (!hasChanged && (i = sameRun(c, objects, items, i, to, shape)) === to) break
    hasChanged = false
    const s0 = items[i]
    if (s0 === null || typeof s0 !== 'object' || s0.shape !== shape) break
    const e0 = s0.value
    if (objects !== undefined && objects[i] !== e0) break
    const start = p, distance = i - run.previous - 1
    if (distance < 128) bytes[p++] = distance
    else { w.position = p; w.uvarint(distance); ${TAKE_BACK} }
    ${readSource(root)}
    if (${misfitSource(root)}) {
      w.position = p; log.count = k; ${key}
      r = c.reshape(e0, s0)
      ${TAKE_BACK}
      if (r === SAME) { p = start; continue }
    } else {
      ${fieldsSource(root, key)}
      if (m0 === 0) { p = start; continue }
      ${maskSource(root)}
      log.count = k
      ${GROW}
      r = s0
    }
    hasChanged = true
    if (r === s0 && !c.marks && run.watching === undefined) { run.previous = i; run.count++ }
    else { w.position = p; log.count = k; ${key}; c.changed(run, i, s0, r); ${TAKE_BACK} }
  }
  w.position = p
  log.count = k
  return i
}`
}

/** Counts the keys of an object and reads its fields. */
function readSource({ layout, number: j }: PlanNode): string {
  const values = layout.keys.map((key, i) => `v${j}_${i} = e${j}[${JSON.stringify(key)}]`)
  return `const at${j} = p
  let n${j} = 0, m${j} = 0
  for (const key in e${j}) n${j}++
  ${values.length > 0 ? `const ${values.join(', ')}` : ''}`
}

/** Nothing may be written, and no shadow made, before it is known that no key is missing. */
function misfitSource({ layout, number: j }: PlanNode): string {
  const { keys, ghosts } = layout
  return [
    `n${j} !== ${keys.length + ghosts.length}`,
    ...keys.map((_, i) => `v${j}_${i} === undefined`),
    ...ghosts.map((key) => lacks(`e${j}`, key)),
  ].join(' || ')
}

function maskBytesOf({ layout }: PlanNode): number {
  return (layout.keys.length + 8) >> 3
}

function maskSource(node: PlanNode): string {
  const { number: j } = node
  return Array.from({ length: maskBytesOf(node) }, (_, i) => `bytes[at${j} + ${i}] = m${j} >>> ${8 * i}`).join('; ')
}

/** Compares, writes and takes over the fields of a struct, behind room for its mask. `entry` says in which entry that is. */
function fieldsSource(node: PlanNode, entry: string): string {
  const { keys, kinds, types } = node.layout
  const fields = keys.map((key, i) => {
    const name = JSON.stringify(key)
    const inner = node.within[i]
    const type = types[i]
    if (inner !== undefined) return innerSource(node, inner, i, name, entry)
    return fieldSource({ node, i, name, kind: kinds[i] as Kind, type, entry })
  })
  return `p += ${maskBytesOf(node)}${fields.join('')}`
}

/** A field that had a struct of a known layout when the code was made, and most often has. */
function innerSource(node: PlanNode, inner: PlanNode, i: number, name: string, entry: string): string {
  const { number: j } = node
  const { number: q } = inner
  const other = containerSource({ node, i, name, kind: KIND.any, type: undefined, entry })
  return `
  o = s${j}.f${i}
  if (typeof o === 'object' && o !== null && o.sort === 'struct' && o.value === v${j}_${i} && o.shape.layout === L${q} && !c.marks) {
    const e${q} = v${j}_${i}, s${q} = o
    log.count = k
    ${readSource(inner)}
    if (${misfitSource(inner)}) { ${other} }
    else {
      ${fieldsSource(inner, entry)}
      if (m${q} === 0) p = at${q}
      else { ${maskSource(inner)}; m${j} |= ${(1 << (i + 1)) | 0} }
    }
  } else if (v${j}_${i} !== o) { ${other} }`
}
