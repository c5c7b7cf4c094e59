/**
 * The open batch of a link: frames are copied behind each other into one buffer, from which each batch is cut as one packet, so that a
 * batch costs few writes and no copy of its own. Knows nothing of streams, and not when a batch is to be written.
 */
import { PACKET, PACKET_HEAD_BYTES, writeLength } from '../protocol/master-packets.js'

/** Buffers are made of this size, or as large as a single frame demands. */
const BUFFER_BYTES = 256 * 1024
/** Bytes of the longest integer. */
const INTEGER_BYTES_MAX = 8

export class Batch {
  #buffer: Uint8Array = new Uint8Array(0)
  /** Where in the buffer the part that is being filled begins and ends. */
  #start = 0
  #end = 0
  /** Parts in buffers that are full. */
  #full: Uint8Array[] = []
  #head: Uint8Array | null = null
  #headAt = 0
  #sequence = 0
  #bytes = 0

  /** What the open batch weighs, its head too; 0 while it is empty. */
  get bytes(): number {
    return this.#bytes
  }

  /** The number of the batch that is open, or was cut last; 0 before the first. */
  get sequence(): number {
    return this.#sequence
  }

  append(frame: Uint8Array): void {
    if (this.#head === null) this.#begin()
    const count = frame.length
    this.#room(count + INTEGER_BYTES_MAX)
    this.#integer(count)
    this.#buffer.set(frame, this.#end)
    this.#end += count
    this.#bytes += count
  }

  /** What a batch with a frame of so many bytes alone weighs, at most. */
  static weightOf(frameBytes: number): number {
    return frameBytes + PACKET_HEAD_BYTES + 2 * INTEGER_BYTES_MAX
  }

  /** The open batch as a packet, in parts; the next frame begins a new one. Empty when there is none. */
  cut(): Uint8Array[] {
    if (this.#head === null) return []
    writeLength(this.#head, this.#headAt, this.#bytes - 4)
    const parts = this.#full
    parts.push(this.#buffer.subarray(this.#start, this.#end))
    this.#full = []
    this.#head = null
    this.#bytes = 0
    this.#start = this.#end
    return parts
  }

  #begin(): void {
    this.#room(PACKET_HEAD_BYTES + INTEGER_BYTES_MAX)
    this.#head = this.#buffer
    this.#headAt = this.#end
    this.#buffer[this.#end + PACKET_HEAD_BYTES - 1] = PACKET.batch
    this.#end += PACKET_HEAD_BYTES
    this.#bytes = PACKET_HEAD_BYTES
    this.#integer(++this.#sequence)
  }

  #room(count: number): void {
    if (this.#end + count <= this.#buffer.length) return
    if (this.#end > this.#start) this.#full.push(this.#buffer.subarray(this.#start, this.#end))
    // Not filled with zeros first: only what was written over is ever cut from it.
    this.#buffer = new Uint8Array(Buffer.allocUnsafeSlow(Math.max(BUFFER_BYTES, count)).buffer)
    this.#start = 0
    this.#end = 0
  }

  #integer(value: number): void {
    const from = this.#end
    let rest = value
    while (rest > 0x7f) {
      this.#buffer[this.#end++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#end++] = rest
    this.#bytes += this.#end - from
  }
}
