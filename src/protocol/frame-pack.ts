/** Several frames in one message or batch: each behind its length. Knows nothing of what is in a frame. */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'

export function packFrames(frames: readonly Uint8Array[]): Uint8Array {
  let count = 0
  for (const frame of frames) count += frame.length + 5
  const writer = new ByteWriter(count)
  for (const frame of frames) writer.blob(frame)
  return writer.finish()
}

/** Hands out each frame as a view on `bytes`. An empty frame is a `DecodeError`, as is one longer than `frameBytesMax`. */
export function* unpackFrames(bytes: Uint8Array, frameBytesMax: number): Generator<Uint8Array, void, undefined> {
  const reader = new ByteReader(bytes)
  while (reader.remaining > 0) {
    const count = reader.uvarint()
    if (count === 0) throw new DecodeError('an empty frame')
    if (count > frameBytesMax) throw new DecodeError(`a frame of ${count} bytes, at most ${frameBytesMax}`)
    yield reader.raw(count)
  }
}
