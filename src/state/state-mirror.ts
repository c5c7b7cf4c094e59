/**
 * The other side of a state, for anyone: a `PlainMirror`, and who is told when what lies at a path changed.
 */
import { Events, tellAll, Watch, watchedIn, type ChangeHandlers } from './mirror-watch.js'
import { PlainMirror } from './plain-mirror.js'

export class StateMirror<T = unknown> {
  readonly #mirror = new PlainMirror()
  readonly #watch = new Watch()

  /** The state, to be read and not written. Undefined before the first `load()`. */
  get state(): T {
    return this.#mirror.state as T
  }

  /**
   * Takes a whole state; what is the same as before stays the same object. Throws `DecodeError`, and then the mirror is as
   * it was; after that, what a handler threw.
   */
  load(keyframe: Uint8Array): void {
    this.#take((events) => this.#mirror.load(keyframe, events?.push))
  }

  /**
   * Takes what changed since the bytes before. Throws `DecodeError` for what is no patch of this state: part of it may
   * have been applied then, and the mirror refuses all patches until the next `load()`. What a handler threw is thrown
   * after everything has been applied and told.
   */
  patch(bytes: Uint8Array): void {
    const watched = this.#watch.isWatched ? watchedIn(this.state, this.#watch) : undefined
    this.#take((events) => this.#mirror.patch(bytes, events?.push), watched)
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
    watch.handlers.add(added)
    tellAll(this.state, path, added)
    return () => watch.handlers.delete(added)
  }

  /** A root of another kind is new: its entries are told as added. */
  #take(take: (events: Events | undefined) => void, watched?: Set<object>): void {
    const events = this.#watch.isWatched ? new Events(watched) : undefined
    const before = this.state
    take(events)
    const { state } = this
    if (events !== undefined && state !== before)
      tellAll(state, [], { add: (value, key, of) => events.push('add', value, key, of) })
    events?.tell(state, this.#watch)
  }
}
