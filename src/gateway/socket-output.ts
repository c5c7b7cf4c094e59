/**
 * What goes out to one client: WebSocket messages, bounded, with a say on whether the client keeps up. Knows nothing of frames'
 * meanings.
 */
import type { Clock } from '../runtime/runtime.js'
import type { ClientCarrier } from './client-carrier.js'
import type { GatewayLimits } from './gateway-limits.js'
import { COPIED_BYTES_MAX, messageHead, messageOf } from './web-socket-frame.js'

export class SocketOutput {
  readonly #carrier: ClientCarrier
  readonly #clock: Clock
  readonly #limits: GatewayLimits
  /** Since when the client does not keep up; null while it does. */
  #congestedSince: number | null = null

  constructor(carrier: ClientCarrier, clock: Clock, limits: GatewayLimits) {
    this.#carrier = carrier
    this.#clock = clock
    this.#limits = limits
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
    return this.#carrier.buffered
  }

  /** A frame as a message of its own. False where so much waits that nothing more is taken. */
  frame(frame: Uint8Array): boolean {
    if (frame.length <= COPIED_BYTES_MAX) return this.message(messageOf(frame))
    return this.message(messageHead(frame.length)) && this.#write(frame)
  }

  /** A message that was built before. False where so much waits that nothing more is taken. */
  message(message: Uint8Array): boolean {
    if (this.#carrier.buffered > this.#limits.clientBufferedBytesMax) return false
    return this.#write(message)
  }

  #write(bytes: Uint8Array): boolean {
    this.#carrier.write(bytes)
    if (this.#congestedSince === null && this.#carrier.buffered > this.#limits.congestedBytes) {
      this.#congestedSince = this.#clock.now()
    }
    return true
  }
}
