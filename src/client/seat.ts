/**
 * The seat of a page (`keepSeat`): what a reloaded page needs to continue its session, in the storage that a browser keeps for its tab. A
 * duplicated tab has a copy of it; a Web Lock distinguishes the two, and the copy begins a session of its own.
 */

import type { Clock } from '../runtime/runtime.js'

/** How long a page waits for the one before it to let go, in milliseconds: a duplicate waits in vain, a reload never does. */
const LOCK_MS = 1_000
const RELOAD_LOCK_MS = 5_000

export interface Ticket {
  readonly sessionId: string
  readonly resume: string
  readonly connectionAttempt: number
}

interface Platform {
  readonly performance?: { getEntriesByType?(type: string): readonly { readonly type?: string }[] }
  readonly sessionStorage?: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
  readonly navigator?: {
    readonly locks?: {
      request(name: string, options: object, run: () => Promise<void>): Promise<void>
    }
  }
}

export class Seat {
  readonly #key: string
  readonly #clock: Clock
  /** The session whose lock is held. */
  #held = ''
  #release = (): void => {}

  /** `name`: of what the session is with. */
  constructor(name: string, clock: Clock) {
    this.#key = `centrum ${name}`
    this.#clock = clock
  }

  /** What the page before this one left; null where there is nothing, or another tab uses it. */
  async take(): Promise<Ticket | null> {
    try {
      const ticket = JSON.parse(platform.sessionStorage?.getItem(this.#key) ?? 'null') as Ticket | null
      if (ticket === null || typeof ticket.resume !== 'string') return null
      return (await this.#lock(ticket.sessionId)) ? ticket : null
    } catch {
      return null
    }
  }

  keep(ticket: Ticket): void {
    try {
      platform.sessionStorage?.setItem(this.#key, JSON.stringify(ticket))
    } catch {
      // Full, or forbidden: a reloaded page begins anew.
    }
    if (ticket.sessionId !== this.#held) void this.#lock(ticket.sessionId)
  }

  /** The page is left: the next one may have the seat. */
  leave(): void {
    this.#held = ''
    this.#release()
  }

  /** The session is over. */
  drop(): void {
    this.leave()
    try {
      platform.sessionStorage?.removeItem(this.#key)
    } catch {
      // As above.
    }
  }

  /** Whether this page alone has the session from now on. Where there are no locks nobody can tell. */
  #lock(sessionId: string): Promise<boolean> {
    const locks = platform.navigator?.locks
    this.#release()
    this.#held = sessionId
    if (locks === undefined) return Promise.resolve(true)
    return new Promise((resolve) => {
      const held = (): Promise<void> =>
        new Promise((release) => {
          limit.cancel()
          this.#release = release
          resolve(true)
        })
      const waiting = new AbortController()
      const limit = this.#clock.after(isReload() ? RELOAD_LOCK_MS : LOCK_MS, () => waiting.abort())
      locks.request(`centrum ${sessionId}`, { signal: waiting.signal }, held).catch(() => resolve(false))
    })
  }
}

function isReload(): boolean {
  return platform.performance?.getEntriesByType?.('navigation')[0]?.type === 'reload'
}

const platform = globalThis as unknown as Platform
