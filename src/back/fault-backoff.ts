/**
 * Channels that live in memory and have failed: one that fails again and again opens after growing waits, so that its clients, which link
 * again by themselves, do not open it at full speed. Knows nothing of why they failed.
 */
import type { Clock } from '../runtime/runtime.js'
import { BoundedMap } from '../session/bounded-map.js'
import type { BackLimits } from './back-limits.js'
import { ChannelUnavailable } from './channel-unavailable.js'

/** How many failed channels are remembered; the one that failed longest ago is evicted first. */
const REMEMBERED_MAX = 10_000

interface Faults {
  readonly count: number
  readonly at: number
  /** It opens no sooner. */
  readonly until: number
}

export class FaultBackoff {
  readonly #clock: Clock
  readonly #limits: BackLimits
  readonly #faults = new BoundedMap<string, Faults>(REMEMBERED_MAX)

  constructor(clock: Clock, limits: BackLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** A first fault costs no wait. */
  note(channelId: string): void {
    const { faultsWithinMs, faultBackoffMsMin, faultBackoffMsMax } = this.#limits
    const now = this.#clock.now()
    const before = this.#faults.get(channelId)
    const count = before !== undefined && now - before.at < faultsWithinMs ? before.count + 1 : 1
    const waitMs = count === 1 ? 0 : Math.min(faultBackoffMsMax, faultBackoffMsMin * 2 ** Math.min(count - 2, 32))
    this.#faults.set(channelId, { count, at: now, until: now + waitMs })
  }

  /** Throws a `ChannelUnavailable` `faulted` while the channel waits. */
  expect(channelId: string): void {
    const faults = this.#faults.get(channelId)
    const leftMs = faults === undefined ? 0 : faults.until - this.#clock.now()
    if (faults === undefined || leftMs <= 0) return
    throw new ChannelUnavailable(
      'faulted',
      `channel '${channelId}' has failed ${faults.count} times and opens again in ${Math.ceil(leftMs)} ms; the server has logged why`,
      { relink: true },
    )
  }
}
