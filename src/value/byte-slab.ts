/**
 * Copies of many short pieces of bytes one behind the other in long buffers: a buffer of its own costs more than a short piece has bytes.
 * A long buffer is kept as long as any of its pieces: for pieces that live equally long. Knows nothing of what they are.
 */
const SLAB_BYTES = 64 * 1024
/** A longer piece gets a buffer of its own. */
const PIECE_BYTES_MAX = 4 * 1024

export class ByteSlab {
  #buffer = new ArrayBuffer(0)
  #used = 0

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes
    if (length > PIECE_BYTES_MAX) return bytes.slice()
    if (this.#used + length > this.#buffer.byteLength) {
      this.#buffer = new ArrayBuffer(SLAB_BYTES)
      this.#used = 0
    }
    const piece = new Uint8Array(this.#buffer, this.#used, length)
    piece.set(bytes)
    this.#used += length
    return piece
  }
}
