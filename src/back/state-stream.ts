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
import type { VersionedTurn } from '../durable/stored-history.js'
import type { StateEncoder } from '../state/encoder/state-encoder.js'

/** A front that mirrors the channel. */
export interface Subscriber {
  send(frame: Uint8Array): void
}

export interface StreamCounts {
  turns: number
  patches: number
  keyframes: number
}

export interface StreamHost {
  readonly clock: Clock
  readonly counts: StreamCounts
  readonly historyLimits: HistoryLimits
}

/** Where a channel's history begins for its owner: at version 0 of a new one, or where an earlier owner stopped. */
export interface StreamStart {
  readonly origin: Origin
  /** Of the owner: above the origin's where the history is an earlier owner's. */
  readonly epoch: number
  readonly version: number
  /** What is still known of the turns before: those that return are served them. */
  readonly turns: readonly VersionedTurn[]
}

interface Past {
  readonly origin: Origin
  readonly version: number
}

/** A turn that is encoded and not released yet. */
interface Pending {
  readonly block: SharedBlock
  /** Of its version, for those that wait for one. */
  readonly keyframe: Keyframe | null
}

/** The whole state; further views of a channel get numbers of their own. */
const VIEW = 0

export class StateStream {
  readonly channelId: string
  readonly origin: Origin
  readonly epoch: number
  readonly history: History
  readonly #host: StreamHost
  readonly #encoder: StateEncoder<object>
  readonly #subscribers = new Set<Subscriber>()
  /** Those that need a keyframe while turns wait for their release: they get the next one. */
  readonly #waiting = new Set<Subscriber>()
  #pending: Pending[] = []
  #encoded: number

  constructor(
    channelId: string,
    { origin, epoch, version, turns }: StreamStart,
    encoder: StateEncoder<object>,
    host: StreamHost,
  ) {
    this.channelId = channelId
    this.origin = origin
    this.epoch = epoch
    this.#encoded = version
    this.#host = host
    this.#encoder = encoder
    this.history = new History({ channelId, view: VIEW }, host.historyLimits)
    this.history.begin(origin, turns[0]?.previous ?? version)
    for (const turn of turns)
      this.history.append(makeSharedBlock({ channelId, view: VIEW, epoch, origin, ...turn }), host.clock.now())
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
    return this.#subscribers.size
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
    const block = makeSharedBlock({ ...head, patch, events })
    this.#pending.push({ block, keyframe: this.#waiting.size > 0 ? this.#makeKeyframe() : null })
    return block
  }

  /** Rule V8: hands what was published up to a version to all fronts, and a new keyframe where the turns have outgrown the last. */
  release(version: number): void {
    let count = 0
    for (const { block, keyframe } of this.#pending) {
      if (block.version > version) break
      count++
      this.history.append(block, this.#host.clock.now())
      for (const front of this.#subscribers) if (!this.#waiting.has(front)) front.send(block.frame)
      if (keyframe !== null) this.#serveWaiting(keyframe)
    }
    this.#pending.splice(0, count)
    if (this.#waiting.size > 0 && this.#isReleased) this.#serveWaiting(this.#makeKeyframe())
    if (this.history.outgrown && this.#isReleased) this.#renewForAll()
  }

  get #isReleased(): boolean {
    return this.#pending.length === 0
  }

  #renewForAll(): void {
    if (this.#subscribers.size === 0) {
      this.history.dropKeyframe(this.#host.clock.now())
      return
    }
    const { frame } = this.#renewed()
    for (const front of this.#subscribers) front.send(frame)
  }

  #serveWaiting(keyframe: Keyframe): void {
    this.history.setKeyframe(keyframe, this.#host.clock.now())
    for (const front of this.#waiting) front.send(keyframe.frame)
    this.#waiting.clear()
  }

  /** Rule V3: what the front lacks now, and everything that follows. */
  subscribe(front: Subscriber, past: Past | null): void {
    this.#subscribers.add(front)
    const catchUp = this.history.catchUp(past)
    if (catchUp !== null) {
      if (catchUp.keyframe) front.send(catchUp.keyframe.frame)
      for (const block of catchUp.blocks) front.send(block.frame)
    } else this.#sendNewKeyframe(front)
  }

  unsubscribe(front: Subscriber): void {
    this.#subscribers.delete(front)
    this.#waiting.delete(front)
  }

  /** Sends the front a keyframe of at least this version; the newest serves where the version is still to come. */
  renew(front: Subscriber, version: number): void {
    const kept = this.history.keyframe
    const wanted = Math.min(version, this.released)
    if (kept !== null && kept.version >= wanted) front.send(kept.frame)
    else this.#sendNewKeyframe(front)
  }

  /** The encoder is at the encoded version, which may be ahead of what may be shown: then it comes with the next turn. */
  #sendNewKeyframe(front: Subscriber): void {
    if (this.#isReleased) front.send(this.#renewed().frame)
    else this.#waiting.add(front)
  }

  #renewed(): Keyframe {
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
