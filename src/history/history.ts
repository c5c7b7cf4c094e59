/**
 * A channel's recent past as bytes: one keyframe and the published turns around it. Owners and fronts keep the same thing: a
 * late client is served the keyframe and what follows, a returning one only what it missed. Within one process both look at
 * the owner's (`shared-histories.ts`). Knows nothing of links, and opens neither keyframe nor patch.
 */
import { joinTurns, type Keyframe, keyframeOfEpoch, readTurns, type SharedBlock } from '../protocol/blocks.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { HistoryLimits } from './history-limits.js'
import { TurnRing } from './turn-ring.js'

/** Turns are framed together up to this many bytes, for all that have missed the same. */
const CATCH_UP_FRAME_BYTES = 262_144
/** How many catch-ups are kept until the next turn, for other clients that missed the same turns. */
const CATCH_UPS_KEPT_MAX = 8

export interface CatchUp {
  /** Null where the blocks alone are enough. */
  readonly keyframe: Keyframe | null
  readonly blocks: readonly SharedBlock[]
}

/** What all blocks of a history have in common. */
export interface HistoryHead {
  readonly channelId: string
  readonly view: number
}

export class History {
  readonly #head: HistoryHead
  readonly #limits: HistoryLimits
  readonly #ring: TurnRing
  #origin: Origin | null = null
  /** The epoch of the owner that spoke last. */
  #epoch = 0
  #keyframe: Keyframe | null = null
  /** `ring.bytes`, had nothing been let go, when the keyframe's version was the newest. */
  #bytesAtKeyframe = 0
  #bytesEver = 0
  /** Of the last few catch-ups, as long as somebody holds them; by the version that they begin at. */
  readonly #framed = new Map<number, WeakRef<readonly SharedBlock[]>>()

  constructor(head: HistoryHead, limits: HistoryLimits) {
    this.#head = head
    this.#limits = limits
    this.#ring = new TurnRing(limits)
  }

  /** Null before anything was kept. */
  get origin(): Origin | null {
    return this.#origin
  }

  /** The version that keyframe and turns lead to. */
  get version(): number {
    return this.#ring.newest
  }

  /** The oldest version from which the turns lead to the newest. */
  get oldest(): number {
    return this.#ring.oldest
  }

  get keyframe(): Keyframe | null {
    return this.#keyframe
  }

  get size(): {
    readonly turns: number
    readonly bytes: number
    readonly capacity: number
    readonly keyframeBytes: number
  } {
    const { turns, bytes, capacity } = this.#ring
    return { turns, bytes, capacity, keyframeBytes: this.#keyframe?.bytes.length ?? 0 }
  }

  /** A beginning: no keyframe yet, at version 0 or where it was restored. */
  begin(origin: Origin, version: number): void {
    // Another origin may have a smaller epoch: of an owner whose clock was set back.
    this.#epoch = this.isOf(origin) ? Math.max(this.#epoch, origin.epoch) : origin.epoch
    this.#origin = origin
    this.#keyframe = null
    this.#ring.begin(version)
    this.#framed.clear()
    this.#bytesEver = this.#bytesAtKeyframe = 0
  }

  /** Holds nothing any more. */
  clear(): void {
    this.#origin = this.#keyframe = null
    this.#ring.begin(0)
    this.#framed.clear()
  }

  /**
   * Takes a keyframe. One of the same origin that the turns reach leaves them in place, so that those who return are still
   * served patches; any other begins anew.
   */
  setKeyframe(keyframe: Keyframe, nowMs: number): void {
    const { origin, version } = keyframe
    if (!this.isOf(origin) || !this.#reaches(version)) this.begin(origin, version)
    this.#epoch = Math.max(this.#epoch, keyframe.epoch)
    this.#keyframe = keyframe
    // The owner makes keyframes of its newest version, so that there is rarely anything behind.
    const behind = this.#ring.between(version, this.version).reduce((sum, { length }) => sum + length, 0)
    this.#bytesAtKeyframe = this.#bytesEver - behind
    this.#trim(nowMs)
  }

  /** Whether what is kept is of this origin. */
  isOf(origin: Origin): boolean {
    return this.#origin !== null && sameOrigin(this.#origin, origin)
  }

  #reaches(version: number): boolean {
    return version <= this.version && version >= this.oldest
  }

  /** Takes published turns. False where they do not follow what is kept: nothing is changed then. Throws `DecodeError`. */
  append(block: SharedBlock, nowMs: number): boolean {
    if (!this.isOf(block.origin) || block.previous !== this.version) return false
    this.#epoch = Math.max(this.#epoch, block.epoch)
    if (block.version === block.previous + 1) this.#ring.append(block.turns, nowMs)
    else for (const { bytes } of readTurns(block)) this.#ring.append(bytes, nowMs)
    this.#bytesEver += block.turns.length
    this.#framed.clear()
    this.#trim(nowMs)
    return true
  }

  /** Whether the turns have outgrown the keyframe. */
  get outgrown(): boolean {
    if (this.#keyframe === null) return false
    const { keyframeRatio, keyframePatchBytesMin, ringTurnsMax } = this.#limits
    if (this.version - this.#keyframe.version >= ringTurnsMax) return true
    const behind = this.#bytesEver - this.#bytesAtKeyframe
    return behind > Math.max(keyframePatchBytesMin, keyframeRatio * this.#keyframe.bytes.length)
  }

  /**
   * Another owner goes on with this history: what is kept is as good as ever, and is framed as of its epoch from here on, since clients
   * take nothing of an earlier one (G1).
   */
  raise(epoch: number): void {
    if (epoch > this.#epoch) this.#framed.clear()
    this.#epoch = Math.max(this.#epoch, epoch)
    // It may be older than the turns behind it.
    if (this.#keyframe !== null && this.#keyframe.epoch < epoch) this.#keyframe = keyframeOfEpoch(this.#keyframe, epoch)
  }

  /** Forgets the keyframe: an owner that no front mirrors has no use for it. */
  dropKeyframe(nowMs: number): void {
    this.#keyframe = null
    this.#trim(nowMs)
  }

  /** The turns behind a version of this origin, up to `to`; null where the ring does not reach it. */
  since(origin: Origin, version: number, to = this.version): readonly SharedBlock[] | null {
    if (!this.isOf(origin) || !this.#reaches(version) || version > to) return null
    return this.#framedFrom(version, to)
  }

  /** What one with this past needs to be at version `to`; null where there is neither a reach nor a keyframe. */
  catchUp(past: { readonly origin: Origin; readonly version: number } | null, to = this.version): CatchUp | null {
    const missing = past === null ? null : this.since(past.origin, past.version, to)
    if (missing !== null) return { keyframe: null, blocks: missing }
    const keyframe = this.#keyframe
    if (keyframe === null || keyframe.version > to) return null
    return { keyframe, blocks: this.#framedFrom(keyframe.version, to) }
  }

  /** The same objects for all that have missed the same, so that their messages are built once. */
  #framedFrom(from: number, to: number): readonly SharedBlock[] {
    if (from >= to) return []
    const known = this.#framed.get(from)?.deref()
    if (known !== undefined && known.at(-1)?.version === to) return known
    const blocks: SharedBlock[] = []
    for (let previous = from; previous < to;) {
      const version = this.#ring.reach(previous, to, CATCH_UP_FRAME_BYTES)
      blocks.push(this.#frame(previous, version))
      previous = version
    }
    if (this.#framed.size >= CATCH_UPS_KEPT_MAX) this.#framed.clear()
    this.#framed.set(from, new WeakRef(blocks))
    return blocks
  }

  /** Cut into blocks of one turn each, for a reader that takes no longer frames. */
  apart(blocks: readonly SharedBlock[]): SharedBlock[] {
    return blocks.flatMap((block) => readTurns(block).map(({ version }) => this.#frame(version - 1, version)))
  }

  #frame(previous: number, version: number): SharedBlock {
    const head = { ...this.#head, epoch: this.#epoch, origin: this.#origin as Origin, version, previous }
    return joinTurns(head, this.#ring.between(previous, version))
  }

  /** Lets the oldest turns go that no limit covers, but none that the keyframe needs. */
  #trim(nowMs: number): void {
    this.#ring.trim(this.#keyframe?.version ?? Number.POSITIVE_INFINITY, nowMs)
  }
}
