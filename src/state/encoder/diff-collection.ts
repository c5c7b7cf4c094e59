/**
 * The change of a record or a Map: which entries went, which came, and what changed in those that stayed. Of large ones only those are looked
 * at that were read or changed; how that is known is in `tracking/`, and when, in `watching.ts`.
 */
import type { Fields, Key } from '../format/fields.js'
import { type CollectionShadow, HOLE, isShadow, isStruct, type Published, type Run, SAME } from '../shadow/shadow.js'
import { adopt, isKey, narrowed, ownValue } from './adopt.js'
import type { Differ } from './differ.js'
import { diffItems } from './diff-items.js'
import { REFUSED } from './refused.js'
import { type Accesses, readAccesses } from './accesses.js'
import { isOddFor } from './is-odd-for.js'
import { isUnread } from './is-unread.js'
import { settle, tellOthers, unwatch } from './watcher.js'
import { writeKey, writePublished, writeSlots } from './write-published.js'

/** Which entries went and which came. */
interface Structure {
  readonly gone: number[]
  readonly come: Key[]
}

const {
  get: getOfMap,
  forEach,
  keys: keysOfMap,
  values: valuesOfMap,
} = Map.prototype as unknown as {
  readonly get: (this: object, key: Key) => unknown
  readonly forEach: (this: object, callback: (value: unknown, key: unknown) => void) => void
  readonly keys: (this: object) => MapIterator<unknown>
  readonly values: (this: object) => MapIterator<unknown>
}

/** Whether nothing of a large collection was touched since it was last compared. */
export function isUntouched(c: Differ, value: unknown, shadow: CollectionShadow): boolean {
  return !c.isComplete && value === shadow.source?.face && isUnread(shadow)
}

export function diffCollection(
  c: Differ,
  given: object,
  shadow: CollectionShadow,
  isOther: boolean,
  holder: object,
  key: Key,
): CollectionShadow | typeof SAME {
  if (!isOther && shadow.source !== undefined && isUntouched(c, given, shadow)) return SAME
  if (isOther) {
    shadow.isOdd = shadow.sort === 'record' && isOddFor(shadow.value, [])
    unwatch(shadow)
  }
  const w = c.writer
  const start = w.position
  w.byte(0)
  const isWatched = shadow.source?.face === given && !c.isComplete
  const accesses = isWatched ? readAccesses(shadow) : undefined
  const [count, isStructural, isReplaced] = accesses ? diffAccessed(c, shadow, accesses) : diffAll(c, shadow)
  if (shadow.sort === 'record' && shadow.source?.face !== given && tellOthers(shadow)) c.hasAgain = true
  settle(c, shadow, accesses, isStructural || isReplaced, given, holder, key)
  if (count === 0 && !isStructural) {
    w.position = start
    return SAME
  }
  w.insertUvarint(start, count * 2 + (isStructural ? 1 : 0))
  return shadow
}

/** How many entries changed, whether any came or went, and whether one is another object, or primitive, than before. */
type Written = readonly [changed: number, isStructural: boolean, isReplaced: boolean]

function currentValue(shadow: CollectionShadow, key: Key): unknown {
  return shadow.sort === 'map' ? getOfMap.call(shadow.value, key) : ownValue(shadow.value as Fields, key as string)
}

/** The entries of a collection as a run. Whatever is changed in it lies in an entry. */
interface Entries extends Run {
  readonly shadow: CollectionShadow
  isReplaced: boolean
}

function entriesIn(shadow: CollectionShadow, objects: readonly unknown[] | undefined): Entries {
  const isWatched = shadow.source !== undefined
  return {
    shadow,
    items: shadow.values,
    objects,
    keys: isWatched ? shadow.keys : undefined,
    watching: isWatched && objects !== undefined ? shadow : undefined,
    changedAt: -1,
    previous: -1,
    count: 0,
    isReplaced: false,
  }
}

function diffAccessed(c: Differ, shadow: CollectionShadow, accesses: Accesses): Written {
  const { slots, isWhole, hasSet, unseen } = accesses
  const isStructural = accesses.gone.length + accesses.come.length > 0
  if (isStructural) writeStructure(c, shadow, accesses)
  const end = shadow.values.length
  const run = entriesIn(shadow, undefined)
  const { outer, outerKey } = c
  c.enterEntry(shadow, '')
  let from = 0
  for (const slot of slots) {
    if (isWhole) diffItems(c, run, from, slot, diffEntry)
    from = slot + 1
    const before = run.count
    run.changedAt = slot
    if (hasSet && isReplaced(shadow, slot)) diffEntry(c, run, slot)
    else diffItems(c, run, slot, from, diffEntry)
    if (run.count > before && unseen.includes(slot)) shadow.watchSlot(slot)
  }
  if (isWhole) diffItems(c, run, from, end, diffEntry)
  c.leaveEntry(outer, outerKey)
  return [run.count, isStructural, false]
}

/** Whether there is another object, or anything else than an object, at a slot. */
function isReplaced({ keys, values, sort, value }: CollectionShadow, slot: number): boolean {
  const published = values[slot]
  if (!isStruct(published)) return true
  const key = keys[slot] as Key
  return (sort === 'map' ? getOfMap.call(value, key) : (value as Fields)[key]) !== published.value
}

/** Looks at everything. Most often all entries are the objects that were published: then nothing is noted of them. */
function diffAll(c: Differ, shadow: CollectionShadow): Written {
  if (shadow.source === undefined && shadow.sort === 'map' && hasSameObjects(shadow)) {
    const run = entriesIn(shadow, undefined)
    diffItems(c, run, 0, shadow.values.length, diffEntry)
    return [run.count, false, false]
  }
  const end = shadow.values.length
  const current = new Array<unknown>(end)
  const structure = entriesOf(shadow, current)
  const isStructural = structure.gone.length + structure.come.length > 0
  if (isStructural) writeStructure(c, shadow, structure)
  const run = entriesIn(shadow, current)
  const { outer, outerKey } = c
  c.enterEntry(shadow, '')
  diffItems(c, run, 0, end, diffEntry)
  c.leaveEntry(outer, outerKey)
  return [run.count, isStructural, run.isReplaced]
}

/** In the place of a slot whose entry was not met. */
const GONE = Symbol('gone')

const NO_STRUCTURE: Structure = { gone: [], come: [] }

function entriesOf(shadow: CollectionShadow, current: unknown[]): Structure {
  if (shadow.sort === 'map') {
    return isMapAsBefore(shadow, current) ? NO_STRUCTURE : entriesOfMap(shadow, current.fill(GONE))
  }
  const isAsBefore = !shadow.isOdd && areAsBefore(shadow, current)
  return isAsBefore ? NO_STRUCTURE : entriesOfRecord(shadow, current.fill(GONE))
}

/** Whether a Map has nothing but the structs and lists that were published, in their order: the same objects, whatever is in them. */
function hasSameObjects({ keys, values, value, size }: CollectionShadow): boolean {
  let at = 0
  for (const entry of valuesOfMap.call(value)) {
    while (keys[at] === HOLE) at++
    const published = values[at++]
    if (!isShadow(published) || published.value !== entry) return false
  }
  let met = 0
  at = 0
  for (const key of keysOfMap.call(value)) {
    while (keys[at] === HOLE) at++
    if (keys[at++] !== key) return false
    met++
  }
  return met === size
}

/** The same of a Map. */
function isMapAsBefore({ keys, value, size }: CollectionShadow, current: unknown[]): boolean {
  let at = 0
  let met = 0
  const present = keysOfMap.call(value)
  for (const entry of valuesOfMap.call(value)) {
    while (keys[at] === HOLE) at++
    if (keys[at] !== present.next().value) return false
    current[at++] = entry
    met++
  }
  return met === size
}

/** From so many entries on, asking an object for all of its keys takes less time than going through them. */
const MANY_ENTRIES = 64

/** Whether the keys of a record are those that were published, in their order, which most often is so. */
function areAsBefore(shadow: CollectionShadow, current: unknown[]): boolean {
  if (shadow.size >= MANY_ENTRIES) return areManyAsBefore(shadow, current)
  const { keys, value, size } = shadow
  const target = value as Fields
  let at = 0
  let met = 0
  for (const key in target) {
    while (keys[at] === HOLE) at++
    if (keys[at] !== key || key === '__proto__') return false
    const entry = target[key]
    if (entry === undefined) return false
    current[at++] = entry
    met++
  }
  return met === size
}

function areManyAsBefore({ keys, value, size }: CollectionShadow, current: unknown[]): boolean {
  const target = value as Fields
  const present = Object.keys(target)
  if (present.length !== size) return false
  let at = 0
  for (let i = 0; i < size; i++) {
    const key = present[i] as string
    while (keys[at] === HOLE) at++
    if (keys[at] !== key || key === '__proto__') return false
    const entry = target[key]
    if (entry === undefined) return false
    current[at++] = entry
  }
  return true
}

/** The entries of a record are met in the order of their slots, mostly. Their order is not state. */
function entriesOfRecord(shadow: CollectionShadow, current: unknown[]): Structure {
  const { keys } = shadow
  const target = shadow.value as Fields
  const come: Key[] = []
  let at = 0
  let met = 0
  const meet = (key: string): void => {
    while (keys[at] === HOLE) at++
    const slot = keys[at] === key ? at : shadow.slotOf(key)
    const value = ownValue(target, key)
    if (value === undefined) return
    if (slot === undefined) {
      if (Object.hasOwn(target, key)) come.push(key)
      return
    }
    current[slot] = value
    at = slot + 1
    met++
  }
  if (shadow.isOdd) for (const key of Object.keys(target)) meet(key)
  else for (const key in target) meet(key)
  return { gone: met === shadow.size ? [] : goneOf(shadow, current), come }
}

/** Those of a Map are, until one is met that lay before: it, and all behind it, went and came again. */
function entriesOfMap(shadow: CollectionShadow, current: unknown[]): Structure {
  const { keys } = shadow
  const come: Key[] = []
  let at = 0
  let met = 0
  forEach.call(shadow.value, (value, key) => {
    if (!isKey(key)) throw REFUSED
    while (keys[at] === HOLE) at++
    const slot = keys[at] === key ? at : shadow.slotOf(key)
    if (come.length > 0 || slot === undefined || slot < at) {
      come.push(key)
      return
    }
    current[slot] = value
    at = slot + 1
    met++
  })
  return { gone: met === shadow.size ? [] : goneOf(shadow, current), come }
}

function goneOf({ keys }: CollectionShadow, current: readonly unknown[]): number[] {
  const gone: number[] = []
  for (let slot = 0; slot < keys.length; slot++) if (keys[slot] !== HOLE && current[slot] === GONE) gone.push(slot)
  return gone
}

/** Writes what went and what came. */
function writeStructure(c: Differ, shadow: CollectionShadow, { gone, come }: Structure): void {
  const w = c.writer
  const { keys, values } = shadow
  w.uvarint(gone.length)
  writeSlots(w, gone)
  const before = gone.map((slot) => [keys[slot] as Key, values[slot] as Published] as const)
  for (const slot of gone) {
    const published = values[slot]
    if (isShadow(published)) c.homes.unregister(published.value, shadow)
    shadow.remove(slot)
  }
  const end = values.length
  c.log.step(() => {
    while (values.length > end) shadow.unadd()
    gone.forEach((slot, i) => shadow.unremove(slot, ...(before[i] as readonly [Key, Published])))
  })
  w.uvarint(come.length)
  for (const key of come) {
    if (!isKey(key)) throw REFUSED
    const value = narrowed(shadow.value, key, currentValue(shadow, key), shadow.type)
    const { outer, outerKey } = c
    c.enterEntry(shadow, key)
    const published = adopt(c, value, shadow.type, shadow.value, key)
    c.leaveEntry(outer, outerKey)
    writeKey(w, key)
    writePublished(c, published)
    shadow.add(key, published)
    if (isShadow(published)) registerEntry(c, shadow, values.length - 1, published.value)
  }
  c.restructured(shadow)
}

/** It may well be changed through the variable that it came from. */
function registerEntry(c: Differ, shadow: CollectionShadow, slot: number, object: object): void {
  if (shadow.source === undefined) return
  shadow.watchSlot(slot)
  c.homes.register(object, shadow)
}

/** What stands at a slot: asked for where it may be another, or a Proxy. */
function valueAt({ shadow, objects }: Entries, slot: number): unknown {
  return objects === undefined ? currentValue(shadow, shadow.keys[slot] as Key) : objects[slot]
}

/** Writes the distance to a slot and the change of what is there, if it changed. */
function diffEntry(c: Differ, run: Entries, slot: number): void {
  const { shadow, previous } = run
  const { values } = shadow
  const published = values[slot]
  if (published === HOLE) return
  const value = valueAt(run, slot)
  if (value === undefined && shadow.sort === 'record') {
    // It went unseen, and what goes has been written: the next comparison finds it.
    shadow.wholeLeft = Math.max(shadow.wholeLeft, 2)
    return
  }
  const w = c.writer
  const start = w.position
  w.uvarint(slot - previous - 1)
  const key = shadow.keys[slot] as Key
  const before = isShadow(published) ? published.value : undefined
  c.enterEntry(shadow, key)
  const next = c.change(value, published, shadow.type, shadow.value, key)
  const now = next === SAME ? published : next
  const after = isShadow(now) ? now.value : undefined
  if (before !== after) {
    if (before !== undefined) c.homes.unregister(before, shadow)
    if (after !== undefined) registerEntry(c, shadow, slot, after)
  }
  if (next === SAME) {
    w.position = start
    return
  }
  run.previous = slot
  run.count++
  run.watching?.watchSlot(slot)
  if (before !== value) run.isReplaced = true
  if (Object.is(next, published)) return
  c.log.step(() => (values[slot] = published))
  values[slot] = next
}
