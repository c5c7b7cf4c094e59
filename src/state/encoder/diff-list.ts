/**
 * The change of a list: where elements went, came or moved, if they did, and what changed in those that stayed. Objects are
 * known again by who they are, primitives by their value.
 */
import { isShadow, type ListShadow, type Published, type Run, SAME, samePrimitive } from '../shadow/shadow.js'
import { targetOf } from '../tracking/record-source.js'
import { adopt, narrowed } from './adopt.js'
import type { Differ } from './differ.js'
import { diffItems } from './diff-items.js'
import { nextChange, sameNumbers } from './next-change.js'
import { expectLength } from './refused.js'
import { writePublished } from './write-published.js'

/** The source of an element that was not there before. */
const NEW = -1

export function diffList(c: Differ, array: unknown[], shadow: ListShadow): ListShadow | typeof SAME {
  const { items } = shadow
  const count = array.length
  if (count !== items.length) return rearrange(c, array, shadow)
  const from = nextChange(c, array, items, 0, count)
  if (from === count) return SAME
  const replaced: number[] = []
  const isFlat = findReplaced(array, items, from, replaced)
  if (isFlat && replaced.length === 0) return SAME
  if (replaced.length > 0 && hasMoves(array, items, replaced)) return rearrange(c, array, shadow)
  const w = c.writer
  const start = w.position
  w.byte(0)
  const run = elementsOf(shadow, array, from)
  if (isFlat) for (const i of replaced) diffElement(c, run, i)
  else diffItems(c, run, from, count, diffElement)
  if (run.count === 0) {
    w.position = start
    return SAME
  }
  w.insertUvarint(start, run.count * 2)
  return shadow
}

/** The elements of a list as a run. */
interface Elements extends Run {
  readonly shadow: ListShadow
  readonly objects: unknown[]
}

function elementsOf(shadow: ListShadow, objects: unknown[], changedAt: number): Elements {
  const { items } = shadow
  return { shadow, items, objects, keys: undefined, watching: undefined, changedAt, previous: -1, count: 0 }
}

/** Finds where from `from` on another object, or primitive, stands than before. Gives whether there are primitives alone. */
function findReplaced(
  array: readonly unknown[],
  items: readonly Published[],
  from: number,
  replaced: number[],
): boolean {
  let isFlat = true
  for (let i = from; i < items.length; i++) {
    if (typeof items[i] === 'number') {
      i = sameNumbers(array, items, i, items.length)
      if (i === items.length) break
    }
    const item = items[i]
    const value = array[i]
    if (isShadow(item)) {
      isFlat = false
      if (value !== item.value && !isRecord(value, item.value)) replaced.push(i)
    } else if ((value !== item || value === 0) && !samePrimitive(value, item)) replaced.push(i)
  }
  return isFlat
}

/** Elements came, went or changed places. */
function rearrange(c: Differ, array: unknown[], shadow: ListShadow): ListShadow {
  expectLength(array)
  const w = c.writer
  const start = w.position
  w.byte(0)
  const sources = sourcesOf(array, shadow.items)
  const items = writeArrangement(c, array, shadow, sources)
  const before = shadow.items
  c.log.step(() => (shadow.items = before))
  shadow.items = items
  const run = elementsOf(shadow, array, NEW)
  let from = 0
  for (let i = 0; i <= sources.length; i++) {
    if (i < sources.length && sources[i] !== NEW) continue
    diffItems(c, run, from, i, diffElement)
    from = i + 1
  }
  w.insertUvarint(start, run.count * 2 + 1)
  return shadow
}

function isSame(value: unknown, published: Published): boolean {
  if (!isShadow(published)) return samePrimitive(value, published)
  // What is a large record at another place, behind a Proxy there, may be a struct here.
  return value === published.value || isRecord(value, published.value)
}

function isRecord(value: unknown, record: object): boolean {
  return typeof value === 'object' && value !== null && targetOf(value) === record
}

/** Whether elements of a list of the same length changed places, as opposed to being replaced where they are. */
function hasMoves(array: readonly unknown[], items: readonly Published[], replaced: readonly number[]): boolean {
  const objects = new Set<object>()
  for (const i of replaced) {
    const published = items[i]
    if (isShadow(published)) objects.add(published.value)
  }
  if (objects.size === 0) {
    const span = (replaced[replaced.length - 1] ?? 0) - (replaced[0] ?? 0) + 1
    return replaced.length > 1 && replaced.length * 2 > span
  }
  return replaced.some((i) => {
    const value = array[i]
    return typeof value === 'object' && value !== null && objects.has(targetOf(value))
  })
}

/** For each element the index it had, or `NEW`. */
function sourcesOf(array: readonly unknown[], items: readonly Published[]): number[] {
  const count = array.length
  const before = items.length
  const least = Math.min(count, before)
  let from = 0
  while (from < least && isSame(array[from], items[from])) from++
  let tail = 0
  while (tail < least - from && isSame(array[count - 1 - tail], items[before - 1 - tail])) tail++
  // Small typed arrays cost more to make than to fill.
  const sources = new Array<number>(count)
  for (let i = 0; i < from; i++) sources[i] = i
  for (let i = 0; i < tail; i++) sources[count - 1 - i] = before - 1 - i
  matchMiddle(array, items, from, count - tail, before - tail, sources)
  return sources
}

function matchMiddle(
  array: readonly unknown[],
  items: readonly Published[],
  from: number,
  to: number,
  beforeTo: number,
  sources: number[],
): void {
  if (from === beforeTo) {
    sources.fill(NEW, from, to)
    return
  }
  // The first index of each element, and behind each index the next one of the same element.
  const first = new Map<unknown, number>()
  const next = new Array<number>(beforeTo - from)
  for (let i = beforeTo - 1; i >= from; i--) {
    const published = items[i]
    const key = isShadow(published) ? published.value : published
    next[i - from] = first.get(key) ?? NEW
    first.set(key, i)
  }
  for (let i = from; i < to; i++) {
    const value = array[i]
    const key = typeof value === 'object' && value !== null ? targetOf(value) : value
    const source = first.get(key)
    // A Map does not tell 0 from -0.
    if (source === undefined || source === NEW || !isSame(value, items[source])) {
      sources[i] = NEW
      continue
    }
    sources[i] = source
    first.set(key, next[source - from] as number)
  }
}

/** Writes runs: elements that were next to each other before, or new ones. */
function writeArrangement(c: Differ, array: unknown[], shadow: ListShadow, sources: readonly number[]): Published[] {
  const w = c.writer
  const items: Published[] = []
  const runsAt = w.position
  w.byte(0)
  let runs = 0
  let expected = 0
  for (let from = 0; from < sources.length; runs++) {
    const source = sources[from] as number
    let to = from + 1
    while (to < sources.length && sources[to] === (source === NEW ? NEW : source + to - from)) to++
    w.uvarint((to - from) * 2 + (source === NEW ? 1 : 0))
    if (source === NEW) {
      for (let i = from; i < to; i++) {
        const published = adopt(c, narrowed(array, i, array[i], shadow.type), shadow.type, array, i)
        writePublished(c, published)
        items.push(published)
      }
    } else {
      const jump = source - expected
      w.uvarint(jump < 0 ? -1 - jump * 2 : jump * 2)
      for (let i = from; i < to; i++) items.push(shadow.items[sources[i] as number])
      expected = source + to - from
    }
    from = to
  }
  w.insertUvarint(runsAt, runs)
  return items
}

/** Writes the distance to an element and its change, if it changed. */
function diffElement(c: Differ, run: Elements, i: number): void {
  const { shadow, items, objects } = run
  const w = c.writer
  const start = w.position
  w.uvarint(i - run.previous - 1)
  const published = items[i] as Published
  const next = c.change(objects[i], published, shadow.type, objects, i)
  if (next === SAME) {
    w.position = start
    return
  }
  run.previous = i
  run.count++
  if (Object.is(next, published)) return
  c.log.step(() => (items[i] = published))
  items[i] = next
}
