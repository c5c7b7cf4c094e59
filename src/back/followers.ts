/**
 * The fronts that mirror a channel, and how far each has been served. One that keeps up is sent each turn as it is released. One that
 * does not is held back, and is sent what it lacks piece by piece when its link has room: the turns, or a keyframe in their
 * place. Knows nothing of how state is encoded.
 */
import type { CatchUp, History } from '../history/history.js'
import type { Keyframe, SharedBlock } from '../protocol/blocks.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { RoomWaiter } from './room-queue.js'

/** A front that mirrors the channel. */
export interface Subscriber {
  /** The longest frame that it takes. */
  readonly frameBytesMax: number
  /** Bytes that may be sent now; 0 or less while its link is busy. */
  readonly room: number
  send(frame: Uint8Array): void
  /** Has the waiter proceed when there is room, in turn with others. */
  whenRoom(waiter: RoomWaiter<Subscriber>): void
  /** The whole state of a channel is longer than what it takes: the front does not mirror it, and those linked through it are refused. */
  unsendable(channelId: string, bytes: number): void
}

export interface MirrorPast {
  readonly origin: Origin
  readonly version: number
}

export interface FollowersHost {
  readonly history: History
  /** Whether all that was encoded is released: a keyframe made now may be shown. */
  readonly isReleased: boolean
  /** A keyframe of the encoded version, which is kept. */
  renewKeyframe(): Keyframe
  readonly channelId: string
}

/** Patches are sent to one that fell behind as long as they weigh no more than this above a keyframe. */
const PATCHES_ABOVE_KEYFRAME_BYTES = 262_144

interface Follower {
  /** The version that it has of the history, null for none. Of no meaning while it keeps up. */
  at: number | null
  keepsUp: boolean
  /** Its link was busy: it is brought up to date by the lightest way. */
  wasBusy: boolean
  /** It asked for a keyframe of at least this version; -1 where it did not. */
  renewal: number
}

export class Followers implements RoomWaiter<Subscriber> {
  readonly #host: FollowersHost
  readonly #all = new Map<Subscriber, Follower>()
  /** Those that need a keyframe while turns wait for their release: the next one that is made is for them. */
  readonly #awaiting = new Set<Subscriber>()

  constructor(host: FollowersHost) {
    this.#host = host
  }

  get size(): number {
    return this.#all.size
  }

  get awaiting(): number {
    return this.#awaiting.size
  }

  /** Rule V3: what the front lacks, and everything that follows. */
  add(front: Subscriber, past: MirrorPast | null): void {
    const { history } = this.#host
    const at = past !== null && history.origin !== null && sameOrigin(past.origin, history.origin) ? past.version : null
    this.#all.set(front, { at, keepsUp: false, wasBusy: false, renewal: -1 })
    this.#awaiting.delete(front)
    front.whenRoom(this)
  }

  remove(front: Subscriber): void {
    this.#all.delete(front)
    this.#awaiting.delete(front)
  }

  /** It asks for a keyframe of at least this version; the newest serves where the version is still to come. */
  renew(front: Subscriber, version: number): void {
    const follower = this.#all.get(front)
    if (follower === undefined) return
    follower.renewal = Math.max(follower.renewal, version)
    front.whenRoom(this)
  }

  /** A turn was released. */
  offer(block: SharedBlock): void {
    for (const [front, follower] of this.#all) {
      if (!follower.keepsUp) continue
      if (front.room > 0 && block.frame.length <= front.frameBytesMax) front.send(block.frame)
      else {
        this.#all.set(front, { ...follower, at: block.previous, keepsUp: false, wasBusy: true })
        front.whenRoom(this)
      }
    }
  }

  /** A keyframe that spares those that keep up a long tail of turns; it can be left out. */
  offerKeyframe({ frame }: Keyframe): void {
    for (const [front, { keepsUp }] of this.#all) {
      if (keepsUp && front.room > 0 && frame.length <= front.frameBytesMax) front.send(frame)
    }
  }

  /** The history has a keyframe that may be shown. */
  serveAwaiting(): void {
    const fronts = [...this.#awaiting]
    this.#awaiting.clear()
    for (const front of fronts) front.whenRoom(this)
  }

  proceed(front: Subscriber): boolean {
    const follower = this.#all.get(front)
    if (follower === undefined || (follower.keepsUp && follower.renewal < 0)) return false
    const missing = this.#missing(front, follower)
    if (missing === null) {
      this.#awaiting.add(front)
      return false
    }
    const { keyframe, blocks } = missing
    if (keyframe) {
      if (keyframe.frame.length > front.frameBytesMax) {
        this.remove(front)
        front.unsendable(this.#host.channelId, keyframe.frame.length)
        return false
      }
      front.send(keyframe.frame)
      follower.renewal = -1
      follower.at = Math.max(follower.at ?? 0, keyframe.version)
    } else {
      const [block] = blocks
      if (block) front.send(block.frame)
      follower.at = block ? block.version : this.#host.history.version
    }
    if (follower.at === this.#host.history.version) Object.assign(follower, { keepsUp: true, wasBusy: false })
    return !follower.keepsUp || follower.renewal >= 0
  }

  /** Null where a keyframe is needed and none may be shown now. */
  #missing(front: Subscriber, follower: Follower): CatchUp | null {
    const { history } = this.#host
    if (follower.renewal >= 0) {
      const { keyframe } = history
      const wanted = Math.min(follower.renewal, history.version)
      return keyframe !== null && keyframe.version >= wanted ? { keyframe, blocks: [] } : this.#newest()
    }
    const { origin } = history
    const blocks = follower.at === null || origin === null ? null : history.since(origin, follower.at)
    const whole = history.catchUp(null)
    if (blocks === null) return whole ?? this.#newest()
    if (blocks.some(({ frame }) => frame.length > front.frameBytesMax)) return this.#newest()
    const isHeavy = whole !== null && bytesOf(blocks) > weightOf(whole) + PATCHES_ABOVE_KEYFRAME_BYTES
    return follower.wasBusy && isHeavy ? whole : { keyframe: null, blocks }
  }

  #newest(): CatchUp | null {
    return this.#host.isReleased ? { keyframe: this.#host.renewKeyframe(), blocks: [] } : null
  }
}

function weightOf({ keyframe, blocks }: CatchUp): number {
  return (keyframe?.frame.length ?? 0) + bytesOf(blocks)
}

function bytesOf(blocks: readonly SharedBlock[]): number {
  return blocks.reduce((sum, { frame }) => sum + frame.length, 0)
}
