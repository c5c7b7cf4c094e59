/**
 * A channel between its turns: what wakes it, what looks after it for a while, and since when nobody is linked to it. Knows nothing of
 * what it does.
 */
import type { ChannelHost, HostedChannel } from './channel-host.js'
import type { DueTimers } from './due-timers.js'

interface RestingChannel extends HostedChannel {
  readonly dueTimers: DueTimers
}

export class ChannelRest {
  readonly #channel: RestingChannel
  readonly #back: ChannelHost
  /** Something may have changed since it last rested. */
  #isTouched = false
  #vacantSinceMs: number

  constructor(channel: RestingChannel, back: ChannelHost) {
    this.#channel = channel
    this.#back = back
    this.#vacantSinceMs = back.runtime.clock.now()
  }

  /** When the last session left, or the channel opened. */
  get vacantSinceMs(): number {
    return this.#vacantSinceMs
  }

  touch(): void {
    this.#isTouched = true
  }

  /** A session has left. */
  leave(): void {
    this.#vacantSinceMs = this.#back.runtime.clock.now()
  }

  /** It takes no turn until it is woken. */
  begin(isVacant: boolean): void {
    const channel = this.#channel
    channel.dueTimers.arm()
    if (this.#isTouched) this.#back.touched(channel)
    this.#isTouched = false
    const { idleMs } = channel.contract
    if (isVacant && idleMs !== null) this.#back.idle(channel, idleMs)
  }
}
