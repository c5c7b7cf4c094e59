/**
 * Limits the bytes of sockets before WELCOME, for each socket, for each address and in total, because it is not yet known which client
 * sends them. Knows nothing of sockets.
 */
import type { GatewayLimits } from './gateway-limits.js'

export class HandshakeBudget {
  readonly #limits: GatewayLimits
  readonly #addresses = new Map<string, number>()
  #total = 0

  constructor(limits: GatewayLimits) {
    this.#limits = limits
  }

  get total(): number {
    return this.#total
  }

  /** Why no more is taken; null where it is. `own`: what this socket has had before. */
  add(address: string, own: number, bytes: number): string | null {
    const { handshakeBytesMax, handshakeBytesPerAddressMax, handshakeBytesTotalMax } = this.#limits
    const ofAddress = (this.#addresses.get(address) ?? 0) + bytes
    this.#addresses.set(address, ofAddress)
    this.#total += bytes
    // A whole message of the limit's size has a head besides.
    if (own + bytes > handshakeBytesMax + 1_024) return 'handshakeBytesMax'
    if (ofAddress > handshakeBytesPerAddressMax) return 'handshakeBytesPerAddressMax'
    return this.#total > handshakeBytesTotalMax ? 'handshakeBytesTotalMax' : null
  }

  /** The socket is let in, or gone. */
  release(address: string, bytes: number): void {
    const left = (this.#addresses.get(address) ?? 0) - bytes
    if (left > 0) this.#addresses.set(address, left)
    else this.#addresses.delete(address)
    this.#total -= bytes
  }
}
