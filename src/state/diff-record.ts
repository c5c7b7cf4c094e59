/**
 * The change of a record: which entries went, which came, and what changed in those that stayed.
 */
import { adopt, narrowed, ownValue } from './adopt.js'
import type { Differ } from './differ.js'
import { type Fields, isShadow, isStruct, type Published, type RecordShadow, SAME, type Shadow } from './shadow.js'
import { diffStruct } from './shape-code-general.js'
import { writePublished, writeSlots } from './write-published.js'

export interface Structure {
  readonly removed: Set<number>
  /** Keys and values in the order in which slots are taken for them: freed ones from the end, then new ones. */
  readonly added: { readonly key: string; readonly value: unknown }[]
  /** What is now in slots whose entry may be another than the one that was published. */
  readonly current: Map<number, unknown>
}

export function diffRecord(d: Differ, target: Fields, shadow: RecordShadow): RecordShadow | typeof SAME {
  const w = d.writer
  const start = w.position
  w.byte(0)
  const structure = structureOfAll(target, shadow)
  const hasStructure = writeStructure(d, target, shadow, structure)
  const count = diffAll(d, target, shadow, structure)
  if (count === 0 && !hasStructure) {
    w.position = start
    return SAME
  }
  w.insertUvarint(start, count * 2 + (hasStructure ? 1 : 0))
  return shadow
}

function structureOfAll(target: Fields, shadow: RecordShadow): Structure {
  const structure: Structure = { removed: new Set(), added: [], current: new Map() }
  for (const key of Object.keys(target)) {
    const value = ownValue(target, key)
    if (value === undefined) continue
    const slot = shadow.slots.get(key)
    if (slot === undefined) structure.added.push({ key, value })
    else structure.current.set(slot, value)
  }
  if (structure.current.size < shadow.slots.size) {
    for (const slot of shadow.slots.values()) if (!structure.current.has(slot)) structure.removed.add(slot)
  }
  return structure
}

/** Writes what went and what came, and sees to it that the shadow learns of it. */
export function writeStructure(d: Differ, target: Fields, shadow: RecordShadow, structure: Structure): boolean {
  const { added } = structure
  const removed = [...structure.removed]
  if (removed.length === 0 && added.length === 0) return false
  const w = d.writer
  removed.sort((a, b) => a - b)
  w.uvarint(removed.length)
  writeSlots(w, removed)
  const free = [...shadow.free, ...removed]
  let end = shadow.values.length
  const entries: { slot: number; key: string; published: Published }[] = []
  for (const { key, value } of added) {
    const slot = free.pop() ?? end++
    entries.push({ slot, key, published: adopt(d, narrowed(target, key, value, shadow.type), shadow.type) })
  }
  const inOrder = entries.length > 1 ? [...entries].sort((a, b) => a.slot - b.slot) : entries
  w.uvarint(inOrder.length)
  let previous = -1
  for (const { slot, key, published } of inOrder) {
    w.uvarint(slot - previous - 1)
    w.text(key)
    writePublished(w, d.shapes, published)
    previous = slot
  }
  d.later(() => {
    for (const slot of removed) {
      const published = shadow.values[slot]
      shadow.remove(slot)
      if (isShadow(published)) published.home?.unstamp(published)
    }
  })
  d.onArrival(() => {
    for (const { slot, key, published } of entries) {
      shadow.free.pop()
      shadow.add(slot, key, published)
      shadow.tracked?.added(slot, published)
    }
    d.noticeSize(shadow)
  })
  return true
}

function diffAll(d: Differ, target: Fields, shadow: RecordShadow, structure: Structure): number {
  const { values, type } = shadow
  const slots = [...structure.current.keys()].sort((a, b) => a - b)
  let count = 0
  let previous = -1
  for (const slot of slots) {
    const published = values[slot] as Published
    const value = narrowed(target, shadow.keys[slot] as string, structure.current.get(slot), type)
    if (!diffEntry(d, shadow, slot, value, published, slot - previous - 1)) continue
    previous = slot
    count++
  }
  return count
}

/** Writes the distance to the slot and the change of its entry, if there is one. */
export function diffEntry(
  d: Differ,
  shadow: RecordShadow,
  slot: number,
  value: unknown,
  published: Published,
  distance: number,
): boolean {
  const w = d.writer
  const start = w.position
  w.uvarint(distance)
  let next: Published | typeof SAME
  if (isStruct(published) && published.value === value) {
    d.enter()
    next = diffStruct(d, value as Fields, published)
    d.leave()
    if (next !== SAME) d.markElsewhere(value, published)
  } else {
    const given = isShadow(published) && published.value === value ? proxyOf(published) : value
    next = d.change(given, published, shadow.type)
  }
  if (next === SAME) {
    w.position = start
    return false
  }
  if (!Object.is(next, published)) {
    const replaced = next
    d.later(() => {
      shadow.replace(slot, replaced)
      if (isShadow(published)) published.home?.unstamp(published)
      shadow.tracked?.added(slot, replaced)
    })
  }
  return true
}

function proxyOf(published: Shadow): object {
  return published.sort === 'record' ? ((published as RecordShadow).tracked?.proxy ?? published.value) : published.value
}
