/**
 * The open batch of a link within a process: its frames as they are, without a copy and without a packet around them. Knows nothing of
 * streams, and not when a batch is to be handed over.
 */
import { Batch } from './batch.js'

export class HandedBatch {
  #frames: Uint8Array[] = []
  #sequence = 0
  #bytes = 0

  /** What the open batch weighs, as a packet would at most; 0 while it is empty. */
  get bytes(): number {
    return this.#bytes
  }

  /** The number of the batch that is open, or was taken last; 0 before the first. */
  get sequence(): number {
    return this.#sequence
  }

  append(frame: Uint8Array): void {
    if (this.#bytes === 0) this.#sequence++
    this.#frames.push(frame)
    this.#bytes += this.#bytes === 0 ? Batch.weightOf(frame.length) : frame.length
  }

  /** The frames of the open batch; the next one begins a new batch. */
  take(): readonly Uint8Array[] {
    const frames = this.#frames
    this.#frames = []
    this.#bytes = 0
    return frames
  }
}
