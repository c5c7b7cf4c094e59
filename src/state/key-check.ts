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
/** How many times that finds nothing it takes until it is looked for less often again. */
const CALM_TIMES = 16
/** So many at once that it is worth the call. */
const SLOTS_MIN = 16

export class KeyCheck {
  readonly #record: TrackedRecord
  #period = KEYS_PATCHES_MIN
  #slot = 0
  /** How many slots are to be looked at and were not yet. */
  #due = 0
  #hasFound = false
  #calm = CALM_TIMES

  constructor(record: TrackedRecord) {
    this.#record = record
  }

  /** Once in `patches` patches. Each slot is looked at again so early that waiting for the next call is within the period. */
  some(patches: number): void {
    const { length } = this.#record.shadow.values
    this.#due += ((length + SLOTS_MIN) * patches) / Math.max(this.#period - patches, patches)
    if (this.#due < SLOTS_MIN) return
    const count = Math.floor(this.#due)
    const to = this.#slot + count
    this.#due -= count
    this.#compare(this.#slot, Math.min(to, length))
    this.#slot = to
    if (to >= length) this.#end()
    else if (this.#hasFound) this.#begin(KEYS_PATCHES_MIN)
  }

  /** From the first slot on, all in so many patches. */
  #begin(period: number): void {
    this.#period = period
    this.#slot = 0
    this.#due = 0
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
    this.#calm = this.#hasFound ? 0 : this.#calm + 1
    if (this.#hasFound) this.#begin(KEYS_PATCHES_MIN)
    else this.#begin(this.#calm > CALM_TIMES ? Math.min(this.#period * 2, KEYS_PATCHES_MAX) : this.#period)
    this.#hasFound = false
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
