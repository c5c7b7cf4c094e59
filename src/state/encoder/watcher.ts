/**
 * When it is noted who reads and changes the entries of a large collection. Of a Map always: it costs next to nothing. Of a record a Proxy
 * does that, in the owner's state: it pays where few of many entries are reached by their keys, and makes it slow to go through all of them. So it takes
 * the record's place, and leaves it again where all entries are read time after time; now and then it is tried anew.
 */
import type { Fields, Key } from '../format/fields.js'
import { type CollectionShadow, isShadow, TRACKED_ENTRIES_MIN } from '../shadow/shadow.js'
import { sourceOfMap } from '../tracking/map-source.js'
import { knownSourceOfRecord, sourceOfRecord } from '../tracking/record-source.js'
import type { Accesses } from './accesses.js'
import type { Homes } from './homes.js'
import { putEntry } from './put-entry.js'

/** After this many comparisons in a row in which all of a record was read, it is no longer watched. */
const LOOPS_MAX = 2
/** For how many comparisons: more each time. */
const BARE_MIN = 8
/** For how many comparisons at most a record that is read as a whole is not watched. */
const BARE_MAX = 256
/** What the log of a source has never got to. */
const UNSEEN = -1
/** How many comparisons look at everything after one found what nobody was seen to change. */
const WHOLE_COMPARISONS = 64

/** Of whoever compares or adopts: the homes of entries, and the large collection and key of the entry that it is in. */
export interface Watcher {
  readonly homes: Homes
  outer: CollectionShadow | undefined
  outerKey: Key
}

/** What was changed in a record itself was not noted for other places that have it, behind a Proxy. Whether there are any. */
export function tellOthers(shadow: CollectionShadow): boolean {
  const log = knownSourceOfRecord(shadow.value)?.log
  if (log?.isReadByOthers(shadow.number) !== true) return false
  log.invalidate()
  return true
}

/** Another object takes the place of the one that was watched. */
export function unwatch(shadow: CollectionShadow): void {
  shadow.source = undefined
  shadow.isTrackable = true
  shadow.wholeLeft = 0
  shadow.bareLeft = 0
  shadow.bareNext = 0
  shadow.loops = 0
}

/** After all that is known to have changed was written: `given` is what stands at `holder[key]`, and entries came, went or were replaced. */
export function settle(
  w: Watcher,
  shadow: CollectionShadow,
  accesses: Accesses | undefined,
  isReplaced: boolean,
  given: object,
  holder: object,
  key: Key,
): void {
  if (!shadow.wantsLook) return
  const { source } = shadow
  if (source?.face === given) {
    const { log } = source
    // Entries came, went or were replaced, and nobody was seen to do that.
    if (accesses === undefined && isReplaced && shadow.seen === log.base && log.count === 0) {
      shadow.wholeLeft = WHOLE_COMPARISONS
    } else if (shadow.wholeLeft > 0) {
      shadow.wholeLeft--
    }
    const isWhole = accesses?.isWhole ?? log.isWhole
    log.forget(shadow.size)
    if (shadow.sort === 'map') return follow(shadow)
    shadow.loops = isWhole ? shadow.loops + 1 : 0
    if (shadow.loops < LOOPS_MAX || log.isShared) return follow(shadow)
    shadow.loops = LOOPS_MAX - 1
    shadow.bareNext = Math.min(Math.max(BARE_MIN, shadow.bareNext * 2), BARE_MAX)
    shadow.bareLeft = shadow.bareNext
    // What is changed from now on is not noted, whoever puts the Proxy back.
    shadow.seen = UNSEEN
    put(shadow, shadow.value, holder, key)
  } else if (shadow.bareLeft > 0 && source?.log.isShared !== true) {
    shadow.bareLeft--
  } else {
    watch(w, shadow, holder, key)
  }
}

/** Begins to note accesses to a collection that was just looked at, if it is large enough. */
export function watch(w: Watcher, shadow: CollectionShadow, holder: object, key: Key): void {
  if (shadow.size < TRACKED_ENTRIES_MIN || !shadow.isTrackable) return
  if (shadow.sort === 'map') {
    shadow.source = sourceOfMap(shadow.value as Map<Key, unknown>)
    if (shadow.source === undefined) shadow.isTrackable = false
  } else {
    shadow.source = sourceOfRecord(shadow.value as Fields)
    put(shadow, shadow.source.face, holder, key)
  }
  follow(shadow)
  shadow.outer = w.outer
  shadow.outerKey = w.outerKey
  for (let slot = 0; slot < shadow.values.length; slot++) {
    const published = shadow.values[slot]
    if (isShadow(published)) w.homes.register(published.value, shadow, shadow.isRegistered)
  }
  if (w.outer !== undefined && !shadow.isRegistered) w.homes.registerNested(shadow)
  shadow.isRegistered = true
}

/** What was noted up to here has been looked at. */
function follow(shadow: CollectionShadow): void {
  const { source } = shadow
  if (source === undefined) return
  source.log.noteReader(shadow.number)
  shadow.seen = source.log.end
  shadow.wholes = source.log.wholes
}

/** Puts a record, or what stands for it, in its place in the owner's state. */
function put(shadow: CollectionShadow, face: object, holder: object, key: Key): void {
  if (holder instanceof Map || isPlainField(holder, key)) {
    try {
      putEntry(holder, key, face)
      return
    } catch {
      // It is frozen after all.
    }
  }
  shadow.isTrackable = false
  shadow.source = undefined
}

/** Whether a field is neither frozen nor computed. The state itself is held by an accessor. */
function isPlainField(holder: object, key: Key): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(holder, key)
  return descriptor === undefined ? key in holder : descriptor.writable === true
}
