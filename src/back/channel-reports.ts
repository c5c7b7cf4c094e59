/**
 * Says of the channels of a back what lists of the cluster show: how many links each has, and its summary. Only what has changed, all of it
 * now and then, whatever changes meanwhile. Knows nothing of who reads it.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { ChannelReport, Journal } from '../store/store.js'
import { decodeValue } from '../value/decode-value.js'

export interface ReportedChannel {
  readonly id: string
  readonly epoch: number
  readonly sessions: { readonly size: number }
  readonly context: { readonly own: { readonly summary: Uint8Array | null } }
}

/** What was said last. */
interface Said {
  readonly epoch: number
  readonly links: number
  readonly summary: Uint8Array | null
}

const REPORT_MS = 1_000
/** How many channels are reported at once; the others follow. */
const REPORTED_MAX = 1_000

export class ChannelReports {
  readonly #clock: Clock
  readonly #journal: Pick<Journal, 'report'>
  readonly #channels: Iterable<ReportedChannel>
  #said = new Map<string, Said>()
  #timer: Timer | null = null
  #isStopped = false

  constructor(clock: Clock, journal: Pick<Journal, 'report'>, channels: Iterable<ReportedChannel>) {
    this.#clock = clock
    this.#journal = journal
    this.#channels = channels
  }

  start(): void {
    if (this.#isStopped) return
    this.#timer = this.#clock.after(REPORT_MS, () => void this.#report().finally(() => this.start()))
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  async #report(): Promise<void> {
    const [open, changed] = [new Map<string, Said>(), new Map<string, Said>()]
    for (const { id, epoch, sessions, context } of this.#channels) {
      if (epoch === 0) continue
      const now = { epoch, links: sessions.size, summary: context.own.summary }
      const said = this.#said.get(id)
      const isSame = said?.epoch === epoch && said.links === now.links && said.summary === now.summary
      if (said !== undefined) open.set(id, said)
      if (!isSame && changed.size < REPORTED_MAX) changed.set(id, now)
    }
    this.#said = open
    if (changed.size === 0) return
    try {
      await this.#journal.report(
        [...changed].map(([channelId, said]) => ({ channelId, ...said, summary: asJson(said.summary) })),
      )
      for (const [id, said] of changed) this.#said.set(id, said)
    } catch {
      // The store is in trouble, which is logged where commits are: it is said next time.
    }
  }
}

/** What is not JSON is left out. */
function asJson(summary: Uint8Array | null): ChannelReport['summary'] {
  return summary === null ? null : JSON.stringify(decodeValue(summary))
}
