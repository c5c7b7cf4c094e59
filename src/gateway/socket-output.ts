/**
 * The output to one client: frames are collected until the end of the macrotask and sent as one message, or a few. It is limited, and
 * knows whether the client keeps up. Knows nothing of what the frames mean.
 */
import type { SharedBlock } from '../protocol/blocks.js'
import type { Clock } from '../runtime/runtime.js'
import type { ClientCarrier } from './client-carrier.js'
import type { GatewayLimits } from './gateway-limits.js'
import { webSocketFrameOf, packedBytes } from './web-socket-frame.js'

/** The longest message made of several frames. A longer frame is a message of its own. */
const MESSAGE_BYTES_MAX = 256 * 1024
/** What is held while nothing is. Never changed. */
const NOTHING: Uint8Array[] = []

/** What the outputs of one gateway share. */
export interface OutputCore {
  readonly clock: Clock
  readonly limits: GatewayLimits
  /** The message of a turn alone: built once for all sockets. */
  messageOf(block: SharedBlock): readonly Uint8Array[]
}

export class SocketOutput {
  readonly #core: OutputCore
  readonly #carrier: ClientCarrier
  #held = NOTHING
  #heldBytes = 0
  /** The turn that is all there is to send. */
  #only: SharedBlock | null = null
  /** Since when the client does not keep up; null while it does. */
  #congestedSince: number | null = null

  constructor(core: OutputCore, carrier: ClientCarrier) {
    this.#core = core
    this.#carrier = carrier
  }

  /** All that waited has left. Whether the client keeps up again, and did not before. */
  drained(): boolean {
    if (this.#congestedSince === null) return false
    this.#congestedSince = null
    return true
  }

  get congested(): boolean {
    return this.#congestedSince !== null
  }

  get congestedSince(): number | null {
    return this.#congestedSince
  }

  /** Bytes that wait to leave this process. */
  get buffered(): number {
    return this.#carrier.buffered + this.#heldBytes
  }

  /** Whether there is something to flush. */
  get holds(): boolean {
    return this.#held !== NOTHING
  }

  /** Holds a frame until `flush`. `block`: the turn that it is the frame of. False where so much waits that nothing more is taken. */
  hold(frame: Uint8Array, block: SharedBlock | null = null): boolean {
    const { clock, limits } = this.#core
    const waiting = this.buffered
    if (waiting > limits.clientBufferedBytesMax) return false
    if (this.#held === NOTHING) {
      this.#held = [frame]
      this.#only = block
    } else {
      this.#held.push(frame)
      this.#only = null
    }
    this.#heldBytes += frame.length
    if (waiting + frame.length > limits.congestedBytes) this.#congestedSince ??= clock.now()
    return true
  }

  /** Writes what is held. `frameBytesMax`: the client's; a message of several frames is not longer either. False: `drained` follows. */
  flush(frameBytesMax: number): boolean {
    const frames = this.#held
    const only = this.#only
    this.#held = NOTHING
    this.#heldBytes = 0
    this.#only = null
    if (only !== null) return this.#carrier.write(this.#core.messageOf(only))
    const bytesMax = Math.min(frameBytesMax, MESSAGE_BYTES_MAX)
    let writable = true
    let start = 0
    let bytes = 0
    for (let i = 0; i < frames.length; i++) {
      const more = packedBytes((frames[i] as Uint8Array).length)
      if (i > start && bytes + more > bytesMax) {
        writable = this.#carrier.write(webSocketFrameOf(frames.slice(start, i)))
        start = i
        bytes = 0
      }
      bytes += more
    }
    const rest = start === 0 ? frames : frames.slice(start)
    return rest.length === 0 ? writable : this.#carrier.write(webSocketFrameOf(rest))
  }
}
