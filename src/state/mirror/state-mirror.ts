/**
 * The other side of a state, for anyone: those who watch are told of a change as soon as it has been applied.
 */
import { WatchedMirror } from './watched-mirror.js'

/** A copy of an encoder's state, kept equal by keyframes and patches. Damaged bytes throw a `DecodeError`. */
export class StateMirror<T = unknown> extends WatchedMirror<T> {
  /**
   * Loads a whole state; unchanged objects stay the same. Throws `DecodeError`, and then the mirror is unchanged; or, after loading,
   * the first error that a handler threw.
   */
  override load(keyframe: Uint8Array): void {
    super.load(keyframe)
    this.tell()
  }

  /**
   * Applies the changes since the previous bytes. Throws `DecodeError` if the bytes are not a patch of this state: part of it may have
   * been applied then, and the mirror refuses all patches until the next `load()`. A patch that is not the next one is refused
   * before anything is applied. An error that a handler threw is thrown after all changes have been applied and reported.
   */
  override patch(bytes: Uint8Array): void {
    super.patch(bytes)
    this.tell()
  }
}
