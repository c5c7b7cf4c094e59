/**
 * The other side of a state, for anyone: those who watch are told of a change as soon as it has been applied.
 */
import type { Key } from '../format/fields.js'
import type { ChangeHandlers, HandlerFailed } from './watch.js'
import { WatchedMirror } from './watched-mirror.js'

/** A copy of an encoder's state, kept equal by keyframes and patches. Damaged bytes throw a `DecodeError`. */
export class StateMirror<T = unknown> extends WatchedMirror<T> {
  /**
   * Loads a whole state; unchanged objects stay the same. Throws `DecodeError`, and then the mirror is unchanged; or, after loading,
   * the first error that a handler threw.
   */
  override load(keyframe: Uint8Array): void {
    super.load(keyframe)
    throwing((failed) => this.tell(failed))
  }

  /**
   * Applies the changes since the previous bytes. Throws `DecodeError` if the bytes are not a patch of this state: part of it may have
   * been applied then, and the mirror refuses all patches until the next `load()`. A patch that is not the next one is refused
   * before anything is applied. An error that a handler threw is thrown after all changes have been applied and reported.
   */
  override patch(bytes: Uint8Array): void {
    super.patch(bytes)
    throwing((failed) => this.tell(failed))
  }

  /**
   * Calls handlers for the entries of what lies at a path: `on(['players'], { add, change, remove })`. A `*` in the path
   * stands for every key; `[]` is the state itself. `add` is called at once for what is there. Handlers run after a patch
   * or keyframe has been applied as a whole. Gives the function that ends it. Throws the first error that `add` threw.
   */
  override on<V = unknown>(path: readonly Key[], handlers: ChangeHandlers<V>): () => void {
    return throwing((failed) => super.on(path, handlers, failed))
  }
}

/** Throws the first error that a handler threw, when all have been called. */
function throwing<T>(run: (failed: HandlerFailed) => T): T {
  const failures: unknown[] = []
  const result = run((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
  return result
}
