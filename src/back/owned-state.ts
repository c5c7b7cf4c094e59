/**
 * A channel's state on its owner: begun anew, or as an image has it. Finds what a turn changed, and makes a version of it. Knows
 * nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { SharedBlock, SharedEvent } from '../protocol/blocks.js'
import type { Log } from '../runtime/runtime.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import type { VersionedTurn } from '../durable/stored-history.js'
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
  /** Whether each turn is stored, and so has to have all that it changed. */
  readonly #isStored: boolean
  #completeAtMs = 0
  #failure = ''

  /** Throws what the definition's `state` throws, and `EncodeError` for a state that cannot be encoded. */
  constructor(id: string, params: unknown, contract: ChannelContract, opening: Opening, host: OwnedStateHost) {
    const { state, shape, durability } = contract
    this.#isStored = durability === 'log'
    const { origin, epoch, image, turns = [] } = opening
    const options = { shape: shape ?? undefined }
    const encoder = image
      ? StateEncoder.resume<object>(image.state, patchesOf(turns), options)
      : new StateEncoder<object>(state({ id, params }), options)
    if (opening.migrated) encoder.state = opening.migrated.state
    this.stream = new StateStream(id, { origin, epoch, version: image?.version ?? 0, turns }, encoder, host)
    this.#host = host
  }

  /**
   * Makes a version of what a turn brought. What was changed through objects kept from earlier is found within `stateCheckMs` while
   * the channel has turns, and where `isLast`: in the last turn before it sleeps.
   */
  publish(events: readonly SharedEvent[], isLast: boolean, channel: Logging): PublishedTurn {
    const now = this.#host.clock.now()
    const complete = isLast || this.#isStored || now - this.#completeAtMs >= this.#host.stateCheckMs
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

function patchesOf(turns: readonly VersionedTurn[]): Uint8Array[] {
  return turns.flatMap(({ patch }) => patch ?? [])
}
