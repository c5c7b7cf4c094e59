/**
 * The other side of a state, for anyone: those who watch are told of a change as soon as it has been applied.
 */
import { WatchedMirror } from './watched-mirror.js'

/** A copy of an encoder's state, kept equal by keyframes and patches. Damaged bytes throw a `DecodeError`. */
export class StateMirror<T = unknown> extends WatchedMirror<T> {
  /**
   * Takes a whole state; what is the same as before stays the same object. Throws `DecodeError`, and then the mirror is as
   * it was; after that, what a handler threw.
   */
  override load(keyframe: Uint8Array): void {
    super.load(keyframe)
    this.tell()
  }

  /**
   * Takes what changed since the bytes before. Throws `DecodeError` for what is no patch of this state: part of it may
   * have been applied then, and the mirror refuses all patches until the next `load()`. One that is not the next is refused
   * before anything is applied. What a handler threw is thrown after everything has been applied and told.
   */
  override patch(bytes: Uint8Array): void {
    super.patch(bytes)
    this.tell()
  }
}
