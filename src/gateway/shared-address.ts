/**
 * Notices that most clients have the same address, which suggests a proxy that the front does not know of. Logged once. Knows nothing of
 * proxies.
 */
import type { Log } from '../runtime/runtime.js'

/** Fewer sockets say nothing. */
const SOCKETS_MIN = 64

export class SharedAddress {
  readonly #log: Log
  #isTold = false

  constructor(log: Log) {
    this.#log = log
  }

  /** A socket has come: so many are of its address, of so many in all. */
  note(address: string, ofAddress: number, sockets: number): void {
    if (this.#isTold || sockets < SOCKETS_MIN || ofAddress * 2 <= sockets) return
    this.#isTold = true
    this.#log.warn('address.shared', {
      address,
      sockets: ofAddress,
      message:
        'Most clients have the same address. If it belongs to a proxy, name the proxy in trustProxy (--trust-proxy): until then the limits per address apply to all these clients together.',
    })
  }
}
