/** G6: what is held stays below its limits, and what is over leaves nothing behind. Looks from outside only: `inspect()`, and timers that run. */
import { BACK_LIMITS } from '../../../src/back/back-limits.js'
import { HISTORY_LIMITS } from '../../../src/history/history-limits.js'
import type { LinkLimits } from '../../../src/link/link-limits.js'
import type { SimulatedProcess } from '../../../src/testing/simulated-process.js'
import type { TestCluster } from '../../../src/testing/test-cluster.js'
import type { SimulatedApp } from '../channels.js'
import type { Findings } from '../findings.js'
import type { SimulatedClient } from '../simulated-client.js'

/** The limits that a run is made with, as far as they are looked at. */
export interface CheckedLimits {
  readonly retainedEntriesMax: number
  readonly clientBufferedBytesMax: number
  readonly linkQueuedBytesMax: LinkLimits['linkQueuedBytesMax']
  readonly ringBlocksMax: number
  readonly inboxEntriesMax: number
  readonly unseenItemsMax: number
}

/** How many links may end at once. */
const ENDED_MAX = 64
/** What may be written once a limit was looked at: a batch, a keyframe. */
const ONE_MORE_BYTES = 2 * 1024 * 1024

export class BoundsChecker {
  readonly #findings: Findings
  readonly #limits: CheckedLimits

  constructor(findings: Findings, limits: CheckedLimits) {
    this.#findings = findings
    this.#limits = limits
  }

  look(cluster: TestCluster<SimulatedApp>, clients: Iterable<SimulatedClient>): void {
    const { retainedEntriesMax, clientBufferedBytesMax, linkQueuedBytesMax, ringBlocksMax } = this.#limits
    const { inboxEntriesMax, unseenItemsMax } = this.#limits
    for (const { id, connection } of clients) {
      const { links = 0, retained = 0, held = 0 } = connection.inspect()
      // Takes, releases and unlinks always fit.
      this.#within('retained', id, retained, links * (retainedEntriesMax + 16))
      this.#within('held', id, held, links * 8_192)
    }
    for (const id of mastersOf(cluster, 'front')) {
      const { sockets, bufferedBytes } = cluster.sockets(id)
      this.#within('bufferedBytes', id, bufferedBytes, sockets.total * (clientBufferedBytesMax + ONE_MORE_BYTES))
      const { history, channels, backs } = cluster.front(id).inspect()
      this.#within(
        'history.blocks',
        id,
        history.blocks,
        channels * (2 * Math.max(ringBlocksMax, HISTORY_LIMITS.ringBlocksMax.default) + 2),
      )
      for (const { id: back, link } of backs) {
        this.#within(`bytes for ${back}`, id, link?.bytesQueued ?? 0, linkQueuedBytesMax + ONE_MORE_BYTES)
      }
    }
    for (const id of mastersOf(cluster, 'back')) {
      const { channels, refs, sessions, dropped, waiting, unseen, fronts } = cluster.back(id).inspect()
      this.#within('refs of attached sessions', id, refs, sessions - dropped)
      this.#within('unseen', id, unseen, sessions * unseenItemsMax)
      // Entries of links that have just ended are in the inbox until the turn; what channels say to each other has a limit of its own.
      const others = channels * BACK_LIMITS.peerMessagesQueuedMax.default
      this.#within('waiting', id, waiting, (sessions + ENDED_MAX) * 2 * inboxEntriesMax + others)
      for (const { id: front, link } of fronts) {
        this.#within(`bytes for ${front}`, id, link.bytesQueued, linkQueuedBytesMax + ONE_MORE_BYTES)
      }
    }
  }

  #within(what: string, who: string, actual: number, limit: number): void {
    if (actual > limit) this.#findings.add('G6', `${who} ${what}`, `${actual}, the limit is ${limit}`)
  }

  /** All clients have gone, and all graces are over. */
  nothingLeft(cluster: TestCluster<SimulatedApp>, processes: ReadonlyMap<string, SimulatedProcess>): void {
    const nothing = (who: string, counts: Readonly<Record<string, number>>): void => {
      for (const [what, count] of Object.entries(counts)) {
        if (count !== 0) this.#findings.add('nothing left', `${who} ${what}`, `${count} of it`)
      }
    }
    const fronts = mastersOf(cluster, 'front')
    const backs = mastersOf(cluster, 'back')
    for (const id of fronts) {
      const { sessions, links, refs, channels, subscribed, kept, timers } = cluster.front(id).inspect()
      nothing(id, { sessions, links: links.total, refs, channels, subscribed, kept, timers })
      const clients = cluster.sockets(id)
      nothing(id, {
        sockets: clients.sockets.total,
        socketSessions: clients.sessions,
        addresses: clients.addresses,
        sweeps: clients.timers,
      })
      // One heartbeat for each link of masters.
      nothing(id, { runningTimers: (processes.get(id)?.timers ?? 0) - backs.length })
    }
    for (const id of backs) {
      const { sessions, dropped, refs, subscriptions, waiting, running, unseen, beats, awake } = cluster
        .back(id)
        .inspect()
      nothing(id, { sessions, dropped, refs, subscriptions, waiting, running, unseen, beats, awake })
      nothing(id, { runningTimers: (processes.get(id)?.timers ?? 0) - fronts.length })
    }
  }

  /** A client has closed its connection. */
  nothingLeftOf({ id, connection }: SimulatedClient, process: SimulatedProcess): void {
    const {
      links = 0,
      retained = 0,
      retainedBytes = 0,
      requests = 0,
      held = 0,
      relinksWaiting = 0,
    } = connection.inspect()
    for (const [what, count] of Object.entries({
      links,
      retained,
      retainedBytes,
      requests,
      held,
      relinksWaiting,
      timers: process.timers,
    })) {
      if (count !== 0) this.#findings.add('nothing left', `${id} ${what}`, `${count} of it`)
    }
  }
}

export function mastersOf(cluster: TestCluster<SimulatedApp>, role: 'back' | 'front'): string[] {
  return cluster.runningIds.filter((id) => id.startsWith(`${role}-`))
}
