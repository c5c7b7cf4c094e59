/**
 * Opens stored channels that nobody links to and that have something to do: a timer that falls due, or sessions whose grace runs. One
 * timer for all of them. Knows nothing of what they do.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { DueChannel } from '../store/store.js'

/** The store is asked this often, whatever is known to fall due. */
export const ASK_MS = 60_000
/** One that several backs have: what falls due after one of them has died is another's. */
export const SHARED_ASK_MS = 1_000
/** How many sleeping channels are opened at once for their due timers. */
const OPENED_MAX = 100

export interface DueHost {
  readonly clock: Clock
  readonly askMs: number
  /** Channels without an owner that are due by then, the earliest first. */
  due(by: number, limit: number): Promise<readonly DueChannel[]>
  /** Resolves when it is open. */
  open(channelId: string): Promise<void>
}

export class DueChannels {
  readonly #host: DueHost
  /** Those that could not be opened: not tried again before the store is asked anew. */
  readonly #failed = new Set<string>()
  #timer: Timer | null = null
  #nextAt = Number.POSITIVE_INFINITY
  #isStopped = false

  constructor(host: DueHost) {
    this.#host = host
  }

  /** Looks now, and from then on whenever something falls due. */
  start(): void {
    this.#at(this.#host.clock.wall())
  }

  /** A channel is asleep until then. */
  expect(dueAt: number): void {
    if (dueAt < this.#nextAt) this.#at(dueAt)
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #at(dueAt: number): void {
    if (this.#isStopped) return
    const { clock, askMs } = this.#host
    this.#timer?.cancel()
    this.#nextAt = dueAt
    this.#timer = clock.after(Math.min(Math.max(0, dueAt - clock.wall()), askMs), () => void this.#look())
  }

  async #look(): Promise<void> {
    const { clock, askMs } = this.#host
    this.#nextAt = Number.POSITIVE_INFINITY
    let found: readonly DueChannel[] = []
    try {
      found = await this.#host.due(clock.wall() + askMs, OPENED_MAX + this.#failed.size)
    } catch {
      // The store is in trouble, which is logged where commits are: it is asked again.
    }
    if (this.#isStopped) return
    const now = clock.wall()
    const due = found.filter(({ channelId, dueAt }) => dueAt <= now && !this.#failed.has(channelId))
    await Promise.all(due.map(({ channelId }) => this.#open(channelId)))
    const later = found.find(({ dueAt }) => dueAt > now)
    if (due.length === 0) this.#failed.clear()
    const nextAt = due.length > 0 ? now : Math.min(later?.dueAt ?? now + askMs, now + askMs)
    if (nextAt < this.#nextAt) this.#at(nextAt)
  }

  async #open(channelId: string): Promise<void> {
    try {
      await this.#host.open(channelId)
    } catch {
      // Why is logged by those who open it.
      this.#failed.add(channelId)
    }
  }
}
