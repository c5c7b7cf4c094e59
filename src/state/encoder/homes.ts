/**
 * Which objects are entries of large collections: one that also stands at another place, and is changed through that, was not seen to be
 * touched where it is an entry. It is marked there then, to be looked at.
 */
import type { Key } from '../format/fields.js'
import { isUnread } from './is-unread.js'
import { type CollectionShadow, type HOLE, isShadow, type Published } from '../shadow/shadow.js'

/** After so many registrations at least, and as many as there are, those that are no longer true are left out. */
const REGISTRATIONS_MIN = 4096

export class Homes {
  /** Several where an object is an entry more than once. */
  readonly #homes = new Map<object, CollectionShadow | CollectionShadow[]>()
  #registrations = 0
  /** Large collections that lie within entries of large collections. */
  readonly #nested: CollectionShadow[] = []
  /** Whether any object ever was an entry more than once. */
  hasAliases = false

  get hasAny(): boolean {
    return this.#homes.size > 0
  }

  /** `isAgain`: the entries of this collection may be registered already. */
  register(object: object, shadow: CollectionShadow, isAgain = false): void {
    this.#registrations++
    const known = this.#homes.get(object)
    if (known === undefined) {
      this.#homes.set(object, shadow)
      return
    }
    if (isAgain && known === shadow) return
    this.hasAliases = true
    const all = Array.isArray(known) ? known : [known]
    this.#homes.set(object, all.includes(shadow) ? all : [...all, shadow])
  }

  registerNested(shadow: CollectionShadow): void {
    this.#registrations++
    this.#nested.push(shadow)
  }

  /** Before a comparison: what lies in an entry and was touched, through a reference that was kept, is to be looked at. */
  markTouched(): void {
    const nested = this.#nested
    for (let i = 0; i < nested.length; i++) {
      const shadow = nested[i] as CollectionShadow
      if (!isUnread(shadow)) shadow.markOuter()
    }
  }

  /** It is no longer an entry of this. */
  unregister(object: object, shadow: CollectionShadow): void {
    if (this.#homes.get(object) === shadow) this.#homes.delete(object)
  }

  /** Marks all entries that an object is, except the one with `key` of `shadow`. Whether there were any. */
  mark(object: object, shadow: CollectionShadow | undefined, key: Key): boolean {
    const known = this.#homes.get(object)
    if (known === undefined) return false
    let hasMarked = false
    for (const home of Array.isArray(known) ? known : [known]) {
      for (let slot = 0; slot < home.values.length; slot++) {
        const published = home.values[slot]
        if (!isShadow(published) || published.value !== object) continue
        if (home === shadow && home.keys[slot] === key) continue
        home.mark(slot)
        hasMarked = true
      }
    }
    return hasMarked
  }

  get wantsRenewal(): boolean {
    return this.#registrations > REGISTRATIONS_MIN && this.#registrations > this.#homes.size * 2
  }

  /** Registers what there is, and nothing else. */
  renew(published: Published): void {
    this.#homes.clear()
    this.#nested.length = 0
    this.#visit(published)
    this.#registrations = this.#homes.size
  }

  #visit(published: Published | typeof HOLE): void {
    if (!isShadow(published) || published.sort === 'bytes') return
    if (published.sort === 'struct') {
      for (let i = 0; i < published.shape.keys.length; i++) this.#visit(published.get(i))
      return
    }
    const isWatched = published.sort !== 'list' && published.source !== undefined
    if (isWatched && published.outer !== undefined) this.#nested.push(published)
    for (const inner of published.sort === 'list' ? published.items : published.values) {
      if (isWatched && isShadow(inner)) this.register(inner.value, published)
      this.#visit(inner)
    }
  }
}
