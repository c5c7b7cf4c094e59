/**
 * A channel's state on its owner: begun anew, or as an image has it. Finds what a turn changed, and makes a version of it. Knows
 * nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { SharedBlock, SharedEvent } from '../protocol/blocks.js'
import type { Clock } from '../runtime/runtime.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import type { VersionedTurn } from '../durable/stored-history.js'
import { EncodeFailures, type Logging } from './encode-failures.js'
import type { Opening } from './pending-opening.js'
import type { BackLimits } from './back-limits.js'
import { StateStream, type StreamCounts, type StreamHost } from './state-stream.js'

/** What a turn did to the state, and what all see of it. */
export interface PublishedTurn {
  readonly previous: number
  readonly patch: Uint8Array | null
  readonly block: SharedBlock | null
}

export interface OwnedStateHost extends StreamHost {
  readonly stateCheckMs: number
}

/** What a channel's stream is given by its back: it keeps turns as long as sessions are waited for. */
export function ownedStateHostOf(back: OwnedStateBack, graceMs: number, rewindMsMax: number | null): OwnedStateHost {
  const { ringTurnsMax, ringBytesMax, keyframeRatio, keyframePatchBytesMin, stateCheckMs } = back.limits
  return {
    clock: back.runtime.clock,
    counts: back.counts,
    stateCheckMs,
    rewindMsMax,
    historyLimits: { ringTurnsMax, ringBytesMax, ringMs: graceMs, keyframeRatio, keyframePatchBytesMin },
  }
}

interface OwnedStateBack {
  readonly limits: BackLimits
  readonly runtime: { readonly clock: Clock }
  readonly counts: StreamCounts
}

export class OwnedState {
  readonly stream: StateStream
  readonly #host: OwnedStateHost
  /** Whether each turn is stored, and so has to have all that it changed. */
  readonly #isStored: boolean
  #completeAtMs = 0
  readonly #failures = new EncodeFailures('state')

  /** Throws what the definition's `state` throws, and `EncodeError` for a state that cannot be encoded. */
  constructor(id: string, params: unknown, contract: ChannelContract, opening: Opening, host: OwnedStateHost) {
    const { state, shape, durability } = contract
    this.#isStored = durability === 'log'
    const { origin, epoch, image, turns = [], imageAgeMs = null } = opening
    const options = { shape: shape ?? undefined, plainOnly: durability !== 'none' }
    const encoder = image
      ? StateEncoder.resume<object>(image.state, patchesOf(turns), options)
      : new StateEncoder<object>(state({ id, params }), options)
    if (opening.migrated) encoder.state = opening.migrated.state
    const start = { origin, epoch, version: image?.version ?? 0, turns, imageAgeMs }
    this.stream = new StateStream(id, start, encoder, host)
    this.#host = host
  }

  /** Whether the state of the last turn could be encoded. */
  get isEncodable(): boolean {
    return !this.#failures.isFailing
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
    // A turn that cannot be stored is none: its channel goes on from the one before.
    const patch = this.#isStored
      ? this.stream.encode(complete)
      : this.#failures.attempt(() => this.stream.encode(complete), channel)
    return { previous, patch, block: this.stream.publish(patch, events) }
  }
}

function patchesOf(turns: readonly VersionedTurn[]): Uint8Array[] {
  return turns.flatMap(({ patch }) => patch ?? [])
}
