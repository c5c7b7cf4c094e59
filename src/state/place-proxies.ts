/**
 * Puts Proxies into the owner's state where large records are, and finds out which of those that were there are still in
 * it. Walks over the whole state, so it is done only when a record has grown large or may have gone.
 */
import { ownValue } from './adopt.js'
import { type Differ, TRACKED_ENTRIES_MIN } from './differ.js'
import { type Fields, type HOLE, isShadow, ProxyMark, type Published, type RecordShadow } from './shadow.js'
import { TrackedRecord } from './tracked-record.js'

interface Place {
  readonly shadow: RecordShadow
  readonly holder: Fields
  readonly key: string
}

/** `holder.state` is the root of the state whose shadow is `root`. */
export function placeProxies(d: Differ, holder: { state: unknown }, root: Published): void {
  const wanting: Place[] = []
  const reached = new Set<TrackedRecord>()
  walk(holder, 'state', root, undefined, -1, wanting, reached)
  for (const tracked of d.tracked) {
    if (!reached.has(tracked)) leave(tracked)
  }
  if (reached.size < d.tracked.length) d.tracked = d.tracked.filter((tracked) => tracked.isLive)
  if (wanting.length === 0) return
  const byTarget = new Map(d.tracked.map((tracked) => [tracked.target, tracked]))
  for (const place of wanting) put(d, place, byTarget)
  // Those that lie in a record that has just become tracked learn of it.
  walk(holder, 'state', root, undefined, -1, [], reached)
}

/** It is not in the state. */
function leave(tracked: TrackedRecord): void {
  tracked.isLive = false
  tracked.stopWatching()
  if (tracked.shadow.tracked === tracked) tracked.shadow.tracked = undefined
}

/** It is in the state of another encoder, which most often is no longer used: if it is, it compares that place as a whole from now on. */
function giveUp(tracked: TrackedRecord): void {
  const { differ, shadow } = tracked
  leave(tracked)
  shadow.isTrackable = false
  differ.tracked = differ.tracked.filter((other) => other !== tracked)
  differ.wantsPlacing = true
}

function put(d: Differ, { shadow, holder, key }: Place, byTarget: Map<Fields, TrackedRecord>): void {
  const current = ownValue(holder, key)
  const known = typeof current === 'object' && current !== null ? ProxyMark.get(current) : undefined
  // Something else was put there behind the back of a large record and is not found yet: it stays.
  if ((known?.target ?? current) !== shadow.value) {
    d.wantsPlacing = true
    return
  }
  if (known !== undefined) {
    if (known.isLive && known.differ === d) {
      // It is in this state twice: this place is compared as a whole.
      shadow.isTrackable = false
      return
    }
    if (known.isLive) giveUp(known)
    known.isLive = true
    known.rehome(d, shadow)
    d.tracked.push(known)
    return
  }
  // At two places it has one Proxy, or what is done through one would not be known to the other.
  const elsewhere = byTarget.get(shadow.value as Fields)
  const tracked = elsewhere ?? new TrackedRecord(d, shadow.value as Fields, shadow)
  if (setProxy(holder, key, tracked.proxy) && elsewhere === undefined) {
    byTarget.set(tracked.target, tracked)
    d.tracked.push(tracked)
    return
  }
  if (elsewhere === undefined) leave(tracked)
  shadow.isTrackable = false
}

/** False if what holds it is frozen, or an accessor without a setter: it stays as it is. */
function setProxy(holder: Fields, key: string, proxy: Fields): boolean {
  try {
    setOwnValue(holder, key, proxy)
  } catch {
    return false
  }
  return ownValue(holder, key) === proxy
}

function setOwnValue(holder: Fields, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
  else holder[key] = value
}

function walk(
  holder: Fields,
  key: string,
  published: Published | typeof HOLE | undefined,
  outer: TrackedRecord | undefined,
  outerSlot: number,
  wanting: Place[],
  reached: Set<TrackedRecord>,
): void {
  if (!isShadow(published) || published.sort === 'bytes') return
  const value = published.value as Fields
  if (published.sort === 'struct') {
    const { keys } = published.shape
    for (let i = 0; i < keys.length; i++) {
      const field = published.get(i)
      if (typeof field === 'object') walk(value, keys[i] as string, field, outer, outerSlot, wanting, reached)
    }
  } else if (published.sort === 'list') {
    const { items } = published
    for (let i = 0; i < items.length; i++) {
      if (typeof items[i] === 'object') walk(value, i as never, items[i], outer, outerSlot, wanting, reached)
    }
  } else {
    const record = published
    const { tracked } = record
    const isTracked = tracked !== undefined && tracked.proxy === ownValue(holder, key)
    if (isTracked) {
      reached.add(tracked)
      tracked.liesIn(outer, outerSlot)
    } else if (record.isTrackable && record.slots.size >= TRACKED_ENTRIES_MIN) {
      wanting.push({ shadow: record, holder, key })
    }
    record.values.forEach((entry, slot) => {
      if (typeof entry !== 'object') return
      const inner = record.keys[slot] as string
      walk(value, inner, entry, isTracked ? tracked : outer, isTracked ? slot : outerSlot, wanting, reached)
    })
  }
}
