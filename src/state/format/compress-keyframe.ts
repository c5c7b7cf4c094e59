/**
 * Keyframes made small for the way, with the compression that browsers and Node both have (`deflate-raw` streams). Done once per
 * version, whoever the keyframe is for. Knows nothing of what is in them.
 */
import { DecodeError } from '../../value/decode-error.js'

/** The default maximum size of a keyframe, in bytes. */
export const KEYFRAME_BYTES_MAX = 64 * 1024 * 1024

/** Compresses a keyframe. */
export function compressKeyframe(keyframe: Uint8Array): Promise<Uint8Array> {
  const stream = new CompressionStream('deflate-raw')
  return passThrough(keyframe, stream, Infinity)
}

/**
 * Decompresses a keyframe. Rejects with `DecodeError` for bytes that are not compressed, and for a keyframe of more than `bytesMax`
 * (64 MiB by default), because a few bytes may expand to very many.
 */
export async function decompressKeyframe(
  bytes: Uint8Array,
  { bytesMax = KEYFRAME_BYTES_MAX }: { bytesMax?: number } = {},
): Promise<Uint8Array> {
  try {
    return await passThrough(bytes, new DecompressionStream('deflate-raw'), bytesMax)
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError('a compressed keyframe is damaged')
  }
}

async function passThrough(
  bytes: Uint8Array,
  { readable, writable }: { readable: ReadableStream<unknown>; writable: WritableStream<unknown> },
  bytesMax: number,
): Promise<Uint8Array> {
  const writer = writable.getWriter()
  // What fails here fails the reading side too, which is where it is awaited.
  const written = Promise.allSettled([writer.write(new Uint8Array(bytes)), writer.close()])
  const reader = readable.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    const part = value as Uint8Array
    length += part.length
    if (length > bytesMax) {
      await reader.cancel()
      throw new DecodeError(`a compressed keyframe has more than ${bytesMax} bytes`)
    }
    parts.push(part)
  }
  await written
  const result = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
