/**
 * What a channel has published, and to which fronts it goes: turns become shared blocks, encoded once, and late fronts are
 * served from the history. Knows the state only as bytes, and nothing of sessions.
 */
import { History } from '../history/history.js'
import { makeKeyframe, makeSharedBlock, type SharedBlock, type SharedEvent } from '../protocol/blocks.js'
import type { Origin } from '../protocol/origin.js'

/** A front that mirrors the channel. */
export interface Subscriber {
  send(frame: Uint8Array): void
}

export interface PublisherCounts {
  turns: number
  patches: number
  keyframes: number
}

export interface StreamStart {
  readonly origin: Origin
  /** Of the owner: above the origin's where the channel goes on from an image. */
  readonly epoch: number
  readonly version: number
}

export class Publisher {
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly #keyframe: () => Uint8Array
  readonly #counts: PublisherCounts
  readonly #history = new History()
  /** Each with the version that it has been sent, or that it waits for: a keyframe of a version that is not released yet. */
  readonly #subscribers = new Map<Subscriber, number>()
  #released: number

  /** `keyframe` encodes the state as of the last encoded version, which is `version` at first. */
  constructor(channelId: string, at: StreamStart, keyframe: () => Uint8Array, counts: PublisherCounts) {
    const { origin, epoch, version } = at
    this.channelId = channelId
    this.origin = origin
    this.epoch = epoch
    this.#keyframe = keyframe
    this.#counts = counts
    this.#history.begin(origin, version)
    this.#released = version
  }

  /** The last version that was made of a turn. */
  get encoded(): number {
    return this.#history.version
  }

  /** The last version that anyone has been shown. */
  get released(): number {
    return this.#released
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Rule V3: what the front lacks of what is released, and everything that follows. */
  subscribe(front: Subscriber, past: { readonly origin: Origin; readonly version: number } | null): void {
    const catchUp = this.#history.catchUp(past) ?? this.#renewed()
    const { keyframe } = catchUp
    if (keyframe !== null && keyframe.version > this.#released) {
      this.#subscribers.set(front, keyframe.version)
      return
    }
    this.#subscribers.set(front, this.#released)
    if (keyframe) front.send(keyframe.frame)
    for (const block of catchUp.blocks) if (block.version <= this.#released) front.send(block.frame)
  }

  unsubscribe(front: Subscriber): void {
    this.#subscribers.delete(front)
  }

  subscribed(front: Subscriber): boolean {
    return this.#subscribers.has(front)
  }

  /** Sends the front a keyframe of at least this version; the newest serves where the version is still to come. */
  renew(front: Subscriber, version: number): void {
    const kept = this.#history.keyframe
    const wanted = Math.min(version, this.#released)
    const keyframe = kept !== null && kept.version >= wanted ? kept : this.#renewed().keyframe
    if (keyframe.version > this.#released) this.#subscribers.set(front, keyframe.version)
    else front.send(keyframe.frame)
  }

  /** Makes a version of what a turn brought; null where it brought nothing. `send` hands it to the fronts. */
  publish(patch: Uint8Array | null, events: readonly SharedEvent[]): SharedBlock | null {
    this.#counts.turns++
    if (patch === null && events.length === 0) return null
    if (patch !== null) this.#counts.patches++
    const { channelId, origin, epoch, encoded } = this
    const block = makeSharedBlock({
      channelId,
      view: 0,
      epoch,
      origin,
      previous: encoded,
      version: encoded + 1,
      patch,
      events,
    })
    this.#history.append(block)
    return block
  }

  /** Rule V8: hands a block to all fronts, and a new keyframe where the patches have outgrown the last. */
  send(block: SharedBlock): void {
    this.#released = block.version
    for (const [front, at] of this.#subscribers) {
      if (at < block.version) front.send(block.frame)
      // The keyframe that it has waited for.
      else if (at === block.version) this.subscribe(front, null)
    }
    if (!this.#history.outgrown || this.#released < this.encoded) return
    if (this.#subscribers.size === 0) {
      this.#history.dropKeyframe()
      return
    }
    const { keyframe } = this.#renewed()
    for (const front of this.#subscribers.keys()) front.send(keyframe.frame)
  }

  #renewed(): { keyframe: ReturnType<typeof makeKeyframe>; blocks: readonly SharedBlock[] } {
    this.#counts.keyframes++
    const { channelId, origin, epoch, encoded: version } = this
    const keyframe = makeKeyframe({ channelId, view: 0, epoch, origin, version, bytes: this.#keyframe() })
    this.#history.setKeyframe(keyframe)
    return { keyframe, blocks: [] }
  }
}
