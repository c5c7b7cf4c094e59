/**
 * Takes the stream between two masters apart, however it was cut into chunks: packets as a whole, the frames of a batch one
 * by one as they come in. A frame that lies within one chunk is handed out as a view on it, only one that is spread over
 * several is put together, once. Knows nothing of what packets and frames mean.
 */
import { DecodeError } from '../value/decode-error.js'
import {
  CONTROL_BYTES_MAX,
  decodeControlPacket,
  PACKET,
  PACKET_HEAD_BYTES,
  type ControlPacket,
} from './master-packets.js'

export interface PacketSink {
  onPacket(packet: ControlPacket): void
  /** The frames that follow belong to the batch of this number; null for the next one, which came without a packet. */
  onBatch(sequence: number | null): void
  /** A view on a chunk, or on bytes of its own: it stays as it is, and keeps its chunk in memory as long as it is kept. */
  onFrame(frame: Uint8Array): void
}

/** Bytes that a paused decoder keeps. */
const HELD_BYTES_MAX = 1024 * 1024
/** The value of the eighth byte of an integer. */
const SCALE_MAX = 2 ** 49

type Phase = 'head' | 'body' | 'sequence' | 'frame-length' | 'frame' | 'stopped'

export class PacketDecoder {
  /** Takes what comes in; may be changed between packets. */
  sink: PacketSink
  /** The heaviest packet that is taken, type and body. */
  packetBytesMax = CONTROL_BYTES_MAX
  readonly #spoken: { readonly versionMin: number; readonly versionMax: number }
  #phase: Phase = 'head'
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  #type = 0
  /** Bytes of the packet that have not been read. */
  #left = 0
  #frameBytes = 0
  /** An integer that is being read: what there is of it, and what its next seven bits weigh. */
  #integer = 0
  #scale = 1
  /** Bytes that are being put together because they are spread over chunks. */
  #parts: Uint8Array | null = null
  #partsFilled = 0
  #paused = false
  #held: (Uint8Array | readonly Uint8Array[])[] = []
  #heldBytes = 0

  constructor(sink: PacketSink, spoken: { readonly versionMin: number; readonly versionMax: number }) {
    this.sink = sink
    this.#spoken = spoken
  }

  /** Takes the next bytes of the stream. Throws a `DecodeError` for what is none of it, and is of no use after that. */
  push(chunk: Uint8Array): void {
    if (this.#phase === 'stopped') return
    if (this.#paused) this.#hold(chunk)
    else this.#read(chunk)
  }

  /** Frames of one batch that came as they are, behind the bytes so far: within a process. */
  pass(frames: readonly Uint8Array[]): void {
    if (this.#phase === 'stopped') return
    if (this.#paused) return this.#hold(frames)
    this.sink.onBatch(null)
    for (const frame of frames) {
      if (this.#isStopped) return
      this.sink.onFrame(frame)
    }
  }

  /** Whether what comes is handed out at once. */
  get isReading(): boolean {
    return !this.#paused && this.#phase !== 'stopped'
  }

  get #isStopped(): boolean {
    return this.#phase === 'stopped'
  }

  /** Hands nothing out until `resume()`: what comes is held. */
  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    for (const chunk of held) {
      if (chunk instanceof Uint8Array) this.push(chunk)
      else this.pass(chunk)
    }
  }

  /** Hands nothing out any more. */
  stop(): void {
    this.#phase = 'stopped'
    this.#held = []
    this.#parts = null
  }

  #hold(chunk: Uint8Array | readonly Uint8Array[]): void {
    for (const { length } of chunk instanceof Uint8Array ? [chunk] : chunk) this.#heldBytes += length
    if (this.#heldBytes > HELD_BYTES_MAX) {
      throw new DecodeError(
        `${this.#heldBytes} bytes arrived before the end of the handshake: the limit is ${HELD_BYTES_MAX}`,
      )
    }
    this.#held.push(chunk)
  }

  #read(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#at = 0
    while (this.#at < chunk.length) {
      if (this.#paused) {
        this.#hold(chunk.subarray(this.#at))
        return
      }
      switch (this.#phase) {
        case 'head':
          this.#readHead()
          break
        case 'body':
          this.#readBody()
          break
        case 'sequence':
        case 'frame-length':
          this.#readInteger()
          break
        case 'frame':
          this.#readFrame()
          break
        case 'stopped':
          return
      }
    }
  }

  #readHead(): void {
    const head = this.#gather(PACKET_HEAD_BYTES)
    if (head === null) return
    const [a, b, c, d, type] = head as unknown as [number, number, number, number, number]
    const length = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0
    const limit = type === PACKET.batch ? this.packetBytesMax : Math.min(this.packetBytesMax, CONTROL_BYTES_MAX)
    if (length === 0) throw new DecodeError('an empty packet')
    if (length > limit) throw new DecodeError(`a packet of ${length} bytes: the limit is ${limit}`)
    this.#left = length - 1
    if (type === PACKET.batch) {
      this.#phase = 'sequence'
    } else if (length === 1) {
      throw new DecodeError('a packet without a body')
    } else {
      this.#type = type
      this.#phase = 'body'
    }
  }

  #readBody(): void {
    const body = this.#gather(this.#left)
    if (body === null) return
    this.#phase = 'head'
    this.sink.onPacket(decodeControlPacket(this.#type, body, this.#spoken))
  }

  #readFrame(): void {
    const frame = this.#gather(this.#frameBytes)
    if (frame === null) return
    this.#left -= frame.length
    this.#phase = this.#left === 0 ? 'head' : 'frame-length'
    this.sink.onFrame(frame)
  }

  /** The next `count` bytes, as a view on the chunk or put together from several; null while some are missing. */
  #gather(count: number): Uint8Array | null {
    const at = this.#at
    const there = this.#chunk.length - at
    if (this.#parts === null) {
      if (there >= count) {
        this.#at = at + count
        return this.#chunk.subarray(at, at + count)
      }
      this.#parts = new Uint8Array(count)
      this.#partsFilled = 0
    }
    const taken = Math.min(there, count - this.#partsFilled)
    this.#parts.set(this.#chunk.subarray(at, at + taken), this.#partsFilled)
    this.#partsFilled += taken
    this.#at = at + taken
    if (this.#partsFilled < count) return null
    const whole = this.#parts
    this.#parts = null
    return whole
  }

  #readInteger(): void {
    const chunk = this.#chunk
    while (this.#at < chunk.length) {
      if (this.#left === 0) throw new DecodeError('a batch ends where a frame should begin')
      const byte = chunk[this.#at++] as number
      this.#left--
      this.#integer += (byte & 0x7f) * this.#scale
      if (byte < 0x80) {
        if (byte === 0 && this.#scale > 1) throw new DecodeError('an integer is not in its shortest form')
        if (this.#integer > Number.MAX_SAFE_INTEGER) throw new DecodeError('an integer is above 2^53-1')
        this.#takeInteger(this.#integer)
        return
      }
      this.#scale *= 128
      if (this.#scale > SCALE_MAX) throw new DecodeError('an integer has more than 8 bytes')
    }
  }

  #takeInteger(value: number): void {
    this.#integer = 0
    this.#scale = 1
    if (this.#phase === 'sequence') {
      if (this.#left === 0) throw new DecodeError('a batch without frames')
      this.#phase = 'frame-length'
      this.sink.onBatch(value)
      return
    }
    if (value === 0) throw new DecodeError('an empty frame')
    if (value > this.#left) throw new DecodeError(`a frame of ${value} bytes in a batch that has ${this.#left} left`)
    this.#frameBytes = value
    this.#phase = 'frame'
  }
}
