/**
 * The owner's side of a state: a plain object that anyone changes as they like, and the bytes of what changed since the
 * last patch. How changes are found is the comparer's affair.
 */
import { EncodeError } from '../../value/encode-error.js'
import { CHANGES_MAX, DROPS_SHAPES, PATCH_NUMBERS, STATE_FORMAT } from '../format/state-format.js'
import { borrowWriter, returnWriter, StateWriter } from '../format/state-writer.js'
import { findMisfit } from '../schema/find-misfit.js'
import type { FieldType } from '../schema/struct.js'
import { infoOf, type TypeInfo } from '../schema/type-info.js'
import type { Shape } from '../shadow/shadow.js'
import { PlainMirror } from '../mirror/plain-mirror.js'
import { Comparer } from './comparer.js'
import { findNoState } from './find-no-state.js'
import { findInstance } from './instances.js'
import { REFUSED } from './refused.js'
import { resumeShadows } from './resume-shadows.js'
import { usedShapes } from './used-shapes.js'
import { writePublished, writeShape, writeSlots } from './write-published.js'

/** One patch in so many compares all of the state, whatever was seen to be touched. */
export const COMPLETE_PATCHES = 512

/** The options of `StateEncoder`. */
export interface StateEncoderOptions<T> {
  /** The declared types of the state: patches become smaller, and values are checked. */
  readonly shape?: FieldType<T> | undefined
  /** Whether to refuse instances of classes, which would be plain objects in a mirror. */
  readonly plainOnly?: boolean | undefined
}

/** Finds the changes in a plain object, and encodes them: a keyframe holds the whole state, a patch the changes since the last patch. */
export class StateEncoder<T> {
  readonly #holder: { state: unknown }
  #type: TypeInfo | undefined
  readonly #comparer = new Comparer()
  #keyframe: Uint8Array | undefined
  /** Of the last patch. */
  #number = 0
  #untilComplete = 0

  /**
   * Throws `EncodeError`, with the path, if `initial` contains something that is not a value or does not fit the shape, and
   * `TypeError` if `shape` is not a type.
   */
  constructor(initial: T, { shape, plainOnly = false }: StateEncoderOptions<T> = {}) {
    this.#comparer.isPlainOnly = plainOnly
    this.#holder = { state: initial }
    this.#type = shape && infoOf(shape, 'shape')
    this.patch()
    this.#number = 0
    this.#keyframe = undefined
  }

  /**
   * Continues where another encoder stopped, from a keyframe and the patches after it: mirrors of that state accept the next patch of
   * this encoder. Throws `DecodeError` if the bytes are not a keyframe and its patches. If `shape` has changed since, values that fit it are encoded
   * again by the next patch, and others are refused by it.
   */
  static resume<T>(
    keyframe: Uint8Array,
    patches: Iterable<Uint8Array> = [],
    { shape, plainOnly }: StateEncoderOptions<T> = {},
  ): StateEncoder<T> {
    const mirror = new PlainMirror({ newMap: () => new Map() })
    mirror.load(keyframe)
    for (const patch of patches) mirror.patch(patch)
    const encoder = new StateEncoder<T>(undefined as T, { plainOnly })
    encoder.#resume(mirror, shape && infoOf(shape, 'shape'))
    return encoder
  }

  #resume({ state, parts }: PlainMirror, type: TypeInfo | undefined): void {
    this.#type = type
    this.#holder.state = state
    this.#number = parts.number
    this.#untilComplete = 0
    this.#comparer.published = resumeShadows(this.#comparer, parts.shapes, parts.node, state, type, this.#holder)
  }

  /** The state: a plain, mutable object, which may also be replaced. Values that cannot be encoded are refused by the next `patch()`. */
  get state(): T {
    return this.#holder.state as T
  }

  set state(state: T) {
    this.#holder.state = state
  }

  /** The whole state, encoded as of the last `patch()` (or of construction). Has no effect on patches. Do not write to the bytes. */
  keyframe(): Uint8Array {
    if (this.#keyframe) return this.#keyframe
    const writer = new StateWriter()
    const { shapes, published } = this.#comparer
    writer.byte(STATE_FORMAT)
    writer.byte(this.#number)
    writer.uvarint(shapes.announced.length)
    const free = [...shapes.announced.keys()].filter((id) => shapes.announced[id] === undefined)
    writer.uvarint(free.length)
    writeSlots(writer, free)
    for (const shape of shapes.announced) if (shape) writeShape(writer, shape)
    writePublished({ writer, announce: unannounced }, published)
    this.#keyframe = writer.copy()
    return this.#keyframe
  }

  /**
   * The changes since the last call, encoded, or null if there are none. Throws `EncodeError`, with the path, if the state contains
   * something that is not a value. Nothing is published then; once it is corrected, the next call returns all changes.
   *
   * The bytes share a buffer with other patches: do not write to them or transfer their buffer. To send them to a worker, copy them
   * (`bytes.slice()`).
   *
   * @param options.complete Compares everything, including changes through objects kept from earlier turns, which would otherwise be
   * found by one of the next patches.
   */
  patch(options?: { complete?: boolean }): Uint8Array | null {
    const c = this.#comparer
    c.isComplete = options?.complete === true || this.#untilComplete <= 0
    this.#untilComplete = c.isComplete ? COMPLETE_PATCHES : this.#untilComplete - 1
    if (c.shapes.wantsSweep) c.shapes.sweep(usedShapes(c.published))
    const number = (this.#number + 1) % PATCH_NUMBERS
    const bytes = this.#compare(number)
    if (bytes === null) return null
    this.#number = number
    this.#keyframe = undefined
    return bytes
  }

  #compare(number: number): Uint8Array | null {
    const c = this.#comparer
    c.writer = borrowWriter()
    try {
      return this.#write(number, c)
    } finally {
      returnWriter(c.writer)
    }
  }

  #write(number: number, c: Comparer): Uint8Array | null {
    try {
      c.writer.begin()
      this.#writeHead(number)
      if (!c.compare(this.#holder, this.#type)) {
        c.rollBack()
        return null
      }
    } catch (error) {
      c.fail()
      // What was read of the logs is read: the next comparison looks at everything.
      this.#untilComplete = 0
      throw error === REFUSED || error instanceof RangeError ? this.#explain() : error
    }
    c.commit()
    for (let rounds = 1; c.hasAgain && rounds < CHANGES_MAX; rounds++) this.#compareAgain()
    return c.writer.take()
  }

  /** Looks at what was marked in another change behind the one before. What this throws, the next patch throws again. */
  #compareAgain(): void {
    const c = this.#comparer
    const { position } = c.writer
    try {
      if (c.compare(this.#holder, this.#type)) return c.commit()
    } catch {
      this.#untilComplete = 0
      c.hasAgain = false
      c.fail()
    }
    c.rollBack()
    c.writer.position = position
  }

  /** The number, and what shapes are given up before anything is read. */
  #writeHead(number: number): void {
    const { writer, shapes, log } = this.#comparer
    const dropped = shapes.takeDropped()
    if (dropped.length === 0) return writer.byte(number)
    log.step(() => shapes.redrop(dropped))
    writer.byte(number | DROPS_SHAPES)
    writer.uvarint(dropped.length)
    writeSlots(
      writer,
      dropped.map(([id]) => id),
    )
  }

  #explain(): Error {
    const { state } = this
    return (
      findNoState(state) ??
      (this.#comparer.isPlainOnly ? findInstance(state) : undefined) ??
      (this.#type && findMisfit(state, this.#type)) ??
      new EncodeError('$', 'changed while it was encoded.')
    )
  }
}

function unannounced({ keys }: Shape): never {
  throw new Error(`a shape of ${keys.join()} was published and not announced`)
}
