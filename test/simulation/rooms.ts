/**
 * Rooms that live in memory, in the seeds with backs that come and go: one begins anew only where its owner was touched so that others could
 * take it for dead. Knows no faults.
 */
import { type AccountCluster } from './payments.js'
import { type Counts, count, ROOMS } from './account-app.js'

/** As long after its owner was touched a room may begin anew: what a lease, looks and links take together. */
const FAIR_MS = 25_000

export interface RoomsHost {
  readonly counts: Counts
  found(what: string): void
  /** When a back was last touched, so that others may take it for dead. */
  touchedAt(backId: string): number
}

export class Rooms {
  readonly #cluster: AccountCluster
  readonly #host: RoomsHost
  /** The backs that have had each room, with when they were last seen to. */
  readonly #owners = new Map<string, Map<string, number>>()

  constructor(cluster: AccountCluster, host: RoomsHost) {
    this.#cluster = cluster
    this.#host = host
  }

  async join(): Promise<void> {
    const client = await this.#cluster.connect({ userId: 'watcher' })
    for (let i = 0; i < ROOMS; i++) {
      const link = await client.link(`room/${i}`, { timeoutMs: 600_000 })
      link.onReset((reason) => this.#reset(link.id, reason))
    }
  }

  /** Looks who has the rooms. */
  step(): void {
    const { now, living } = this.#cluster
    for (const { id, owner } of living.channels()) {
      if (owner === null || !id.startsWith('room/')) continue
      const known = this.#owners.get(id) ?? new Map<string, number>()
      this.#owners.set(id, known.set(owner, now))
    }
  }

  #reset(id: string, reason: string): void {
    count(this.#host.counts, 'resets of rooms')
    const { now } = this.#cluster
    const owners = [...(this.#owners.get(id) ?? [])]
    const lastAt = Math.max(...owners.map(([, at]) => at))
    // Where all backs are down it is long ago that anybody had it.
    const recent = owners.filter(([, at]) => now - at < FAIR_MS || at === lastAt)
    if (recent.some(([backId, at]) => at - this.#host.touchedAt(backId) < FAIR_MS)) return
    const names = recent.map(([backId]) => backId).join(', ')
    this.#host.found(`${id} began anew (${reason}), and none of its owners was touched: ${names}`)
  }
}
