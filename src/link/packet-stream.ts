/**
 * A stream with its packets taken apart: holds the two together through handshake and link, which listen to it one after the
 * other. What comes in and is no packet breaks this stream alone. Knows nothing of what packets mean.
 */
import { VERSION_MAX, VERSION_MIN } from '../protocol/frame-types.js'
import { PacketDecoder, type PacketSink } from '../protocol/packet-decoder.js'
import { DecodeError } from '../value/decode-error.js'
import type { Stream, StreamEvents } from './transport.js'

/** Versions of the protocol that this code speaks. */
export const SPOKEN = { versionMin: VERSION_MIN, versionMax: VERSION_MAX } as const

export interface PacketStreamEvents extends PacketSink {
  /** Bytes came that are no packets, or the listener threw: nothing more comes in. The stream is still to be closed. */
  onBroken(error: unknown): void
  onDrained(): void
  /** What stands for a frame. False where it is not taken. */
  onGiven?(frame: object): boolean
  /** The stream is closed. Comes once. */
  onEnd(error: Error | null): void
}

export class PacketStream implements StreamEvents {
  readonly stream: Stream
  readonly #decoder: PacketDecoder
  #listener: PacketStreamEvents
  bytesSent = 0
  bytesReceived = 0

  constructor(stream: Stream, listener: PacketStreamEvents) {
    this.stream = stream
    this.#listener = listener
    this.#decoder = new PacketDecoder(listener, SPOKEN)
  }

  /** The listener from now on, and the size of the largest packet that is accepted. */
  listen(listener: PacketStreamEvents, packetBytesMax: number): void {
    this.#listener = listener
    this.#decoder.sink = listener
    this.#decoder.packetBytesMax = packetBytesMax
  }

  write(bytes: Uint8Array): void {
    this.bytesSent += bytes.length
    this.stream.write(bytes)
  }

  /** Hands frames over without a packet around them; null where the other side takes packets only. */
  get hand(): ((frames: readonly Uint8Array[]) => void) | null {
    const hand = this.stream.hand ?? null
    if (hand === null) return null
    return (frames) => {
      this.bytesSent += bytesOf(frames)
      hand(frames)
    }
  }

  /** Hands nothing out until `resume()`. */
  pause(): void {
    this.#decoder.pause()
  }

  resume(): void {
    this.#guard(() => this.#decoder.resume())
  }

  /** Hands no packet out any more; `onDrained` and `onEnd` still come. */
  stop(): void {
    this.#decoder.stop()
  }

  onBytes(bytes: Uint8Array): void {
    this.bytesReceived += bytes.length
    try {
      this.#decoder.push(bytes)
    } catch (error) {
      this.#broken(error)
    }
  }

  onFrames(frames: readonly Uint8Array[]): void {
    this.bytesReceived += bytesOf(frames)
    try {
      this.#decoder.pass(frames)
    } catch (error) {
      this.#broken(error)
    }
  }

  /** Gives what stands for a frame to the other side, within this call. False where it is to be written. */
  give(frame: object): boolean {
    return this.stream.give?.(frame) === true
  }

  onGiven(frame: object): boolean {
    if (!this.#decoder.isReading) return false
    try {
      return this.#listener.onGiven?.(frame) === true
    } catch (error) {
      this.#broken(error)
      return true
    }
  }

  onDrained(): void {
    this.#listener.onDrained()
  }

  onEnd(error: Error | null): void {
    this.#decoder.stop()
    this.#listener.onEnd(error)
  }

  #guard(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#broken(error)
    }
  }

  #broken(error: unknown): void {
    this.#decoder.stop()
    this.#listener.onBroken(error)
  }
}

function bytesOf(frames: readonly Uint8Array[]): number {
  let bytes = 0
  for (const { length } of frames) bytes += length
  return bytes
}

/** What a listener that failed is to tell: the peer's fault, or one's own. */
export function blameOf(error: unknown): { readonly reason: 'protocol-error' | 'faulted'; readonly message: string } {
  if (error instanceof DecodeError) return { reason: 'protocol-error', message: error.message }
  return {
    reason: 'faulted',
    message: `an unexpected error: ${error instanceof Error ? error.message : String(error)}`,
  }
}
