/**
 * What carries bytes between two masters: an ordered stream that is whole or broken, never lossy. In-process, unix and TCP
 * are behind this one face. It knows nothing of packets, frames, heartbeats or who speaks.
 */

import type { Timer } from '../runtime/runtime.js'

/** One end of a duplex stream. */
export interface Stream {
  /** Hands bytes over; the transport owns them from here on. Bytes written after the end are dropped. */
  write(bytes: Uint8Array): void
  /** Bytes that were handed over and have not left this process. */
  readonly buffered: number
  /**
   * For a stream that leaves no process: hands over frames as they are, behind what was written before, for `onFrames` of the other
   * side. Null where that side takes bytes only.
   */
  readonly hand?: ((frames: readonly Uint8Array[]) => void) | null
  /**
   * For a stream that leaves no process: what stands for a frame reaches `onGiven` of the other side as it is, within this call. False where
   * something that was written before has not arrived, or that side takes no such things.
   */
  give?(frame: object): boolean
  /**
   * For a stream that hands bytes over in a later macrotask: runs once in that macrotask, right before, so that what is written
   * then waits for no further one.
   */
  soon?(run: () => void): Timer
  /** Ends the stream: what was written before still goes out. */
  end(): void
  /** Breaks the stream at once; what was not sent is lost. */
  destroy(): void
  /** What the other side is called in logs and errors: `unix:/run/a.sock`, `127.0.0.1:4021`. */
  readonly peer: string
}

/** Events of a stream. `onEnd` comes exactly once, whatever happened, and nothing after it. */
export interface StreamEvents {
  onBytes(bytes: Uint8Array): void
  /** Frames that were handed over together, never none. */
  onFrames?(frames: readonly Uint8Array[]): void
  /** What stands for a frame. False where it is not taken. */
  onGiven?(frame: object): boolean
  /** Everything that was buffered has left this process. */
  onDrained(): void
  onEnd(error: Error | null): void
}

export interface Listener {
  /** Where it listens, with the port that it got. */
  readonly address: string
  /** Stops listening; streams that were accepted live on. */
  close(): Promise<void>
}

export interface Transport {
  /**
   * Opens a stream. Rejects with a `CentrumError` `unreachable` when there is no answer. `events` is called once the stream is open.
   */
  dial(address: string, accept: (stream: Stream) => StreamEvents, signal: AbortSignal): Promise<void>
  /** Listens. Rejects with `address-in-use` when someone does already. */
  listen(address: string, accept: (stream: Stream) => StreamEvents): Promise<Listener>
}
