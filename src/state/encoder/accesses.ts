/** What the log of a large collection says of it: which entries went, came, and are to be looked at. */
import type { Fields, Key } from '../format/fields.js'
import type { CollectionShadow } from '../shadow/shadow.js'
import { type AccessLog, SET } from '../tracking/access-log.js'

const NO_SLOTS: number[] = []
const NO_KEYS: Key[] = []

export interface Accesses {
  readonly gone: number[]
  /** In the order in which they came. */
  readonly come: Key[]
  /** Of entries that were read or set, ascending. */
  readonly slots: readonly number[]
  /** Whether any entry was set or deleted. */
  readonly hasSet: boolean
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
  const changes = readLog(log, shadow, isWhole ? undefined : read)
  const gone: number[] = changes === undefined ? NO_SLOTS : []
  const come: Key[] = changes === undefined ? NO_KEYS : []
  if (changes !== undefined) sortOut(shadow, changes, gone, come, read)
  const seen = read.length
  let unseen: readonly number[] = NO_SLOTS
  if (!isWhole && shadow.isWatching) {
    shadow.lookAtWatched(read)
    unseen = unseenOf(read, seen)
  }
  return { gone, come, hasSet: changes !== undefined, unseen, slots: inOrder(read, shadow.values.length), isWhole }
}

const NO_ENTRIES = new Set<Key>()

interface Changes {
  deleted: Set<Key>
  set: Set<Key>
  /** The slots of entries of a Map that were set, and not deleted before. */
  readonly replaced: number[]
}

function readLog(log: AccessLog, shadow: CollectionShadow, read: number[] | undefined): Changes | undefined {
  const { slots } = shadow
  let changes: Changes | undefined
  const isMap = shadow.sort === 'map'
  for (let i = 0; i < log.count; i++) {
    const noted = log.at(i)
    if (typeof noted === 'symbol') {
      changes ??= { deleted: NO_ENTRIES, set: NO_ENTRIES, replaced: [] }
      const key = log.at(++i) as Key
      if (noted === SET) {
        const slot = isMap && changes.deleted === NO_ENTRIES ? slots.get(key) : undefined
        // What is deleted behind this is a hole by the time that it is looked at.
        if (slot !== undefined) changes.replaced.push(slot)
        else if (changes.set === NO_ENTRIES) changes.set = new Set([key])
        else changes.set.add(key)
      } else {
        if (changes.deleted === NO_ENTRIES) changes.deleted = new Set([key])
        else changes.deleted.add(key)
        // What is set behind this comes at the end.
        if (changes.set !== NO_ENTRIES) changes.set.delete(key)
      }
    } else if (read !== undefined) {
      const slot = slots.get(noted)
      if (slot !== undefined) read.push(slot)
    }
  }
  return changes
}

function sortOut(
  shadow: CollectionShadow,
  { deleted, set, replaced }: Changes,
  gone: number[],
  come: Key[],
  read: number[],
): void {
  for (const key of deleted) {
    const slot = shadow.slotOf(key)
    if (slot !== undefined) gone.push(slot)
  }
  for (const key of set) {
    const slot = shadow.slotOf(key)
    const isGone = slot !== undefined && deleted.has(key)
    if (!isEntry(shadow, key)) {
      if (slot !== undefined && !isGone) gone.push(slot)
    } else if (slot === undefined || isGone) come.push(key)
    else read.push(slot)
  }
  for (const slot of replaced) read.push(slot)
  gone.sort((a, b) => a - b)
}

const isOwnField = Object.prototype.propertyIsEnumerable

function isEntry(shadow: CollectionShadow, key: Key): boolean {
  if (shadow.sort === 'map') return hasInMap.call(shadow.value, key)
  return isOwnField.call(shadow.value, key) && (shadow.value as Fields)[key] !== undefined
}

/** Slots are taken for touched where many were: it is not worth knowing then. */
function unseenOf(slots: number[], seen: number): readonly number[] {
  if (seen === slots.length || seen > FEW_MAX) return NO_SLOTS
  const touched = slots.slice(0, seen)
  return slots.slice(seen).filter((slot) => !touched.includes(slot))
}

/** Up to this many items are sorted by insertion. */
const FEW_MAX = 16

/** Words of bits kept for the next comparison. */
const WORDS_KEPT_MAX = 1024
/** A bit for each slot: emptied behind each use. */
let words = new Int32Array(WORDS_KEPT_MAX)

/** Ascending, each once. */
function inOrder(slots: number[], end: number): readonly number[] {
  const { length } = slots
  if (length < 2) return slots
  if (length <= FEW_MAX) {
    slots.sort((a, b) => a - b)
    return slots.filter((slot, i) => slot !== slots[i - 1])
  }
  const count = (end >> 5) + 1
  if (words.length < count) words = new Int32Array(count * 2)
  for (let i = 0; i < length; i++) {
    const slot = slots[i] as number
    words[slot >> 5] = (words[slot >> 5] as number) | (1 << (slot & 31))
  }
  const ordered: number[] = []
  for (let i = 0; i < count; i++) {
    for (let rest = words[i] as number; rest !== 0; rest &= rest - 1) {
      ordered.push(i * 32 + 31 - Math.clz32(rest & -rest))
    }
    words[i] = 0
  }
  if (count > WORDS_KEPT_MAX) words = new Int32Array(WORDS_KEPT_MAX)
  return ordered
}
