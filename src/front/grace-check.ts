/**
 * Checks that channels wait for a client at least as long as the client may need to notice that its front is lost; otherwise its session
 * ends before it returns. A mismatch is logged at start, with both numbers. Knows nothing of sockets and sessions.
 */
import type { App } from '../channel/app.js'
import type { Log } from '../runtime/runtime.js'

/** How long a client waits for an answer until it takes its connection for lost: `lostMs` of `connect` unless given. */
export const CLIENT_LOST_MS = 4_000

export class GraceCheck {
  readonly #app: App
  readonly #log: Log
  /** 0 until it is known how often clients ask. */
  #heartbeatMs = 0
  /** Backs that are known to wait too short. */
  readonly #short = new Map<string, number>()

  constructor(app: App, log: Log) {
    this.#app = app
    this.#log = log
  }

  /** A gateway has its clients ask for a sign of life so often. */
  heartbeat(heartbeatMs: number): void {
    this.#heartbeatMs = heartbeatMs
    for (const [pattern, { contract }] of this.#app.channels)
      if (this.#isShort(contract.graceMs)) this.#warn(`the channels '${pattern}'`, contract.graceMs)
  }

  /** A back waits so long, unless the definition of a channel says otherwise. Logged again where that has changed. */
  met(backId: string, graceMs: number): void {
    const isUsed = [...this.#app.channels.values()].some(({ contract }) => contract.graceMs === null)
    if (!isUsed || !this.#isShort(graceMs)) this.#short.delete(backId)
    else if (this.#short.get(backId) !== graceMs) {
      this.#short.set(backId, graceMs)
      this.#warn(`the channels of back '${backId}'`, graceMs)
    }
  }

  /** 0 is meant: whoever loses contact is gone. */
  #isShort(graceMs: number | null): graceMs is number {
    return this.#heartbeatMs > 0 && graceMs !== null && graceMs > 0 && graceMs <= this.#heartbeatMs + CLIENT_LOST_MS
  }

  #warn(waits: string, graceMs: number): void {
    const noticedMs = this.#heartbeatMs + CLIENT_LOST_MS
    const message = `A client without traffic may take ${noticedMs} ms to notice that its front is lost (heartbeatMs of gatewayLimits, ${this.#heartbeatMs}, and lostMs of the client, ${CLIENT_LOST_MS}), and ${waits} wait only ${graceMs} ms for it (graceMs), so that its session has ended by then. Raise graceMs, or lower heartbeatMs.`
    this.#log.warn('grace.short', { graceMs, noticedMs, message })
  }
}
