/**
 * The other side of a state, for anyone: a `PlainMirror`, and who is told when what lies at a path changed.
 */
import type { Key } from './mirror-nodes.js'
import { type ChangeHandlers, Events, tellEach, type Told, Watch, watchedIn, whole } from './mirror-watch.js'
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
    this.#take((events) => this.#mirror.patch(bytes, events?.push))
  }

  /**
   * Calls handlers for the entries of what lies at a path: `on(['players'], { add, change, remove })`. A `*` in the path
   * stands for every key; `[]` is the state itself. `add` is called at once for what is there. Handlers run after a patch
   * or keyframe has been applied as a whole. Gives the function that ends it.
   */
  on<V = unknown>(path: readonly Key[], handlers: ChangeHandlers<V>): () => void {
    const added = { ...handlers } as ChangeHandlers
    // What is there already is told to the new ones alone.
    const [own, told] = [new Watch(), [] as Told[]]
    place(own, path).handlers.add(added)
    const { handlers: others } = place(this.#watch, path)
    others.add(added)
    whole('add', this.state, own, told)
    tellEach(told)
    return () => others.delete(added)
  }

  #take(take: (events: Events | undefined) => void): void {
    const { state } = this
    const events = this.#watch.isWatched ? new Events(watchedIn(state, this.#watch)) : undefined
    take(events)
    events?.tell(this.state, this.#watch)
  }
}

function place(watch: Watch, path: readonly Key[]): Watch {
  return path.reduce((at, key) => at.at(key), watch)
}
