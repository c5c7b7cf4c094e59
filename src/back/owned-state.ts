/**
 * A channel's state on its owner: begun anew, or as an image has it. Finds what a turn changed, and makes a version of it. Knows
 * nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { SharedBlock, SharedEvent } from '../protocol/blocks.js'
import type { Clock } from '../runtime/runtime.js'
import { StateMirror } from '../state/mirror/state-mirror.js'
import type { ChannelImage } from './channel-image.js'
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
export function ownedStateHostOf(back: OwnedStateBack, graceMs: number): OwnedStateHost {
  const { ringTurnsMax, ringBytesMax, keyframeRatio, keyframePatchBytesMin, stateCheckMs } = back.limits
  return {
    clock: back.runtime.clock,
    counts: back.counts,
    stateCheckMs,
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
  #completeAtMs = 0
  readonly #failures = new EncodeFailures('state')

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
    const patch = this.#failures.attempt(() => this.stream.encode(complete), channel)
    return { previous, patch, block: this.stream.publish(patch, events) }
  }
}

/** The state at an image's version. */
function stateOf(image: ChannelImage): object {
  const mirror = new StateMirror<object>()
  mirror.load(image.state)
  return mirror.state
}
