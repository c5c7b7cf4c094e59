/**
 * Links that wait for unreachable backs, with their options: limited in number and in bytes, together and for each user or address. Knows
 * nothing of what a link is.
 */
import type { RelayLimits } from './relay-limits.js'

interface Waiting {
  readonly payer: string
  readonly bytes: number
}

export class WaitingLinks {
  readonly #limits: RelayLimits
  readonly #links = new Map<object, Waiting>()
  readonly #ofPayer = new Map<string, number>()
  #bytes = 0

  constructor(limits: RelayLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#links.size
  }

  /** Of their options. */
  get bytes(): number {
    return this.#bytes
  }

  /** Why there is no room for one more; null where there was, and it waits. */
  add(link: object, payer: string, bytes: number): string | null {
    const { waitingLinksMax, waitingBytesMax, waitingBytesPerUserMax } = this.#limits
    const ofPayer = (this.#ofPayer.get(payer) ?? 0) + bytes
    if (this.#links.size >= waitingLinksMax)
      return `${waitingLinksMax} links wait for backs that cannot be reached (waitingLinksMax).`
    if (this.#bytes + bytes > waitingBytesMax)
      return `The options of waiting links have ${this.#bytes} bytes, the limit is ${waitingBytesMax} (waitingBytesMax).`
    if (ofPayer > waitingBytesPerUserMax)
      return `The options of your waiting links would have ${ofPayer} bytes, the limit is ${waitingBytesPerUserMax} (waitingBytesPerUserMax).`
    this.#links.set(link, { payer, bytes })
    this.#bytes += bytes
    if (bytes > 0) this.#ofPayer.set(payer, ofPayer)
    return null
  }

  delete(link: object): void {
    const known = this.#links.get(link)
    if (known === undefined) return
    this.#links.delete(link)
    this.#bytes -= known.bytes
    const left = (this.#ofPayer.get(known.payer) ?? 0) - known.bytes
    if (left > 0) this.#ofPayer.set(known.payer, left)
    else this.#ofPayer.delete(known.payer)
  }
}
