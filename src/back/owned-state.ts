/**
 * A channel's state on its owner: begun anew, or as an image has it. Finds what a turn changed, and makes a version of it. Knows
 * nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { SharedBlock, SharedEvent } from '../protocol/blocks.js'
import type { Log } from '../runtime/runtime.js'
import { StateMirror } from '../state/mirror/state-mirror.js'
import type { ChannelImage } from './channel-image.js'
import type { Opening } from './pending-opening.js'
import { StateStream, type StreamHost } from './state-stream.js'

/** Its log is made where there is something to log. */
interface Logging {
  readonly log: Log
}

/** What a turn did to the state, and what all see of it. */
export interface PublishedTurn {
  readonly previous: number
  readonly patch: Uint8Array | null
  readonly block: SharedBlock | null
}

export interface OwnedStateHost extends StreamHost {
  readonly stateCheckMs: number
}

export class OwnedState {
  readonly stream: StateStream
  readonly #host: OwnedStateHost
  #completeAtMs = 0
  #failure = ''

  /** Throws what the definition's `state` throws, and `EncodeError` for a state that cannot be encoded. */
  constructor(id: string, params: unknown, { state, shape }: ChannelContract, opening: Opening, host: OwnedStateHost) {
    const { origin, epoch, image } = opening
    // Until an encoder goes on in the numbering of another, mirrors of the image's version need a keyframe: as after a turn of its own.
    const version = image ? image.version + 1 : 0
    const initial = image ? stateOf(image) : state({ id, params })
    this.stream = new StateStream(id, { origin, epoch, version }, initial, shape ?? undefined, host)
    this.#host = host
  }

  /**
   * Makes a version of what a turn brought. What was changed through objects kept from earlier is found within `stateCheckMs` while
   * the channel has turns, and where `isLast`: in the last turn before it sleeps.
   */
  publish(events: readonly SharedEvent[], isLast: boolean, channel: Logging): PublishedTurn {
    const now = this.#host.clock.now()
    const complete = isLast || now - this.#completeAtMs >= this.#host.stateCheckMs
    if (complete) this.#completeAtMs = now
    const previous = this.stream.version
    const patch = this.#encode(complete, channel)
    return { previous, patch, block: this.stream.publish(patch, events) }
  }

  #encode(complete: boolean, channel: Logging): Uint8Array | null {
    try {
      const patch = this.stream.encode(complete)
      this.#failure = ''
      return patch
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Logged once: the same fault would fill the log with every turn until the application mends its state.
      if (message !== this.#failure) channel.log.error('state.encode-failed', { error: message })
      this.#failure = message
      return null
    }
  }
}

/** The state at an image's version. */
function stateOf(image: ChannelImage): object {
  const mirror = new StateMirror<object>()
  mirror.load(image.state)
  return mirror.state
}
