/**
 * The owner's side of a state: a plain object that anyone changes as they like, and the bytes of what changed since the
 * last patch. How changes are found is the differ's affair.
 */
import { EncodeError, findUnencodable } from '../value/encode-error.js'
import { Differ } from './differ.js'
import { findMisfit } from './find-misfit.js'
import { placeProxies } from './place-proxies.js'
import { REFUSED } from './refused.js'
import { type Published, SAME } from './shadow.js'
import { STATE_FORMAT } from './state-format.js'
import { StateWriter } from './state-writer.js'
import type { FieldType } from './struct.js'
import { Sweep } from './sweep.js'
import { infoOf, type TypeInfo } from './type-info.js'
import { writePublished, writeShape } from './write-published.js'

/** How many comparisons one patch makes at most, because changes at one place showed that another is to be looked at. */
const ROUNDS_MAX = 4
/** How many patches lie at least between two walks over the whole state. */
const PLACING_PATCHES = 16
/** What is done in every so many patches. */
const CHORES_PATCHES = 32
/** After this many patches tracked records that are gone are forgotten. */
const FORGETTING_PATCHES = 4096

export interface StateEncoderOptions<T> {
  /** What the state is made of: smaller than without, and checked. */
  readonly shape?: FieldType<T> | undefined
}

export class StateEncoder<T> {
  #state: unknown
  #keyframe: Uint8Array | undefined
  #untilChores = 0
  #untilPlacing = 0
  readonly #type: TypeInfo | undefined
  readonly #differ = new Differ()
  readonly #sweep = new Sweep()

  /**
   * Throws `EncodeError`, with the path, if `initial` holds something that is not a value or does not fit the shape, and
   * `TypeError` if `shape` is no type.
   */
  constructor(initial: T, { shape }: StateEncoderOptions<T> = {}) {
    this.#state = initial
    this.#type = shape && infoOf(shape, 'shape')
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
    writePublished(w, shapes, this.#differ.published)
    this.#keyframe = w.copy()
    return this.#keyframe
  }

  /**
   * What changed since the last call, or null. Throws `EncodeError`, with the path, if the state holds something that is
   * not a value: then nothing is published, and once that is mended the next call has all changes.
   *
   * The bytes share a buffer with those of other patches: do not write into them or transfer their buffer; copy them
   * (`bytes.slice()`) to send them to a worker.
   *
   * @param options.complete Compare everything, also what was changed through objects kept from earlier and would
   * otherwise be found by one of the next patches.
   */
  patch(options?: { complete?: boolean }): Uint8Array | null {
    const differ = this.#differ
    if (options?.complete === true) this.#sweep.all(differ.tracked)
    else if (--this.#untilChores <= 0) this.#chores()
    else if (differ.watches > 0) this.#sweep.prepare(differ.tracked)
    let bytes = this.#round()
    for (let rounds = 1; differ.hasAgain && rounds < ROUNDS_MAX; rounds++) bytes = this.#oneMore(bytes)
    if (bytes !== null) this.#keyframe = undefined
    if (differ.wantsPlacing && this.#untilPlacing <= 0) this.#place()
    return bytes
  }

  /** What need not be done in every patch. */
  #chores(): void {
    this.#untilChores = CHORES_PATCHES
    this.#untilPlacing -= CHORES_PATCHES
    if (this.#untilPlacing < -FORGETTING_PATCHES && this.#differ.tracked.length > 0) this.#differ.wantsPlacing = true
    this.#sweep.prepare(this.#differ.tracked)
    this.#sweep.step(this.#differ.tracked, CHORES_PATCHES)
  }

  /** Compares and takes over. */
  #round(): Uint8Array | null {
    const differ = this.#differ
    differ.begin()
    let next: Published | typeof SAME
    try {
      next = differ.changeRoot(this.#state, this.#type)
    } catch (error) {
      differ.rollBack()
      throw error === REFUSED || error instanceof RangeError ? this.#explain() : error
    }
    if (next === SAME) {
      differ.commit()
      return null
    }
    const bytes = differ.writer.take()
    differ.commit()
    differ.published = next
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
    this.#untilPlacing = PLACING_PATCHES
    this.#differ.wantsPlacing = false
    placeProxies(this.#differ, this, this.#differ.published)
  }

  #explain(): Error {
    return (
      findUnencodable(this.#state) ??
      (this.#type && findMisfit(this.#state, this.#type)) ??
      new EncodeError('$', 'changed while it was encoded.')
    )
  }
}
