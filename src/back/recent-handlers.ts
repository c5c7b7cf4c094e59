/** Which handlers run, and which began last: what left something behind that ends the process may be one of them. Knows nothing of processes. */
import { handlerOf } from './handler-of.js'
import type { Task } from './tasks.js'

/** How many running asynchronous handlers are named; the others are only counted. */
const HANDLERS_SHOWN_MAX = 20

interface Busy {
  readonly id: string
  readonly load: { readonly running: readonly string[] }
}

export class RecentHandlers {
  #lastChannelId = ''
  #lastTask: Task | null = null

  starts(channelId: string, task: Task): void {
    this.#lastChannelId = channelId
    this.#lastTask = task
  }

  /** Each with its channel. */
  among(channels: Iterable<Busy>): { readonly running: readonly string[]; readonly last: string | null } {
    const running: string[] = []
    for (const { id, load } of channels) {
      for (const handler of load.running) running.push(`${id} ${handler}`)
      if (running.length >= HANDLERS_SHOWN_MAX) break
    }
    const last = this.#lastTask === null ? null : `${this.#lastChannelId} ${handlerOf(this.#lastTask)}`
    return { running: running.slice(0, HANDLERS_SHOWN_MAX), last }
  }
}
