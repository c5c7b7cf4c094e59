/**
 * Which entries of large records an object is: most are one, some are entries of several records or under several keys. The object
 * bears the first as its stamp, and each shadow knows the next. What is changed through one of them is looked at in all.
 */
import { type Shadow, Stamp } from './shadow.js'

/** Makes an entry, which has its home, known at its object. */
export function stampEntry(entry: Shadow): void {
  const { value } = entry
  let first = Stamp.get(value)
  // Records that are no longer in a state are as good as gone.
  while (first !== undefined && first.home?.isLive !== true) first = first.twin
  if (first === undefined || first === entry) return Stamp.set(value, entry)
  let isKnown = false
  for (let at: Shadow | undefined = first; at; at = at.twin) if (at === entry) isKnown = true
  if (!isKnown) entry.twin = first
  Stamp.set(value, isKnown ? first : entry)
}

/** The same undone, for an entry that has no home any more. */
export function unstampEntry(entry: Shadow): void {
  const first = Stamp.get(entry.value)
  if (first === undefined) return
  const others: Shadow[] = []
  for (let at: Shadow | undefined = first; at; at = at.twin) if (at !== entry && at.home) others.push(at)
  entry.twin = undefined
  others.forEach((other, i) => (other.twin = others[i + 1]))
  Stamp.set(entry.value, others[0] ?? entry)
}

/** Looks at all of them in the next comparison. */
export function markTwins(first: Shadow): void {
  for (let at: Shadow | undefined = first; at; at = at.twin) at.home?.mark(at.slot)
}
