/**
 * The backs that a master does not reach: it tells the cluster of those whose links fell silent, at once, and of those that it could not dial
 * for as long. Knows nothing of links.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import { type Cluster, type DynamicCluster, isDynamic } from './cluster.js'

export interface MissedLinksOptions {
  readonly cluster: Cluster
  /** The master's. */
  readonly observerId: string
  readonly clock: Clock
  /** After how long a silent link is lost. */
  readonly silentMs: number
}

export class MissedLinks {
  readonly #options: MissedLinksOptions
  readonly #cluster: DynamicCluster | null
  readonly #waiting = new Map<string, Timer>()

  constructor(options: MissedLinksOptions) {
    this.#options = options
    this.#cluster = isDynamic(options.cluster) ? options.cluster : null
  }

  /** A back is dialled. */
  dials(backId: string): void {
    const { clock, silentMs } = this.#options
    if (this.#cluster === null || this.#waiting.has(backId)) return
    this.#waiting.set(
      backId,
      clock.after(silentMs, () => this.#suspect(backId, true)),
    )
  }

  /** The link to a back is lost. `isSilent`: because nothing came by it for as long as it takes. */
  lost(backId: string, isSilent: boolean): void {
    if (isSilent) this.#suspect(backId, true)
    else this.dials(backId)
  }

  /** A back is linked, or is none any more. */
  found(backId: string): void {
    this.#waiting.get(backId)?.cancel()
    this.#waiting.delete(backId)
    this.#suspect(backId, false)
  }

  #suspect(backId: string, isMissed: boolean): void {
    this.#cluster?.suspect(this.#options.observerId, backId, isMissed)
  }

  /** It reaches, and misses, nobody any more. */
  stop(): void {
    for (const backId of [...this.#waiting.keys()]) this.found(backId)
  }
}
