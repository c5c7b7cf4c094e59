/**
 * A front's place among the other fronts of a dynamic cluster: it announces where clients connect to it, and knows where they connect to
 * the others. Knows nothing of sockets.
 */
import { type Cluster, type DynamicCluster, isDynamic } from '../cluster/cluster.js'
import { refuseOption } from '../options/read-table.js'
import type { Log } from '../runtime/runtime.js'

export class FrontDirectory {
  readonly #cluster: DynamicCluster | null
  readonly #frontId: string
  readonly #publicUrl: string | null
  readonly #log: Log
  #isAnnounced = false

  /** Throws a `CentrumError` `invalid-option`. */
  constructor(cluster: Cluster, frontId: string, publicUrl: string | null, log: Log) {
    this.#cluster = isDynamic(cluster) ? cluster : null
    if (this.#cluster === null && publicUrl !== null)
      refuseOption(
        { call: 'FrontMaster' },
        'publicUrl is given, but in a static cluster fronts do not know each other. Leave it out, or give drainTo the URLs of other fronts.',
      )
    this.#frontId = frontId
    this.#publicUrl = publicUrl
    this.#log = log
  }

  get otherUrls(): readonly string[] {
    return (this.#cluster?.fronts ?? []).map(({ publicUrl }) => publicUrl)
  }

  /** The cluster can be asked: also a front that has no URL learns of those that have one. */
  announce(): void {
    this.#isAnnounced = true
    this.#say(this.#publicUrl)
  }

  /** It takes no more clients. */
  withdraw(): void {
    if (!this.#isAnnounced) return
    this.#isAnnounced = false
    if (this.#publicUrl !== null) this.#say(null)
  }

  #say(publicUrl: string | null): void {
    this.#cluster?.announceFront(this.#frontId, publicUrl).catch((error: unknown) => {
      this.#log.warn('engine.unavailable', { error })
    })
  }
}
