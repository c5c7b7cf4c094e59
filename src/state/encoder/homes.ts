/**
 * Where objects are entries of large collections: one that also stands at another place, and is changed through that, was not seen to be
 * touched where it is an entry. Such entries are marked then, to be looked at.
 */
import { type CollectionShadow, isShadow } from '../shadow/shadow.js'
import type { Key } from '../tracking/access-log.js'

interface Home {
  readonly shadow: CollectionShadow
  readonly key: Key
  /** Another one of the same object. */
  readonly next: Home | undefined
}

export class Homes {
  #homes = new WeakMap<object, Home>()
  /** Whether there ever was one. */
  hasAny = false
  /** Whether any object ever had two. */
  hasAliases = false

  register(object: object, shadow: CollectionShadow, key: Key): void {
    let next: Home | undefined
    for (let home = this.#homes.get(object); home !== undefined; home = home.next) {
      if (isOf(home, object) && (home.shadow !== shadow || home.key !== key)) next = { ...home, next }
    }
    if (next !== undefined) this.hasAliases = true
    this.hasAny = true
    this.#homes.set(object, { shadow, key, next })
  }

  /** Marks all entries that an object is, except the one with `key` of `shadow`. Whether there were any. */
  mark(object: object, shadow: CollectionShadow | undefined, key: Key): boolean {
    let hasMarked = false
    for (let home = this.#homes.get(object); home !== undefined; home = home.next) {
      if ((home.shadow === shadow && home.key === key) || !isOf(home, object)) continue
      home.shadow.mark(home.key)
      hasMarked = true
    }
    return hasMarked
  }
}

/** Whether it still is there. */
function isOf({ shadow, key }: Home, object: object): boolean {
  const slot = shadow.slotOf(key)
  const published = slot === undefined ? undefined : shadow.values[slot]
  return isShadow(published) && published.value === object
}
