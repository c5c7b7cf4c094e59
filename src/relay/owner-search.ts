/**
 * Searches for the owners of channels whose back cannot be reached: their mirrors ask another back, which knows or finds out which back
 * owns the channel now. Only in dynamic clusters. Knows nothing of how backs are dialled.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { BackPeer } from './back-peer.js'
import type { ChannelMirror } from './channel-mirror.js'

/** How long a back is missed before others are asked; each further time twice as long. */
const ASK_MS_MIN = 100
/** How long it takes at most until clients are asked again, in milliseconds. */
const ASK_MS_MAX = 5_000

export interface SearchHost {
  readonly clock: Clock
  mirrors(): Iterable<ChannelMirror>
  /** A back that can be reached and may know who has the channel; null where there is none. */
  another(mirror: ChannelMirror): BackPeer | null
}

export class OwnerSearch {
  readonly #host: SearchHost
  #timer: Timer | null = null
  #waitMs = ASK_MS_MIN

  constructor(host: SearchHost) {
    this.#host = host
  }

  get timers(): number {
    return this.#timer === null ? 0 : 1
  }

  /** A link waits for a back that cannot be reached. */
  begin(): void {
    this.#timer ??= this.#host.clock.after(this.#waitMs, () => {
      this.#timer = null
      this.#look()
    })
  }

  #look(): void {
    const waiting = [...this.#host.mirrors()].filter(({ peer, links }) => !peer.up && links.size > 0)
    if (waiting.length === 0) {
      this.#waitMs = ASK_MS_MIN
      return
    }
    this.#waitMs = Math.min(2 * this.#waitMs, ASK_MS_MAX)
    for (const mirror of waiting) {
      const other = this.#host.another(mirror)
      if (other !== null) mirror.moveTo(other)
    }
    this.begin()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
