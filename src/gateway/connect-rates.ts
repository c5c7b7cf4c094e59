/**
 * How often each address connects: whoever opens socket after socket costs a front as much as clients that talk. An address is forgotten
 * once its bucket is full again. Knows nothing of sockets.
 */
import type { GatewayLimits } from './gateway-limits.js'
import { RateLimit } from './rate-limit.js'

/** Addresses that are remembered before those that may be forgotten are looked for. */
const UNSWEPT_MAX = 1_024

export class ConnectRates {
  readonly #rate: RateLimit
  /** When the bucket of each is full again. */
  readonly #fullAt = new Map<string, number>()
  #sweepAbove = UNSWEPT_MAX

  constructor({ connectionsPerAddressMax, connectionsPerSecondPerAddressMax }: GatewayLimits) {
    // As many as may be there can be lost and come back at once, twice.
    this.#rate = new RateLimit(connectionsPerSecondPerAddressMax, connectionsPerAddressMax * 2)
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#fullAt.size
  }

  /** Whether one more may connect now. What is refused costs nothing. */
  take(address: string, now: number): boolean {
    const next = this.#rate.take(this.#fullAt.get(address) ?? 0, now)
    if (next === null) return false
    this.#fullAt.set(address, next)
    if (this.#fullAt.size > this.#sweepAbove) this.#sweep(now)
    return true
  }

  #sweep(now: number): void {
    for (const [address, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(address)
    this.#sweepAbove = Math.max(UNSWEPT_MAX, this.#fullAt.size * 2)
  }
}
