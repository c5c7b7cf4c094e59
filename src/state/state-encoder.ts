/**
 * The owner's side of a state: a plain object that anyone changes as they like, and the bytes of what changed since the
 * last patch. How changes are found is the differ's affair.
 */
import { EncodeError, findUnencodable } from '../value/encode-error.js'
import { adopt } from './adopt.js'
import { Differ, REFUSED } from './differ.js'
import { findMisfit } from './find-misfit.js'
import { placeProxies } from './place-proxies.js'
import { type Published, SAME } from './shadow.js'
import { STATE_FORMAT } from './state-format.js'
import { StateWriter } from './state-writer.js'
import type { FieldType } from './struct.js'
import { Sweep } from './sweep.js'
import { writePublished, writeShape } from './write-published.js'

/** How many comparisons one patch makes at most, because changes at one place showed that another is to be looked at. */
const ROUNDS_MAX = 4
/** How many patches lie at least between two walks over the whole state. */
const PLACING_PATCHES = 16
/** After this many patches tracked records that are gone are forgotten. */
const FORGETTING_PATCHES = 4096

export interface StateEncoderOptions<T> {
  /** What the state is made of: smaller and faster than without, and checked. */
  readonly shape?: FieldType<T> | undefined
}

export class StateEncoder<T> {
  #state: unknown
  #published: Published
  #keyframe: Uint8Array | undefined
  #sincePlacing = 0
  readonly #type: FieldType | undefined
  readonly #differ = new Differ()
  readonly #sweep = new Sweep()

  /** Throws `EncodeError`, with the path, if `initial` holds something that is not a value or does not fit the shape. */
  constructor(initial: T, { shape }: StateEncoderOptions<T> = {}) {
    this.#state = initial
    this.#type = shape
    this.#published = undefined
    this.patch()
  }

  /** Plain and mutable; may be replaced as a whole. What cannot be encoded is refused by the next `patch()`. */
  get state(): T {
    return this.#state as T
  }

  set state(state: T) {
    this.#state = state
  }

  /** The state as of the last `patch()`, of construction before the first. Consumes nothing. Do not write into it. */
  keyframe(): Uint8Array {
    if (this.#keyframe) return this.#keyframe
    const w = new StateWriter()
    const { shapes } = this.#differ
    w.byte(STATE_FORMAT)
    w.uvarint(shapes.announced.length)
    for (const shape of shapes.announced) writeShape(w, shape)
    writePublished(w, shapes, this.#published)
    this.#keyframe = w.slice()
    return this.#keyframe
  }

  /**
   * What changed since the last call, or null. Throws `EncodeError`, with the path, if the state holds something that is
   * not a value: then nothing is published, and once that is mended the next call has all changes.
   *
   * @param options.complete Compare everything, also what was changed through objects kept from earlier and would
   * otherwise be found by one of the next patches.
   */
  patch({ complete = false }: { complete?: boolean } = {}): Uint8Array | null {
    const differ = this.#differ
    if (complete) this.#sweep.all(differ.tracked)
    else this.#sweep.step(differ.tracked)
    let bytes = this.#round()
    for (let rounds = 1; differ.hasAgain && rounds < ROUNDS_MAX; rounds++) bytes = this.#oneMore(bytes)
    if (bytes) this.#keyframe = undefined
    this.#place()
    return bytes
  }

  /** Compares and takes over. */
  #round(): Uint8Array | null {
    const differ = this.#differ
    differ.begin()
    let next: Published | typeof SAME
    try {
      next = differ.change(this.#state, this.#published, this.#type)
    } catch (error) {
      differ.rollBack()
      throw error === REFUSED || error instanceof RangeError ? this.#explain() : error
    }
    const bytes = next === SAME ? null : differ.writer.slice()
    differ.commit()
    if (next !== SAME) this.#published = next
    return bytes
  }

  /** Another round for what the one before marked. What it throws would be thrown by the next patch again. */
  #oneMore(before: Uint8Array | null): Uint8Array | null {
    let more: Uint8Array | null
    try {
      more = this.#round()
    } catch {
      return before
    }
    if (!before || !more) return before ?? more
    const both = new Uint8Array(before.length + more.length)
    both.set(before)
    both.set(more, before.length)
    return both
  }

  #place(): void {
    const differ = this.#differ
    this.#sincePlacing++
    const isDue = differ.wantsPlacing && (this.#sincePlacing >= PLACING_PATCHES || differ.tracked.size === 0)
    if (!isDue && (this.#sincePlacing < FORGETTING_PATCHES || differ.tracked.size === 0)) return
    this.#sincePlacing = 0
    differ.wantsPlacing = false
    placeProxies(differ, this, this.#published)
  }

  #explain(): Error {
    return (
      findUnencodable(this.#state) ??
      (this.#type && findMisfit(this.#state, this.#type)) ??
      new EncodeError('$', 'changed while it was encoded.')
    )
  }
}
