/**
 * Links by hand: streams that a test speaks over itself, or that swallow what is said, and the bytes for them.
 */
import assert from 'node:assert/strict'
import { linkLimits } from '../../src/link/link-limits.js'
import { masterHelloOf, type MasterIdentity } from '../../src/link/master-identity.js'
import type { Stream, StreamEvents, Transport } from '../../src/link/transport.js'
import type { ControlPacket } from '../../src/protocol/master-packets.js'
import { PacketDecoder } from '../../src/protocol/packet-decoder.js'
import type { Cleanup, Place } from './link-ends.js'

/**
 * A transport whose dialled streams carry nothing any more, either way, while `swallowing` is set: no bytes, and not the news
 * that the other side has gone.
 */
export class SwallowingTransport implements Transport {
  readonly #inner: Transport
  readonly #kept = new Set<Stream>()
  #swallowing = false

  constructor(inner: Transport, cleanup: Cleanup) {
    this.#inner = inner
    cleanup.add(() => (this.swallowing = false))
  }

  get swallowing(): boolean {
    return this.#swallowing
  }

  set swallowing(swallowing: boolean) {
    this.#swallowing = swallowing
    if (swallowing) return
    for (const stream of this.#kept) stream.destroy()
    this.#kept.clear()
  }

  dial(address: string, accept: (stream: Stream) => StreamEvents, signal: AbortSignal): Promise<void> {
    return this.#inner.dial(address, (stream) => this.#muffle(stream, accept), signal)
  }

  listen(...args: Parameters<Transport['listen']>): ReturnType<Transport['listen']> {
    return this.#inner.listen(...args)
  }

  #muffle(stream: Stream, accept: (stream: Stream) => StreamEvents): StreamEvents {
    let ended = false
    const events = accept({
      peer: stream.peer,
      get buffered() {
        return stream.buffered
      },
      write: (bytes) => {
        if (!this.#swallowing) stream.write(bytes)
      },
      end: () => {
        if (!this.#swallowing) stream.end()
      },
      destroy: () => {
        if (!this.#swallowing) {
          stream.destroy()
          return
        }
        this.#kept.add(stream)
        end(null)
      },
    })
    const end = (error: Error | null): void => {
      if (ended) return
      ended = true
      setImmediate(() => events.onEnd(error))
    }
    return {
      onBytes: (bytes) => {
        if (!this.#swallowing && !ended) events.onBytes(bytes)
      },
      onDrained: () => {
        if (!ended) events.onDrained()
      },
      onEnd: (error) => {
        if (!this.#swallowing) end(error)
      },
    }
  }
}

/** A stream that a test speaks over by itself. */
export class RawStream implements StreamEvents {
  readonly chunks: Uint8Array[] = []
  stream: Stream | null = null
  ended = 0
  error: Error | null = null

  static async dial(place: Place, cleanup: Cleanup): Promise<RawStream> {
    const raw = new RawStream()
    await place.transport.dial(place.address, raw.accept, new AbortController().signal)
    cleanup.add(() => raw.stream?.destroy())
    return raw
  }

  readonly accept = (stream: Stream): StreamEvents => {
    this.stream = stream
    return this
  }

  get bytes(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.chunks))
  }

  write(bytes: Uint8Array): void {
    this.stream?.write(bytes)
  }

  onBytes(bytes: Uint8Array): void {
    assert.equal(this.ended, 0, 'bytes came after onEnd')
    this.chunks.push(bytes)
  }

  onDrained(): void {}

  onEnd(error: Error | null): void {
    this.ended++
    this.error = error
  }
}

/** Greets by hand. */
export async function greet(
  place: Place,
  cleanup: Cleanup,
  identity: MasterIdentity,
  connection: number,
): Promise<RawStream> {
  const raw = await RawStream.dial(place, cleanup)
  raw.write(masterHelloOf(identity, 'back-1', connection, linkLimits(), new Uint8Array(0)).bytes)
  return raw
}

export function rawPacket(type: number, body: readonly number[]): Uint8Array {
  return Uint8Array.of(body.length + 1, 0, 0, 0, type, ...body)
}

export function packetsIn(bytes: Uint8Array): readonly ControlPacket[] {
  const packets: ControlPacket[] = []
  const sink = { onPacket: (packet: ControlPacket) => void packets.push(packet), onBatch() {}, onFrame() {} }
  new PacketDecoder(sink, { versionMin: 1, versionMax: 1 }).push(bytes)
  return packets
}

/** The reasons that were sent over a stream. */
export function reasonsIn(raw: RawStream): readonly string[] {
  return packetsIn(raw.bytes).flatMap((packet) => ('reason' in packet ? [packet.reason] : []))
}

/** The messages that were sent over a stream. */
export function messagesIn(raw: RawStream): readonly string[] {
  return packetsIn(raw.bytes).flatMap((packet) => ('message' in packet ? [packet.message] : []))
}

/** A frame of a number and as many bytes as wanted, from which it can be told whether it is whole. */
export function numberedFrame(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(Math.max(bytes, 5))
  for (let i = 5; i < frame.length; i++) frame[i] = (number + i) & 0xff
  frame[0] = 1 + (number % 200)
  new DataView(frame.buffer).setUint32(1, number, true)
  return frame
}

export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(1, true)
}
