/**
 * What goes out to one client: WebSocket messages written to its socket, corked per tick, bounded, with a say on whether the client
 * keeps up. Knows nothing of frames' meanings.
 */
import type { Duplex } from 'node:stream'
import type { Clock } from '../runtime/runtime.js'
import type { Corks } from './corks.js'
import type { GatewayLimits } from './gateway-limits.js'
import { COPIED_BYTES_MAX, messageHead, messageOf } from './web-socket-frame.js'

export class SocketOutput {
  readonly #socket: Duplex
  readonly #corks: Corks
  readonly #clock: Clock
  readonly #limits: GatewayLimits
  /** Since when the client does not keep up; null while it does. */
  #congestedSince: number | null = null

  constructor(socket: Duplex, corks: Corks, clock: Clock, limits: GatewayLimits, onDrained: () => void) {
    this.#socket = socket
    this.#corks = corks
    this.#clock = clock
    this.#limits = limits
    socket.on('drain', () => {
      if (this.#congestedSince === null) return
      this.#congestedSince = null
      onDrained()
    })
  }

  get congested(): boolean {
    return this.#congestedSince !== null
  }

  get congestedSince(): number | null {
    return this.#congestedSince
  }

  /** Bytes that wait to leave this process. */
  get buffered(): number {
    return this.#socket.writableLength
  }

  /** A frame as a message of its own. False where so much waits that nothing more is taken. */
  frame(frame: Uint8Array): boolean {
    if (frame.length <= COPIED_BYTES_MAX) return this.message(messageOf(frame))
    return this.message(messageHead(frame.length)) && this.#write(frame)
  }

  /** A message that was built before. False where so much waits that nothing more is taken. */
  message(message: Uint8Array): boolean {
    if (this.#socket.writableLength > this.#limits.clientBufferedBytesMax) return false
    return this.#write(message)
  }

  #write(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return true
    this.#corks.cork(this.#socket)
    this.#socket.write(bytes)
    if (this.#congestedSince === null && this.#socket.writableLength > this.#limits.congestedBytes) {
      this.#congestedSince = this.#clock.now()
    }
    return true
  }
}
