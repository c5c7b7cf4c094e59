/** G6: what is held stays below its limits, and what is over leaves nothing behind. Looks from outside only: `inspect()`, and timers that run. */
import { BACK_LIMITS } from '../../../src/back/back-limits.js'
import { HISTORY_LIMITS } from '../../../src/history/history-limits.js'
import type { LinkLimits } from '../../../src/link/link-limits.js'
import type { SimulatedProcess } from '../../../src/testing/simulated-process.js'
import type { TestCluster } from '../../../src/testing/test-cluster.js'
import type { SimulatedApp } from '../channels.js'
import type { Findings } from '../findings.js'
import type { SimulatedClient } from '../simulated-client.js'
import { type HeldCounts, heldByBack, heldByClient, heldByFront } from './held-counts.js'

/** The limits that a run is made with, as far as they are looked at. */
export interface CheckedLimits {
  readonly retainedEntriesMax: number
  readonly clientBufferedBytesMax: number
  readonly linkQueuedBytesMax: LinkLimits['linkQueuedBytesMax']
  readonly ringTurnsMax: number
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
    const { retainedEntriesMax, clientBufferedBytesMax, linkQueuedBytesMax, ringTurnsMax } = this.#limits
    const { inboxEntriesMax, unseenItemsMax } = this.#limits
    for (const { id, connection, process } of clients) {
      const inspection = connection.inspect()
      const { links, retained, held } = inspection
      this.#findings.rose('client', { ...heldByClient(inspection), timers: process.timers })
      // Takes, releases and unlinks always fit.
      this.#within('retained', id, retained, links * (retainedEntriesMax + 16))
      this.#within('held', id, held, links * 8_192)
    }
    for (const id of mastersOf(cluster, 'front')) {
      const inspection = cluster.front(id).inspect()
      const { history, channels, backs } = inspection
      const { sockets, bufferedBytes } = cluster.sockets(id)
      const queuedBytes = Math.max(0, ...backs.map(({ link }) => link?.bytesQueued ?? 0))
      // Not the bytes that wait for clients: a socket writes what it holds before this looks, and its window is never full here.
      const counts = { historyTurns: history.turns, queuedBytes }
      this.#findings.rose('front', { ...heldByFront(inspection, cluster.sockets(id)), ...counts })
      this.#within('bufferedBytes', id, bufferedBytes, sockets.total * (clientBufferedBytesMax + ONE_MORE_BYTES))
      this.#within(
        'history.turns',
        id,
        history.turns,
        channels * (2 * Math.max(ringTurnsMax, HISTORY_LIMITS.ringTurnsMax.default) + 2),
      )
      for (const { id: back, link } of backs) {
        this.#within(`bytes for ${back}`, id, link?.bytesQueued ?? 0, linkQueuedBytesMax + ONE_MORE_BYTES)
      }
    }
    for (const id of mastersOf(cluster, 'back')) {
      const inspection = cluster.back(id).inspect()
      const { channels, refs, sessions, dropped, waiting, unseen, fronts } = inspection
      // Not the bytes that wait for fronts: a back sends them with each turn, and a link that stands still is over before its window is full.
      this.#findings.rose('back', heldByBack(inspection))
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
    const fronts = mastersOf(cluster, 'front')
    const backs = mastersOf(cluster, 'back')
    for (const id of fronts) {
      this.#nothing(id, heldByFront(cluster.front(id).inspect(), cluster.sockets(id)))
      // One heartbeat for each link of masters.
      this.#nothing(id, { runningTimers: timersOf(processes, id) - backs.length })
    }
    for (const id of backs) {
      this.#nothing(id, heldByBack(cluster.back(id).inspect()))
      this.#nothing(id, { runningTimers: timersOf(processes, id) - fronts.length })
    }
  }

  /** A client has closed its connection. */
  nothingLeftOf({ id, connection }: SimulatedClient, process: SimulatedProcess): void {
    this.#nothing(id, { ...heldByClient(connection.inspect()), timers: process.timers })
  }

  #nothing(who: string, counts: HeldCounts): void {
    for (const [what, count] of Object.entries(counts)) {
      if (count !== 0) this.#findings.add('nothing left', `${who} ${what}`, `${count} of it`)
    }
  }
}

function timersOf(processes: ReadonlyMap<string, SimulatedProcess>, id: string): number {
  const process = processes.get(id)
  if (process === undefined) throw new Error(`There is no process '${id}'.`)
  return process.timers
}

export function mastersOf(cluster: TestCluster<SimulatedApp>, role: 'back' | 'front'): string[] {
  return cluster.runningIds.filter((id) => id.startsWith(`${role}-`))
}
