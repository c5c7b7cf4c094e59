/**
 * The change of a tracked record, which knows what is to be looked at. This is where most of the time goes.
 */
import { narrowed, ownValue } from './adopt.js'
import { diffEntry, type Structure, writeStructure } from './diff-record.js'
import type { Differ } from './differ.js'
import { type Fields, HOLE, isShadow, isStruct, type Published, type RecordShadow, SAME } from './shadow.js'
import type { TrackedRecord } from './tracked-record.js'

export function diffTracked(d: Differ, tracked: TrackedRecord): RecordShadow | typeof SAME {
  if (!tracked.isDirty && !tracked.due.hasWatched) return SAME
  const w = d.writer
  const { shadow } = tracked
  const start = w.position
  w.position = start + 1
  d.visited[d.visitedCount++] = tracked
  tracked.isDirty = false
  const structure = tracked.isTouched ? structureOfTouched(shadow, tracked) : undefined
  const hasStructure = structure !== undefined && writeStructure(d, tracked.target, shadow, structure)
  d.enter()
  const count = diffDue(d, shadow, tracked, structure)
  d.leave()
  if (count === 0 && !hasStructure) {
    w.position = start
    return SAME
  }
  const head = count * 2 + (hasStructure ? 1 : 0)
  if (head < 0x80) w.bytes[start] = head
  else w.insertUvarint(start, head)
  return shadow
}

function structureOfTouched(shadow: RecordShadow, tracked: TrackedRecord): Structure {
  const { target } = tracked
  const structure: Structure = { removed: new Set(), added: [], current: new Map() }
  for (const key of tracked.touched) {
    const value = Object.hasOwn(target, key) && isEnumerable(target, key) ? ownValue(target, key) : undefined
    const slot = shadow.slots.get(key)
    if (slot === undefined) {
      if (value !== undefined) structure.added.push({ key, value })
    } else if (value === undefined) {
      structure.removed.add(slot)
    } else {
      structure.current.set(slot, value)
      tracked.due.mark(slot)
    }
  }
  return structure
}

function isEnumerable(target: Fields, key: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(target, key)
}

function diffDue(d: Differ, shadow: RecordShadow, tracked: TrackedRecord, structure: Structure | undefined): number {
  const { values } = shadow
  const { due } = tracked
  const handedOut = due.collect()
  const { list, count } = due
  // The slots that were assigned or removed, which are not compared as rows.
  const stops = structure === undefined ? NO_STOPS : stopsOf(structure)
  let stop = 0
  for (let i = 0; i < count;) {
    const slot = list[i] as number
    const entry = values[slot]
    while (stop < stops.length && (stops[stop] as number) < slot) stop++
    if (stops[stop] !== slot && isStruct(entry) && entry.rows !== undefined) {
      if (stop < stops.length) due.count = indexOf(list, stops[stop] as number, i, count)
      d.enter()
      i = entry.shape.code.diffDue(d, tracked, entry.shape, i)
      d.leave()
      due.count = count
      continue
    }
    if (diffOther(d, shadow, tracked, structure, slot, entry, slot - due.previous - 1)) due.noteChanged(slot)
    i++
  }
  tracked.looked(handedOut)
  return due.changed
}

const NO_STOPS: readonly number[] = []

function stopsOf({ current, removed }: Structure): number[] {
  return [...current.keys(), ...removed].sort((a, b) => a - b)
}

/** Where in an ascending list the first slot is that is not below `slot`. */
function indexOf(list: Int32Array, slot: number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as number) < slot) low = middle + 1
    else high = middle
  }
  return low
}

/** Entries that have no row, or were assigned. */
function diffOther(
  d: Differ,
  shadow: RecordShadow,
  tracked: TrackedRecord,
  structure: Structure | undefined,
  slot: number,
  published: Published | typeof HOLE | undefined,
  distance: number,
): boolean {
  if (published === undefined || published === HOLE) return false
  let value = structure?.current.get(slot)
  if (value === undefined) {
    // What is removed in this patch, and primitives, which change only when they are assigned.
    if (!isShadow(published) || structure?.removed.has(slot)) return false
    value = published.value
  } else {
    value = narrowed(tracked.target, shadow.keys[slot] as string, value, shadow.type)
  }
  return diffEntry(d, shadow, slot, value, published, distance)
}
