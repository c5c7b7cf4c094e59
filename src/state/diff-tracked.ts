/**
 * The change of a tracked record, which knows what is to be looked at. This is where most of the time goes.
 */
import { narrowed, ownValue } from './adopt.js'
import { diffEntry, type Structure, writeStructure } from './diff-record.js'
import type { Differ } from './differ.js'
import { type Fields, HOLE, isShadow, isStruct, type RecordShadow, SAME } from './shadow.js'
import { type TrackedRecord, WHOLE_PART } from './tracked-record.js'

export function diffTracked(d: Differ, tracked: TrackedRecord): RecordShadow | typeof SAME {
  const { due, shadow } = tracked
  if (!tracked.isDirty && !due.hasWatched) return SAME
  const w = d.writer
  const start = w.position
  w.position = start + 1
  tracked.comparison = d.comparison
  tracked.isDirty = false
  due.changed = 0
  let hasStructure = false
  if (tracked.isTouched) {
    const structure = structureOfTouched(shadow, tracked)
    hasStructure = writeStructure(d, tracked.target, shadow, structure)
    d.later(() => tracked.forgetTouched())
    due.collect()
    d.enter()
    diffDueAround(d, tracked, structure)
  } else {
    due.collect()
    d.enter()
    for (let i = 0; i < due.count;) i = diffSome(d, tracked, shadow, i)
  }
  d.leave()
  // Most often there is nothing to learn from it.
  if (tracked.wholeLeft > 0 || due.hasWatched || due.marked * WHOLE_PART > shadow.slots.size) tracked.looked()
  const head = due.changed * 2 + (hasStructure ? 1 : 0)
  if (head === 0) {
    w.position = start
    return SAME
  }
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

/** Looks at what is due where some slots were assigned or removed: those are not compared as rows. */
function diffDueAround(d: Differ, tracked: TrackedRecord, structure: Structure): void {
  const { due, shadow } = tracked
  const { list, count } = due
  const stops = stopsOf(structure)
  let stop = 0
  for (let i = 0; i < count;) {
    const slot = list[i] as number
    const entry = shadow.values[slot]
    while (stop < stops.length && (stops[stop] as number) < slot) stop++
    if (stops[stop] !== slot && isStruct(entry) && entry.rows !== undefined) {
      if (stop < stops.length) due.count = indexOf(list, stops[stop] as number, i, count)
      i = diffSome(d, tracked, shadow, i)
      due.count = count
      continue
    }
    diffOther(d, tracked, structure, slot)
    i++
  }
}

function stopsOf({ current, removed }: Structure): number[] {
  return [...current.keys(), ...removed].sort((a, b) => a - b)
}

/** As many of those that are due as are like the next one. Gives the index of the first that is not. */
function diffSome(d: Differ, tracked: TrackedRecord, { rows, values }: RecordShadow, from: number): number {
  const slot = tracked.due.list[from] as number
  // The shadow of an entry is far away in memory: most do without.
  if (rows !== undefined && slot < rows.slots) {
    const { usual } = rows
    if (usual !== undefined && rows.shapes[slot] === usual.number) return usual.code.diffDue(d, tracked, usual, from)
  }
  const entry = values[slot]
  if (isStruct(entry) && entry.rows !== undefined) return entry.shape.code.diffDue(d, tracked, entry.shape, from)
  diffOther(d, tracked, undefined, slot)
  return from + 1
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
function diffOther(d: Differ, tracked: TrackedRecord, structure: Structure | undefined, slot: number): void {
  const { due, shadow } = tracked
  const published = shadow.values[slot]
  if (published === undefined || published === HOLE) return
  let value = structure?.current.get(slot)
  if (value === undefined) {
    // What is removed in this patch, and primitives, which change only when they are assigned.
    if (!isShadow(published) || structure?.removed.has(slot)) return
    value = published.value
  } else {
    value = narrowed(tracked.target, shadow.keys[slot] as string, value, shadow.type)
  }
  if (diffEntry(d, shadow, slot, value, published, slot - due.previous - 1)) tracked.noteChanged(slot)
}
