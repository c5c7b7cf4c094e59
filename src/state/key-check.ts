/**
 * Finds entries that were added, replaced or deleted behind the Proxy of a large record, through a reference to the object
 * from before: compares what the object itself has with what was published, some slots at a time. Where that never happens it
 * is looked for less and less often. What is found is noted as if it had come through the Proxy.
 */
import { ownValue } from './adopt.js'
import { isShadow, ProxyMark, type Published, samePrimitive } from './shadow.js'
import type { TrackedRecord } from './tracked-record.js'

/** In how many patches all is compared: at least, and at most. */
export const KEYS_PATCHES_MIN = 32
export const KEYS_PATCHES_MAX = 2048
/** So many at once that it is worth the call. */
const SLOTS_MIN = 16

export class KeyCheck {
  readonly #record: TrackedRecord
  #period = KEYS_PATCHES_MIN
  #slot = 0
  /** How many slots are to be looked at and were not yet. */
  #due = 0
  #hasFound = false

  constructor(record: TrackedRecord) {
    this.#record = record
  }

  /** Once in `patches` patches. */
  some(patches: number): void {
    const { length } = this.#record.shadow.values
    this.#due += ((length + SLOTS_MIN) * patches) / this.#period
    if (this.#due < SLOTS_MIN) return
    const to = this.#slot + Math.floor(this.#due)
    this.#due = 0
    this.#compare(this.#slot, Math.min(to, length))
    this.#slot = to
    if (to >= length) this.#end()
  }

  all(): void {
    this.#hasFound = false
    this.#compare(0, this.#record.shadow.values.length)
    this.#end(true)
  }

  #compare(from: number, to: number): void {
    const { target, shadow } = this.#record
    const { keys, values } = shadow
    for (let slot = from; slot < to; slot++) {
      const published = values[slot]
      if (typeof published === 'symbol') continue
      const key = keys[slot] as string
      if (!isPublished(ownValue(target, key), published)) this.#found(key)
    }
  }

  /** Those that came show by their count, unless as many went: they have been found then, and the next time is soon. */
  #end(isExact = false): void {
    const { target, shadow } = this.#record
    const keys = Object.keys(target)
    if (isExact || keys.length !== shadow.slots.size || this.#hasFound) {
      for (const key of keys) if (!shadow.slots.has(key) && ownValue(target, key) !== undefined) this.#found(key)
    }
    this.#period = this.#hasFound ? KEYS_PATCHES_MIN : Math.min(this.#period * 2, KEYS_PATCHES_MAX)
    this.#hasFound = false
    this.#slot = 0
    this.#due = 0
  }

  #found(key: string): void {
    if (!this.#record.touched.has(key)) this.#hasFound = true
    this.#record.touch(key)
  }
}

function isPublished(value: unknown, published: Published): boolean {
  if (!isShadow(published)) return samePrimitive(value, published)
  if (published.value === value) return true
  return typeof value === 'object' && value !== null && published.value === ProxyMark.get(value)?.target
}
