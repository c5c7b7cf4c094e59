/**
 * A channel's state on its owner: the object that handlers change, the encoder that finds what changed, and the stream of what was
 * published. It begins anew, or goes on from an image. Knows nothing of sessions and handlers.
 */
import type { FieldType } from '../state/struct.js'
import type { SharedBlock, SharedEvent } from '../protocol/blocks.js'
import type { Origin } from '../protocol/origin.js'
import type { Clock, Log } from '../runtime/runtime.js'
import { StateEncoder } from '../state/state-encoder.js'
import { StateMirror } from '../state/state-mirror.js'
import type { ChannelImage } from './channel-image.js'
import type { Opening } from './pending-opening.js'
import { Publisher, type PublisherCounts } from './publisher.js'

/** How long a change through an object kept from earlier may go unnoticed while the channel has turns. */
const COMPLETE_MS = 5_000

export interface OwnedStateOptions {
  readonly channelId: string
  readonly opening: Opening
  /** Makes the state of a new history. */
  readonly initial: () => object
  readonly shape: FieldType<object> | null
  readonly counts: PublisherCounts
}

/** Where a channel's history is. */
export interface HistoryPosition {
  readonly origin: Origin
  readonly epoch: number
  /** The last version that was encoded. */
  readonly encoded: number
}

/** What a turn did to the state, and what all see of it. */
export interface PublishedTurn {
  readonly previous: number
  readonly patch: Uint8Array | null
  readonly block: SharedBlock | null
}

export class OwnedState {
  readonly stream: Publisher
  readonly #encoder: StateEncoder<object>
  #completeAtMs = 0
  #failure = ''

  /** Throws what `initial` throws, and `EncodeError` for a state that cannot be encoded. */
  constructor({ channelId, opening, initial, shape, counts }: OwnedStateOptions) {
    const { origin, epoch, image } = opening
    const encoder = new StateEncoder<object>(image ? stateOf(image) : initial(), { shape: shape ?? undefined })
    // Until an encoder goes on in the numbering of another, mirrors of the image's version need a keyframe: as after a turn of its own.
    const version = image ? image.version + 1 : 0
    this.#encoder = encoder
    this.stream = new Publisher(channelId, { origin, epoch, version }, () => encoder.keyframe(), counts)
  }

  /** Plain and mutable. */
  get state(): object {
    return this.#encoder.state
  }

  /** The state as of the last turn. */
  keyframe(): Uint8Array {
    return this.#encoder.keyframe()
  }

  /**
   * Makes a version of what a turn brought. What was changed through objects kept from earlier is found within `COMPLETE_MS` while
   * the channel has turns, and where `isLast`: in the last turn before it sleeps.
   */
  publish(events: readonly SharedEvent[], isLast: boolean, clock: Clock, log: Log): PublishedTurn {
    const now = clock.now()
    const complete = isLast || now - this.#completeAtMs >= COMPLETE_MS
    if (complete) this.#completeAtMs = now
    const previous = this.stream.encoded
    const patch = this.#encode(complete, log)
    return { previous, patch, block: this.stream.publish(patch, events) }
  }

  #encode(complete: boolean, log: Log): Uint8Array | null {
    try {
      const patch = this.#encoder.patch({ complete })
      this.#failure = ''
      return patch
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Logged once: the same fault would fill the log with every turn until the application mends its state.
      if (message !== this.#failure) log.error('state-not-encodable', { error: message })
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
