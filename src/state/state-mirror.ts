/**
 * The other side of a state: takes keyframes and patches and holds the plain object that they describe. It is changed in
 * place, and an object that nothing happened to stays the same object.
 * Knows nothing of the encoder, versions or connections.
 */
import { DecodeError } from '../value/decode-error.js'
import { MirrorChanges } from './mirror-changes.js'
import type { MirrorNode, MirrorShape } from './mirror-nodes.js'
import { MirrorReader } from './mirror-reader.js'
import { reconcile } from './mirror-reconcile.js'
import { type ChangeHandlers, Events, setWatches, Watch } from './mirror-watch.js'
import { SHAPES_MAX, STATE_FORMAT } from './state-format.js'

export class StateMirror<T = unknown> {
  #state: unknown
  #node: MirrorNode | undefined
  /** Undefined before the first keyframe, and after a patch that failed. */
  #shapes: MirrorShape[] | undefined
  readonly #watch = new Watch()
  readonly #events = new Events()

  /** The state, to be read and not written. Undefined before the first `load()`. */
  get state(): T {
    return this.#state as T
  }

  /**
   * Takes a whole state; what is the same as before stays the same object. Throws `DecodeError`, and then the mirror is as
   * it was; after that, what a handler threw.
   */
  load(keyframe: Uint8Array): void {
    const shapes: MirrorShape[] = []
    const reader = new MirrorReader(keyframe, shapes)
    expectFormat(reader.u8())
    for (let count = reader.uvarint(); count > 0; count--) {
      if (count > SHAPES_MAX) throw new DecodeError(`a keyframe of ${count} shapes`)
      reader.newShape()
    }
    const state = reader.value()
    const next = reader.node
    reader.done()
    const before = this.#node
    if (next !== undefined) reconcile(before, next, this.#events)
    this.#state = next === undefined ? state : next.value
    this.#node = next
    this.#shapes = shapes
    this.#watchRoot(before)
    this.#events.tell()
  }

  /** Watches apply to a root that is new, and its entries are told as added. */
  #watchRoot(before: MirrorNode | undefined): void {
    const root = this.#node
    if (root === undefined || root.watches !== undefined || !this.#isWatched) return
    if (before === undefined || root.sort !== before.sort) {
      setWatches(root, [this.#watch])
      tellAll(root, (node) => node.watches, this.#events)
    }
  }

  get #isWatched(): boolean {
    return this.#watch.handlers.size > 0 || this.#watch.next.size > 0
  }

  /**
   * Takes what changed since the bytes before. Throws `DecodeError` for what is no patch of this state: part of it may
   * have been applied then, and the mirror refuses all patches until the next `load()`. What a handler threw is thrown
   * after everything has been applied and told.
   */
  patch(bytes: Uint8Array): void {
    const shapes = this.#shapes
    if (shapes === undefined) throw new DecodeError('a patch without a keyframe before it')
    this.#shapes = undefined
    const reader = new MirrorReader(bytes, shapes)
    const changes = new MirrorChanges(reader, this.#events)
    try {
      do {
        const before = this.#node
        this.#state = changes.change(this.#state, before)
        this.#node = reader.node
        if (this.#node !== before) {
          if (this.#isWatched) setWatches(this.#node, [this.#watch])
        }
      } while (reader.remaining > 0)
    } catch (error) {
      this.#events.clear()
      throw error
    }
    this.#shapes = shapes
    this.#events.tell()
  }

  /**
   * Calls handlers for the entries of what lies at a path: `on(['players'], { add, change, remove })`. A `*` in the path
   * stands for every key; `[]` is the state itself. `add` is called at once for what is there. Handlers run after a patch
   * or keyframe has been applied as a whole. Gives the function that ends it.
   */
  on<V = unknown>(path: readonly string[], handlers: ChangeHandlers<V>): () => void {
    let watch = this.#watch
    for (const key of path) watch = watch.at(key)
    const added = { ...handlers } as ChangeHandlers
    setWatches(this.#node, [this.#watch])
    const alone = new Watch()
    alone.handlers.add(added)
    tellAll(this.#node, (node) => (node.watches?.includes(watch) ? [alone] : undefined), this.#events)
    watch.handlers.add(added)
    this.#events.tell()
    return () => watch.handlers.delete(added)
  }
}

function expectFormat(format: number): void {
  if (format === STATE_FORMAT) return
  const side = format > STATE_FORMAT ? 'this side is too old, update it' : 'the owner is too old, update it'
  throw new DecodeError(`the state is in format ${format} and this side knows format ${STATE_FORMAT}: ${side}`)
}

/** An `add` for every entry of every container that somebody watches. */
function tellAll(node: MirrorNode | undefined, watchesOf: (node: MirrorNode) => Watch[] | undefined, to: Events): void {
  if (node === undefined || node.sort === 'bytes') return
  const watches = watchesOf(node)
  const { value } = node
  if (watches !== undefined) {
    if (Array.isArray(value)) value.forEach((entry, i) => to.push('add', watches, entry, i, value))
    else for (const [key, entry] of Object.entries(value)) to.push('add', watches, entry, key, value)
  }
  for (const child of node.nodes ?? []) tellAll(child, watchesOf, to)
}
