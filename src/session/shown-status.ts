/** The status of a link's end as it was reported last: reported again only where it differs. Knows nothing of frames. */
import type { Reason } from '../protocol/reasons.js'
import type { EndStatus, LinkCarrier, LinkHolder } from './link-holder.js'

export class ShownStatus {
  /** Null until it was live or stalled for the first time. */
  status: EndStatus | null = null
  readonly #holder: LinkHolder
  readonly #carrier: LinkCarrier
  /** Whether it is stalled because nothing comes. */
  #isSilent = false

  constructor(holder: LinkHolder, carrier: LinkCarrier) {
    this.#holder = holder
    this.#carrier = carrier
  }

  show(next: EndStatus, reason: Reason | null, message = '', details: Uint8Array | null = null): void {
    if (next !== 'live') this.#isSilent = false
    if (next === this.status) return
    this.status = next
    this.#carrier.status(next, reason, message, details)
    this.#holder.status(next, reason, message)
  }

  /** The front is late with an answer; or, after that, something came: a link that is live still is shown as such again. */
  silent(isSilent: boolean, isLive: boolean): void {
    if (isSilent && this.status === 'live') {
      this.show('stalled', 'heartbeat-lost')
      this.#isSilent = true
    } else if (!isSilent && this.#isSilent && isLive) {
      this.show('live', null)
    }
  }
}
