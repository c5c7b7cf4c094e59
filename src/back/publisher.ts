/**
 * What a channel has published, and to which fronts it goes: turns become shared blocks, encoded once, and late fronts are
 * served from the history. Knows the state only as bytes, and nothing of sessions.
 */
import { History } from '../history/history.js'
import type { HistoryLimits } from '../history/history-limits.js'
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

export class Publisher {
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly #keyframe: () => Uint8Array
  readonly #counts: PublisherCounts
  readonly #history: History
  readonly #subscribers = new Set<Subscriber>()

  /** `keyframe` encodes the state as of the last published version. */
  constructor(
    channelId: string,
    origin: Origin,
    keyframe: () => Uint8Array,
    counts: PublisherCounts,
    limits: HistoryLimits,
  ) {
    this.channelId = channelId
    this.origin = origin
    this.epoch = origin.epoch
    this.#keyframe = keyframe
    this.#counts = counts
    this.#history = new History(limits)
    this.#history.begin(origin, 0)
  }

  get version(): number {
    return this.#history.version
  }

  get subscribers(): number {
    return this.#subscribers.size
  }

  /** Rule V3: what the front lacks now, and everything that follows. */
  subscribe(front: Subscriber, past: { readonly origin: Origin; readonly version: number } | null): void {
    this.#subscribers.add(front)
    const catchUp = this.#history.catchUp(past) ?? this.#renewed()
    if (catchUp.keyframe) front.send(catchUp.keyframe.frame)
    for (const block of catchUp.blocks) front.send(block.frame)
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
    const wanted = Math.min(version, this.version)
    const keyframe = kept !== null && kept.version >= wanted ? kept : this.#renewed().keyframe
    front.send(keyframe.frame)
  }

  /** Makes a version of what a turn brought; null where it brought nothing. `send` hands it to the fronts. */
  publish(patch: Uint8Array | null, events: readonly SharedEvent[]): SharedBlock | null {
    this.#counts.turns++
    if (patch === null && events.length === 0) return null
    if (patch !== null) this.#counts.patches++
    const { channelId, origin, epoch, version } = this
    const block = makeSharedBlock({
      channelId,
      view: 0,
      epoch,
      origin,
      previous: version,
      version: version + 1,
      patch,
      events,
    })
    this.#history.append(block)
    return block
  }

  /** Rule V8: hands a block to all fronts, and a new keyframe where the patches have outgrown the last. */
  send(block: SharedBlock): void {
    for (const front of this.#subscribers) front.send(block.frame)
    if (!this.#history.outgrown) return
    if (this.#subscribers.size === 0) {
      this.#history.dropKeyframe()
      return
    }
    const { keyframe } = this.#renewed()
    for (const front of this.#subscribers) front.send(keyframe.frame)
  }

  #renewed(): { keyframe: ReturnType<typeof makeKeyframe>; blocks: readonly SharedBlock[] } {
    this.#counts.keyframes++
    const { channelId, origin, epoch, version } = this
    const keyframe = makeKeyframe({ channelId, view: 0, epoch, origin, version, bytes: this.#keyframe() })
    this.#history.setKeyframe(keyframe)
    return { keyframe, blocks: [] }
  }
}
