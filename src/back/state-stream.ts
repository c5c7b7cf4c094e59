/**
 * What the fronts of a channel see of it: the encoder of its state, what was published, and who follows. A turn is encoded
 * into a version, once; it is shown to fronts when it is released, and those that come late are served what is released.
 * Knows nothing of sessions.
 */
import { History } from '../history/history.js'
import type { HistoryLimits } from '../history/history-limits.js'
import { type Keyframe, makeKeyframe, makeSharedBlock, type SharedBlock, type SharedEvent } from '../protocol/blocks.js'
import type { Origin } from '../protocol/origin.js'
import type { Clock } from '../runtime/runtime.js'
import { Followers, type FollowersHost, type MirrorPast, type Subscriber } from './followers.js'
import type { VersionedTurn } from '../durable/stored-history.js'
import type { StateEncoder } from '../state/encoder/state-encoder.js'
import { StatePast } from './state-past.js'

export interface StreamCounts {
  turns: number
  patches: number
  keyframes: number
}

export interface StreamHost {
  readonly clock: Clock
  readonly counts: StreamCounts
  readonly historyLimits: HistoryLimits
  /** How far back the states of the past are kept; null for not at all. */
  readonly rewindMsMax: number | null
}

/** Where a channel's history begins for its owner: at version 0 of a new one, or where an earlier owner stopped. */
export interface StreamStart {
  readonly origin: Origin
  /** Of the owner: above the origin's where the history is an earlier owner's. */
  readonly epoch: number
  readonly version: number
  /** What is still known of the turns before: those that return are served them. */
  readonly turns: readonly VersionedTurn[]
  /** See `HistoryPosition`. */
  readonly imageAgeMs: number | null
}

/** A turn that is encoded and not released yet. */
interface Pending {
  readonly block: SharedBlock
  /** Of its version, for those that wait for one. */
  readonly keyframe: Keyframe | null
}

/** The whole state; further views of a channel get numbers of their own. */
const VIEW = 0

export class StateStream implements FollowersHost {
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly imageAgeMs: number | null
  readonly history: History
  /** What fronts were shown lately; null where the channel does not rewind. */
  readonly past: StatePast | null
  readonly #host: StreamHost
  readonly #encoder: StateEncoder<object>
  readonly #followers: Followers
  #pending: Pending[] = []
  #encoded: number

  constructor(
    channelId: string,
    { origin, epoch, version, turns, imageAgeMs }: StreamStart,
    encoder: StateEncoder<object>,
    host: StreamHost,
  ) {
    this.channelId = channelId
    this.origin = origin
    this.epoch = epoch
    this.imageAgeMs = imageAgeMs
    this.#encoded = version
    this.#host = host
    this.#encoder = encoder
    this.history = new History({ channelId, view: VIEW }, host.historyLimits)
    this.history.begin(origin, turns[0]?.previous ?? version)
    for (const turn of turns)
      this.history.append(makeSharedBlock({ channelId, view: VIEW, epoch, origin, ...turn }), host.clock.now())
    const { rewindMsMax, clock, historyLimits } = host
    const { ringTurnsMax } = historyLimits
    this.past =
      rewindMsMax === null
        ? null
        : new StatePast({ rewindMsMax, ringTurnsMax }, encoder.keyframe(), version, clock.now())
    this.#followers = new Followers(this)
  }

  /** Plain and mutable. */
  get state(): object {
    return this.#encoder.state
  }

  /** The version that the last turn was encoded into. */
  get version(): number {
    return this.#encoded
  }

  /** The version that fronts may see. */
  get released(): number {
    return this.history.version
  }

  get subscribers(): number {
    return this.#followers.size
  }

  /** The state as of the encoded version. */
  keyframe(): Uint8Array {
    return this.#encoder.keyframe()
  }

  /** What changed since the last call; null for nothing. Throws where the state cannot be encoded. */
  encode(complete: boolean): Uint8Array | null {
    return this.#encoder.patch({ complete })
  }

  /** Makes a version of what a turn brought; null where it brought nothing. It is not shown before `release`. */
  publish(patch: Uint8Array | null, events: readonly SharedEvent[]): SharedBlock | null {
    const { channelId, origin, epoch } = this
    const { counts } = this.#host
    counts.turns++
    if (patch === null && events.length === 0) return null
    if (patch !== null) counts.patches++
    const previous = this.#encoded++
    const version = this.#encoded
    const head = { channelId, view: VIEW, epoch, origin, previous, version }
    const block = makeSharedBlock({ patch, events, ...head })
    this.#pending.push({ block, keyframe: this.#followers.awaiting > 0 ? this.#makeKeyframe() : null })
    return block
  }

  /** Rule V8: hands what was published up to a version to all fronts, and a new keyframe where the turns have outgrown the last. */
  release(version: number): void {
    let count = 0
    for (const { block, keyframe } of this.#pending) {
      if (block.version > version) break
      count++
      this.history.append(block, this.#host.clock.now())
      this.past?.add(block, this.#host.clock.now())
      this.#followers.offer(block)
      if (keyframe !== null) this.#keep(keyframe)
    }
    this.#pending.splice(0, count)
    if (this.#followers.awaiting > 0 && this.isReleased) this.#keep(this.#makeKeyframe())
    if (this.history.outgrown && this.isReleased) this.#renewForAll()
  }

  /** Whether all that was encoded is released. */
  get isReleased(): boolean {
    return this.#pending.length === 0
  }

  #renewForAll(): void {
    if (this.#followers.size === 0) this.history.dropKeyframe(this.#host.clock.now())
    else this.#followers.offerKeyframe(this.renewKeyframe())
  }

  #keep(keyframe: Keyframe): void {
    this.history.setKeyframe(keyframe, this.#host.clock.now())
    this.#followers.serveAwaiting()
  }

  /** Rule V3: what the front lacks, and everything that follows. */
  subscribe(front: Subscriber, past: MirrorPast | null): void {
    this.#followers.add(front, past)
  }

  unsubscribe(front: Subscriber): void {
    this.#followers.remove(front)
  }

  /** The front gets a keyframe of at least this version; the newest serves where the version is still to come. */
  renew(front: Subscriber, version: number): void {
    this.#followers.renew(front, version)
  }

  renewKeyframe(): Keyframe {
    const keyframe = this.#makeKeyframe()
    this.history.setKeyframe(keyframe, this.#host.clock.now())
    return keyframe
  }

  /** Of the encoded version. */
  #makeKeyframe(): Keyframe {
    this.#host.counts.keyframes++
    const { channelId, origin, epoch, version } = this
    return makeKeyframe({ channelId, view: VIEW, epoch, origin, version, bytes: this.#encoder.keyframe() })
  }
}
