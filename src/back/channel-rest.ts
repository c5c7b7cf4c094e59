/**
 * A channel between its turns: what wakes it, what looks after it for a while, and since when nobody is linked to it. Knows nothing of
 * what it does.
 */
import type { ChannelHost, HostedChannel } from './channel-host.js'
import type { DueTimers } from './due-timers.js'
import type { Task } from './tasks.js'

interface RestingChannel extends HostedChannel {
  readonly dueTimers: DueTimers
  readonly sessions: { readonly serial: number; readonly seats: { readonly hasRefused: boolean } }
}

export class ChannelRest {
  readonly #channel: RestingChannel
  readonly #back: ChannelHost
  /** Something may have changed since it last rested. */
  #isTouched = false
  /** Whether the application, or another channel, opened it or spoke to it. */
  #isAskedFor = false
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

  touch(task?: Task): void {
    this.#isTouched = true
    if (task?.type === 'peer' || task?.type === 'sent') this.#isAskedFor = true
    // One that is sent something now and then is not opened anew for each.
    if (task?.type === 'sent') this.leave()
  }

  /** The application wants it open. */
  ask(): void {
    this.#isAskedFor = true
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
    // Who was refused must not leave it open: neither the application nor another channel has asked for it.
    const hasAdmittedNone = channel.sessions.seats.hasRefused && channel.sessions.serial === 0
    if (isVacant && hasAdmittedNone && !this.#isAskedFor && channel.idleSinceMs !== null) return channel.closeIdle()
    const { idleMs } = channel.contract
    if (isVacant && idleMs !== null) this.#back.idle(channel, idleMs)
  }
}
