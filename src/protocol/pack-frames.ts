/** Several frames in one message or batch: each behind its length. Knows nothing of what is in a frame. */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'

/** Several frames as one message, each behind its length. */
export function packFrames(frames: readonly Uint8Array[]): Uint8Array {
  let count = 0
  for (const frame of frames) count += frame.length + 5
  const writer = new ByteWriter(count)
  for (const frame of frames) writer.blob(frame)
  return writer.finish()
}

/** Takes a message apart, frame by frame. */
export class FrameReader {
  readonly #reader: ByteReader
  readonly #frameBytesMax: number

  constructor(bytes: Uint8Array, frameBytesMax: number) {
    this.#reader = new ByteReader(bytes)
    this.#frameBytesMax = frameBytesMax
  }

  /** The next frame as a view on the bytes; null behind the last one. Throws a `DecodeError` for an empty frame and one beyond `frameBytesMax`. */
  next(): Uint8Array | null {
    const reader = this.#reader
    if (reader.remaining === 0) return null
    const count = reader.uvarint()
    if (count === 0) throw new DecodeError('an empty frame')
    if (count > this.#frameBytesMax) throw new DecodeError(`a frame of ${count} bytes, at most ${this.#frameBytesMax}`)
    return reader.raw(count)
  }
}

/** Hands out each frame of a message, as `FrameReader` does. */
export function* unpackFrames(bytes: Uint8Array, frameBytesMax: number): Generator<Uint8Array, void, undefined> {
  const reader = new FrameReader(bytes, frameBytesMax)
  for (let frame = reader.next(); frame !== null; frame = reader.next()) yield frame
}
