/**
 * A `PlainMirror` whose changes are noted for those who watch paths, and which makes snapshots. What was noted is told by
 * `tell()`, when whoever holds it has taken note of the new state. Knows nothing of versions or connections.
 */
import type { Key } from '../format/fields.js'
import type { Tell } from './mirror-nodes.js'
import {
  type ChangeHandlers,
  Events,
  type HandlerFailed,
  tellEach,
  type Told,
  Watch,
  watchedIn,
  whole,
} from './watch.js'
import { PlainMirror } from './plain-mirror.js'
import { Snapshots } from './snapshots.js'

export class WatchedMirror<T = unknown> {
  readonly #mirror = new PlainMirror()
  readonly #watch = new Watch()
  /** From the first snapshot on. */
  #snapshots: Snapshots | undefined
  /** What is still to be told. */
  #noted: Events | undefined

  /** The state, to be read and not written. Undefined before the first `load()`. */
  get state(): T {
    return this.#mirror.state as T
  }

  load(keyframe: Uint8Array): void {
    this.#take((tell) => this.#mirror.load(keyframe, tell))
  }

  patch(bytes: Uint8Array): void {
    this.#take((tell) => this.#mirror.patch(bytes, tell))
  }

  /** Tells what the last keyframe or patch changed. */
  tell(failed: HandlerFailed): void {
    const noted = this.#noted
    this.#noted = undefined
    noted?.tell(this.state, this.#watch, failed)
  }

  /**
   * Calls handlers for the entries of what lies at a path: `on(['players'], { add, change, remove })`. A `*` in the path
   * stands for every key; `[]` is the state itself. `add` is called at once for what is there. Handlers run after a patch
   * or keyframe has been applied as a whole. Gives the function that ends it.
   */
  on<V = unknown>(path: readonly Key[], handlers: ChangeHandlers<V>, failed: HandlerFailed): () => void {
    const added = { ...handlers } as ChangeHandlers
    // What is there already is told to the new ones alone.
    const [own, told] = [new Watch(), [] as Told[]]
    place(own, path).handlers.add(added)
    const { handlers: others } = place(this.#watch, path)
    others.add(added)
    whole('add', this.state, own, told)
    tellEach(told, failed)
    return () => {
      others.delete(added)
      this.#watch.prune(path)
    }
  }

  /**
   * The state as an immutable value, frozen, that shares all that did not change with the one before and has new objects along the paths that did.
   * It is made when asked for, and never has one of the mirror's own objects. Costs a copy of each container that changed, and of those it lies in.
   */
  snapshot(): T {
    this.#snapshots ??= new Snapshots()
    return this.#snapshots.of(this.state) as T
  }

  #take(take: (tell: Tell | undefined) => void): void {
    const { state } = this
    const events = this.#watch.isWatched ? new Events(watchedIn(state, this.#watch)) : undefined
    const snapshots = this.#snapshots
    take(events && snapshots ? both(events.push, snapshots.changed) : (events?.push ?? snapshots?.changed))
    this.#noted = events
  }
}

function place(watch: Watch, path: readonly Key[]): Watch {
  return path.reduce((at, key) => at.at(key), watch)
}

function both(first: Tell, second: Tell): Tell {
  return (kind, value, key, of) => {
    first(kind, value, key, of)
    second(kind, value, key, of)
  }
}
