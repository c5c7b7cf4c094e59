/** Encodes what a channel holds, and says once that it cannot: the same fault would fill the log with every turn until it is mended. */
import type { Log } from '../runtime/runtime.js'
import { errorText } from './error-text.js'

/** Its log is made where there is something to log. */
export interface Logging {
  readonly log: Log
}

export class EncodeFailures {
  readonly #part: 'state' | 'memory'
  #failure = ''

  constructor(part: 'state' | 'memory') {
    this.#part = part
  }

  /** Null where nothing changed, and where it cannot be encoded. */
  attempt(encode: () => Uint8Array | null, channel: Logging): Uint8Array | null {
    try {
      const patch = encode()
      this.#failure = ''
      return patch
    } catch (error) {
      const message = error instanceof Error ? error.message : errorText(error)
      if (message !== this.#failure) channel.log.error('state.encode-failed', { part: this.#part, error: message })
      this.#failure = message
      return null
    }
  }
}
