/**
 * The other side of a state: takes keyframes and patches and holds the plain object that they describe. It is changed in
 * place, and an object that nothing happened to stays the same object. `StateMirror` adds who is told of changes.
 * Knows nothing of the encoder, versions or connections.
 */
import type { Key } from '../format/fields.js'
import { DecodeError } from '../../value/decode-error.js'
import type { MirrorNode, MirrorShape, Tell } from './mirror-nodes.js'
import { damaged, MirrorReader } from './mirror-reader.js'
import { reconcile } from './reconcile.js'
import { PatchReader } from './patch-reader.js'
import { CHANGES_MAX, PATCH_NUMBERS, STATE_FORMAT } from '../format/state-format.js'

export class PlainMirror {
  /** To be read and not written. Undefined before the first `load()`. */
  state: unknown
  #node: MirrorNode | undefined
  /** Undefined before the first keyframe, and after a patch that failed. */
  #shapes: (MirrorShape | undefined)[] | undefined
  /** Of the keyframe or patch that was taken last. */
  #number = 0

  readonly #newMap: (() => Map<Key, unknown>) | undefined

  /** `newMap` makes the Maps of the state; without it they can only be read. */
  constructor({ newMap }: { newMap?: () => Map<Key, unknown> } = {}) {
    this.#newMap = newMap
  }

  /** What there is beyond the state, for one who goes on from it as its owner. */
  get parts(): {
    readonly node: MirrorNode | undefined
    readonly shapes: readonly (MirrorShape | undefined)[]
    readonly number: number
  } {
    return { node: this.#node, shapes: this.#shapes ?? [], number: this.#number }
  }

  /** Takes a whole state; what is the same as before stays the same object. Throws `DecodeError`, and then the mirror is as it was. */
  load(keyframe: Uint8Array, tell?: Tell): void {
    const reader = new MirrorReader(keyframe)
    if (this.#newMap) reader.newMap = this.#newMap
    const format = reader.u8()
    if (format !== STATE_FORMAT) {
      const side = format > STATE_FORMAT ? 'this side' : 'the owner'
      throw new DecodeError(`state of format ${format}, not ${STATE_FORMAT}: ${side} is too old`)
    }
    const number = reader.u8()
    if (number >= PATCH_NUMBERS) damaged()
    reader.shapeTable()
    const state = reader.value()
    const { node, shapes } = reader
    reader.done()
    if (node !== undefined) reconcile(this.#node, node, tell)
    this.state = node === undefined ? state : node.value
    this.#node = node
    this.#shapes = shapes
    this.#number = number
  }

  /**
   * Takes what changed since the bytes before. Throws `DecodeError` for what is no patch of this state: part of it may
   * have been applied then, and the mirror refuses all patches until the next `load()`. One that is not the next is refused before anything is applied.
   */
  patch(bytes: Uint8Array, tell?: Tell): void {
    const shapes = this.#shapes ?? damaged()
    const reader = new PatchReader(bytes)
    reader.shapes = shapes
    reader.tell = tell
    if (this.#newMap) reader.newMap = this.#newMap
    const head = reader.u8()
    const number = (this.#number + 1) % PATCH_NUMBERS
    if (head % PATCH_NUMBERS !== number)
      throw new DecodeError(`patch ${head % PATCH_NUMBERS}, not the next one, ${number}`)
    this.#shapes = undefined
    if (head >= PATCH_NUMBERS) reader.dropShapes()
    let left = CHANGES_MAX
    do {
      this.state = reader.change(this.#node)
      this.#node = reader.node
    } while (reader.remaining > 0 && --left > 0)
    reader.done()
    this.#shapes = shapes
    this.#number = number
  }
}
