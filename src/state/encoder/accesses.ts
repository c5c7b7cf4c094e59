/** What the log of a large collection says of it: which entries went, came, and are to be looked at. */
import type { CollectionShadow, Fields } from '../shadow/shadow.js'
import { type AccessLog, DELETED, type Key, SET } from '../tracking/access-log.js'

export interface Accesses {
  readonly gone: number[]
  /** In the order in which they came. */
  readonly come: Key[]
  /** Of entries that were read or set, ascending. */
  readonly slots: readonly number[]
  /** Those that nobody was seen to touch. */
  readonly unseen: readonly number[]
  /** Whether all others were read, too. */
  readonly isWhole: boolean
}

const hasInMap = Map.prototype.has as (this: object, key: Key) => boolean

/** Undefined if the log does not say everything. */
export function readAccesses(shadow: CollectionShadow): Accesses | undefined {
  const { source } = shadow
  if (source === undefined || shadow.wholeLeft > 0 || shadow.seen !== source.log.base) return undefined
  const { log } = source
  const isWhole = log.isWhole || log.wholes !== shadow.wholes
  const read: number[] = []
  const deleted = new Set<Key>()
  const set = new Set<Key>()
  noteAll(log, shadow, isWhole ? undefined : read, deleted, set)
  const gone: number[] = []
  const come: Key[] = []
  for (const key of deleted) {
    const slot = shadow.slotOf(key)
    if (slot !== undefined) gone.push(slot)
  }
  for (const key of set) {
    const slot = shadow.slotOf(key)
    const isThere = isEntry(shadow, key)
    if (isThere && (slot === undefined || deleted.has(key))) come.push(key)
    else if (slot !== undefined && !deleted.has(key)) (isThere ? read : gone).push(slot)
  }
  gone.sort((a, b) => a - b)
  const seen = read.length
  if (!isWhole && shadow.isWatching) shadow.lookAtWatched(read)
  return { gone, come, unseen: unseenOf(read, seen), slots: inOrder(read, shadow.values.length), isWhole }
}

function noteAll(
  log: AccessLog,
  shadow: CollectionShadow,
  read: number[] | undefined,
  deleted: Set<Key>,
  set: Set<Key>,
): void {
  const { slots } = shadow
  for (let i = 0; i < log.count; i++) {
    const noted = log.at(i)
    if (noted === SET) set.add(log.at(++i) as Key)
    else if (noted === DELETED) {
      const key = log.at(++i) as Key
      deleted.add(key)
      // What is set behind this comes at the end.
      set.delete(key)
    } else if (read !== undefined) {
      const slot = slots.get(noted)
      if (slot !== undefined) read.push(slot)
    }
  }
}

function isEntry(shadow: CollectionShadow, key: Key): boolean {
  if (shadow.sort === 'map') return hasInMap.call(shadow.value, key)
  return (
    Object.hasOwn(shadow.value, key) &&
    Object.prototype.propertyIsEnumerable.call(shadow.value, key) &&
    (shadow.value as Fields)[key] !== undefined
  )
}

const NONE: readonly number[] = []

/** Slots are taken for touched where many were: it is not worth knowing then. */
function unseenOf(slots: number[], seen: number): readonly number[] {
  if (seen === slots.length || seen > FEW_MAX) return NONE
  const touched = slots.slice(0, seen)
  return slots.slice(seen).filter((slot) => !touched.includes(slot))
}

/** So few are put in order one by one. */
const FEW_MAX = 16

/** Ascending, each once. */
function inOrder(slots: number[], end: number): readonly number[] {
  const { length } = slots
  if (length < 2) return slots
  if (length <= FEW_MAX) {
    slots.sort((a, b) => a - b)
    return slots.filter((slot, i) => slot !== slots[i - 1])
  }
  const words = new Int32Array((end >> 5) + 1)
  for (let i = 0; i < length; i++) {
    const slot = slots[i] as number
    words[slot >> 5] = (words[slot >> 5] as number) | (1 << (slot & 31))
  }
  const ordered: number[] = []
  for (let i = 0; i < words.length; i++) {
    for (let rest = words[i] as number; rest !== 0; rest &= rest - 1) {
      ordered.push(i * 32 + 31 - Math.clz32(rest & -rest))
    }
  }
  return ordered
}
