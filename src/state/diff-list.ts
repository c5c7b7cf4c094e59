/**
 * The change of a list: where elements went, came or moved, if they did, and what changed in those that stayed. Objects are
 * known again by who they are, primitives by their value.
 */
import { adopt, narrowed } from './adopt.js'
import type { Differ } from './differ.js'
import { expectLength } from './refused.js'
import {
  type Fields,
  isShadow,
  isStruct,
  type ListShadow,
  ProxyMark,
  type Published,
  SAME,
  samePrimitive,
} from './shadow.js'
import { writePublished } from './write-published.js'

/** The source of an element that was not there before. */
const NEW = -1

export function diffList(d: Differ, array: unknown[], shadow: ListShadow): ListShadow | typeof SAME {
  expectLength(array)
  const w = d.writer
  const start = w.position
  w.byte(0)
  if (shadow.type)
    for (let i = 0; i < array.length; i++) narrowed(array as unknown as Fields, i as never, array[i], shadow.type)
  const sources = arrangement(array, shadow.items)
  const items = sources ? writeArrangement(d, array, shadow, sources) : shadow.items
  const count = diffElements(d, array, shadow, items, sources)
  if (count === 0 && !sources) {
    w.position = start
    return SAME
  }
  w.insertUvarint(start, count * 2 + (sources ? 1 : 0))
  return shadow
}

function isSame(value: unknown, published: Published): boolean {
  if (!isShadow(published)) return samePrimitive(value, published)
  if (typeof value !== 'object' || value === null) return false
  return published.value === value || published.value === ProxyMark.get(value)?.target
}

/** For each element the index it had, or `NEW`; undefined if all are where they were. */
function arrangement(array: readonly unknown[], items: readonly Published[]): Int32Array | undefined {
  const count = array.length
  const before = items.length
  const least = Math.min(count, before)
  let from = 0
  while (from < least && isSame(array[from], items[from])) from++
  if (from === count && from === before) return undefined
  let tail = 0
  while (tail < least - from && isSame(array[count - 1 - tail], items[before - 1 - tail])) tail++
  if (count === before && !hasMoves(array, items, from, count - tail)) return undefined
  const sources = new Int32Array(count)
  for (let i = 0; i < from; i++) sources[i] = i
  for (let i = 0; i < tail; i++) sources[count - 1 - i] = before - 1 - i
  matchMiddle(array, items, from, count - tail, before - tail, sources)
  return sources
}

/** Whether elements of a list of the same length changed places, as opposed to being replaced where they are. */
function hasMoves(array: readonly unknown[], items: readonly Published[], from: number, to: number): boolean {
  const objects = new Set<object>()
  let differing = 0
  for (let i = from; i < to; i++) {
    const published = items[i]
    if (isSame(array[i], published)) continue
    differing++
    if (isShadow(published)) objects.add(published.value)
  }
  if (objects.size === 0) return differing > 1 && differing * 2 > to - from
  for (let i = from; i < to; i++) {
    const value = array[i]
    if (typeof value !== 'object' || value === null || isSame(value, items[i])) continue
    if (objects.has(ProxyMark.get(value)?.target ?? value)) return true
  }
  return false
}

function matchMiddle(
  array: readonly unknown[],
  items: readonly Published[],
  from: number,
  to: number,
  beforeTo: number,
  sources: Int32Array,
): void {
  // The first index of each element, and behind each index the next one of the same element.
  const first = new Map<unknown, number>()
  const next = new Int32Array(beforeTo - from).fill(NEW)
  for (let i = beforeTo - 1; i >= from; i--) {
    const published = items[i]
    const key = isShadow(published) ? published.value : published
    next[i - from] = first.get(key) ?? NEW
    first.set(key, i)
  }
  for (let i = from; i < to; i++) {
    const value = array[i]
    const key = typeof value === 'object' && value !== null ? (ProxyMark.get(value)?.target ?? value) : value
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
function writeArrangement(d: Differ, array: readonly unknown[], shadow: ListShadow, sources: Int32Array): Published[] {
  const w = d.writer
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
        const published = adopt(d, array[i], shadow.type)
        writePublished(w, d.shapes, published)
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
  d.later(() => (shadow.items = items))
  return items
}

function diffElements(
  d: Differ,
  array: readonly unknown[],
  shadow: ListShadow,
  items: readonly Published[],
  sources: Int32Array | undefined,
): number {
  const w = d.writer
  let count = 0
  let previous = -1
  for (let i = 0; i < items.length; i++) {
    const published = items[i]
    const value = array[i]
    if (!isShadow(published) ? samePrimitive(value, published) : sources?.[i] === NEW) continue
    const start = w.position
    w.uvarint(i - previous - 1)
    let next: Published | typeof SAME
    if (isStruct(published) && published.value === value) {
      next = d.changeStruct(published)
      if (next !== SAME) d.markElsewhere(published.value, published)
    } else {
      next = d.change(value, published, shadow.type)
    }
    if (next === SAME) {
      w.position = start
      continue
    }
    previous = i
    count++
    if (Object.is(next, published)) continue
    // The items that count are those after the arrangement, which is taken over first.
    d.later(() => (shadow.items[i] = next))
  }
  return count
}
