/**
 * Whether what is at a place is still as it was published, with all that is within it: the quick part of a comparison, which writes nothing and
 * may be wrong only in saying no.
 */
import type { Fields } from '../format/fields.js'
import {
  type CollectionShadow,
  type Comparison,
  HOLE,
  isShadow,
  isStruct,
  type Published,
  samePrimitive,
  type Shape,
} from '../shadow/shadow.js'

/**
 * The index of the first of `items` from `from` on that is not as it was published; `to` if all are. `objects` is what is there now;
 * undefined if those are known to be the objects that the shadows are of.
 */
export function nextChange(
  c: Comparison,
  objects: readonly unknown[] | undefined,
  items: readonly (Published | typeof HOLE)[],
  from: number,
  to: number,
): number {
  let i = from
  while (i < to) {
    const item = items[i]
    if (isShadow(item)) {
      if (item.sort === 'struct') {
        const { shape, value } = item
        if (isOfShape(items[i + 1], shape)) {
          const end = shape.code.sameRun(c, objects, items, i, to, shape)
          if (end === i) return i
          i = end
          continue
        }
        if ((objects !== undefined && objects[i] !== value) || !shape.code.same(c, value as Fields, item)) return i
      } else if (!c.same(objects === undefined ? item.value : objects[i], item)) return i
    } else if (objects !== undefined) {
      if (typeof item === 'number') {
        const end = sameNumbers(objects, items, i, to)
        if (end > i) {
          i = end
          continue
        }
      }
      const value = objects[i]
      if ((value !== item || value === 0) && item !== HOLE && !samePrimitive(value, item)) return i
    }
    i++
  }
  return to
}

/** The first index from `from` on where there are not two numbers that are the same. Compared by themselves numbers are quick. */
export function sameNumbers(
  values: readonly unknown[],
  items: readonly (Published | typeof HOLE)[],
  from: number,
  to: number,
): number {
  for (let i = from; i < to; i++) {
    const value = values[i]
    const item = items[i]
    if (typeof value !== 'number' || typeof item !== 'number') return i
    if (value !== item || (value === 0 && 1 / value !== 1 / item)) return i
  }
  return to
}

function isOfShape(item: Published | typeof HOLE, shape: Shape): boolean {
  return isStruct(item) && item.shape === shape
}

/** Whether a list has the elements that were published. */
export function sameList(c: Comparison, array: readonly unknown[], items: readonly Published[]): boolean {
  const { length } = items
  return array.length === length && nextChange(c, array, items, 0, length) === length
}

/** Whether a small record has the entries that were published, in their order. */
export function sameRecord(c: Comparison, target: Fields, { keys, values, size, isOdd }: CollectionShadow): boolean {
  if (isOdd) return false
  let slot = 0
  let count = 0
  for (const key in target) {
    while (keys[slot] === HOLE) slot++
    if (keys[slot] !== key || key === '__proto__' || !sameEntry(c, target[key], values[slot])) return false
    slot++
    count++
  }
  return count === size
}

const forEach = Map.prototype.forEach as (this: object, callback: (value: unknown, key: unknown) => void) => void

/** The same for a small Map. */
export function sameMap(c: Comparison, map: object, { keys, values, size }: CollectionShadow): boolean {
  let slot = 0
  let count = 0
  let isSame = true
  forEach.call(map, (value, key) => {
    if (!isSame) return
    while (keys[slot] === HOLE) slot++
    isSame = keys[slot] === key && sameEntry(c, value, values[slot])
    slot++
    count++
  })
  return isSame && count === size
}

function sameEntry(c: Comparison, value: unknown, published: Published | typeof HOLE): boolean {
  return isShadow(published) ? c.same(value, published) : samePrimitive(value, published)
}
