/** Encodes what a channel holds, and says once that it cannot: the same fault would fill the log with every turn until it is mended. */
import type { Log } from '../runtime/runtime.js'
import { errorText } from './error-text.js'
import { handlerOf } from './handler-of.js'
import type { Task } from './tasks.js'

/** Its log is made where there is something to log. */
export interface Logging {
  readonly log: Log
  /** What began or was finished in this turn. */
  readonly ran: readonly Task[]
}

export class EncodeFailures {
  readonly #part: 'state' | 'memory'
  #failure = ''

  constructor(part: 'state' | 'memory') {
    this.#part = part
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.#failure !== ''
  }

  /** Null where nothing changed, and where it cannot be encoded. */
  attempt(encode: () => Uint8Array | null, channel: Logging): Uint8Array | null {
    try {
      const patch = encode()
      this.#failure = ''
      return patch
    } catch (error) {
      const message = error instanceof Error ? error.message : errorText(error)
      if (message !== this.#failure) {
        const handlers = [...new Set(channel.ran.map(handlerOf))]
        channel.log.error('state.encode-failed', { part: this.#part, handlers, error: message })
      }
      this.#failure = message
      return null
    }
  }
}
