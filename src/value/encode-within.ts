/** Values to bytes, up to a limit: what is too long costs no more than what is not. */
import { ByteWriter } from './byte-writer.js'
import { findUnencodable } from './encode-error.js'
import { write } from './encode-value.js'
import { TooManyBytes } from './too-many-bytes.js'

/**
 * The bytes of a value. Throws `TooManyBytes` where it is longer than `bytesMax`, as soon as the writer would grow beyond that: what lies
 * behind is not looked at. Throws `EncodeError`, with the path, for what is not a value.
 */
export function encodeWithin(value: unknown, bytesMax: number): Uint8Array {
  const writer = new BoundedWriter(bytesMax)
  try {
    write(writer, value, [], false)
    writer.expect(writer.length)
  } catch (error) {
    throw error instanceof TooManyBytes ? error : (findUnencodable(value) ?? error)
  }
  return writer.finish()
}

class BoundedWriter extends ByteWriter {
  readonly #bytesMax: number

  constructor(bytesMax: number) {
    super()
    this.#bytesMax = bytesMax
  }

  expect(bytes: number): void {
    if (bytes > this.#bytesMax) throw new TooManyBytes(bytes)
  }

  protected override grow(needed: number): void {
    this.expect(needed)
    super.grow(needed)
  }
}
