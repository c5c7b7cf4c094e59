/**
 * A channel's recent past as bytes: one keyframe and the published turns around it. Owners and fronts keep the same
 * thing: late ones are served the keyframe and what follows, returning ones only what they missed.
 * Knows nothing of links, and opens neither keyframe nor patch.
 */
import type { Keyframe, SharedBlock } from '../protocol/blocks.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { HistoryLimits } from './history-limits.js'

export interface CatchUp {
  /** Null where the blocks alone are enough. */
  readonly keyframe: Keyframe | null
  readonly blocks: readonly SharedBlock[]
}

export class History {
  readonly #limits: HistoryLimits
  #keyframe: Keyframe | null = null
  #blocks: SharedBlock[] = []
  #first = 0
  #bytes = 0
  #bytesBehindKeyframe = 0
  #origin: Origin | null = null
  #version = 0

  constructor(limits: HistoryLimits) {
    this.#limits = limits
  }

  /** Null before anything was kept. */
  get origin(): Origin | null {
    return this.#origin
  }

  /** The version that keyframe and blocks lead to. */
  get version(): number {
    return this.#version
  }

  get keyframe(): Keyframe | null {
    return this.#keyframe
  }

  get size(): { readonly blocks: number; readonly bytes: number; readonly keyframeBytes: number } {
    return {
      blocks: this.#blocks.length - this.#first,
      bytes: this.#bytes,
      keyframeBytes: this.#keyframe?.bytes.length ?? 0,
    }
  }

  /** An owner's beginning: no keyframe yet, at version 0 or where it was restored. */
  begin(origin: Origin, version: number): void {
    this.#origin = origin
    this.#version = version
    this.#keyframe = null
    this.#blocks = []
    this.#first = 0
    this.#bytes = 0
    this.#bytesBehindKeyframe = 0
  }

  /**
   * Takes a keyframe. One of the same origin that the blocks reach leaves them in place, so that those who return are still
   * served patches; any other begins anew.
   */
  setKeyframe(keyframe: Keyframe): void {
    if (this.#origin === null || !sameOrigin(this.#origin, keyframe.origin) || !this.#reaches(keyframe.version)) {
      this.begin(keyframe.origin, keyframe.version)
    }
    this.#keyframe = keyframe
    this.#bytesBehindKeyframe = 0
    for (let i = this.#first; i < this.#blocks.length; i++) {
      const block = this.#blocks[i] as SharedBlock
      if (block.version > keyframe.version) this.#bytesBehindKeyframe += block.frame.length
    }
    this.#trim()
  }

  #reaches(version: number): boolean {
    return version <= this.#version && version >= this.oldest
  }

  /** The oldest version from which the blocks lead to the newest. */
  get oldest(): number {
    return this.#blocks[this.#first]?.previous ?? this.#version
  }

  /** Takes a published turn. False where it does not follow what is kept: nothing is changed then. */
  append(block: SharedBlock): boolean {
    if (this.#origin === null || !sameOrigin(this.#origin, block.origin) || block.previous !== this.#version)
      return false
    this.#blocks.push(block)
    this.#version = block.version
    this.#bytes += block.frame.length
    this.#bytesBehindKeyframe += block.frame.length
    this.#trim()
    return true
  }

  /** Whether the patches have outgrown the keyframe. */
  get outgrown(): boolean {
    if (this.#keyframe === null) return false
    const { keyframeRatio, keyframePatchBytesMin, ringBlocksMax } = this.#limits
    if (this.#version - this.#keyframe.version >= ringBlocksMax) return true
    return this.#bytesBehindKeyframe > Math.max(keyframePatchBytesMin, keyframeRatio * this.#keyframe.bytes.length)
  }

  /** Forgets the keyframe: an owner that no front mirrors has no use for it. */
  dropKeyframe(): void {
    this.#keyframe = null
    this.#trim()
  }

  /** The blocks behind a version of this origin; null where the ring does not reach it. */
  since(origin: Origin, version: number): readonly SharedBlock[] | null {
    if (this.#origin === null || !sameOrigin(this.#origin, origin) || !this.#reaches(version)) return null
    return this.#behind(version)
  }

  /** What one with this past needs to be at the newest version; null where there is neither a reach nor a keyframe. */
  catchUp(past: { readonly origin: Origin; readonly version: number } | null): CatchUp | null {
    const missing = past === null ? null : this.since(past.origin, past.version)
    if (missing !== null) return { keyframe: null, blocks: missing }
    if (this.#keyframe === null) return null
    return { keyframe: this.#keyframe, blocks: this.#behind(this.#keyframe.version) }
  }

  #behind(version: number): SharedBlock[] {
    let low = this.#first
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#blocks[middle] as SharedBlock).version <= version) low = middle + 1
      else high = middle
    }
    return this.#blocks.slice(low)
  }

  /** Lets the oldest blocks go that no limit covers, but none that the keyframe needs. */
  #trim(): void {
    const { ringBlocksMax, ringBytesMax } = this.#limits
    const needed = this.#keyframe?.version ?? Number.POSITIVE_INFINITY
    while (this.#first < this.#blocks.length) {
      const oldest = this.#blocks[this.#first] as SharedBlock
      const within = this.#blocks.length - this.#first <= ringBlocksMax && this.#bytes <= ringBytesMax
      if (within || oldest.version > needed) break
      this.#bytes -= oldest.frame.length
      this.#first++
    }
    if (this.#first > 64 && this.#first * 2 > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#first)
      this.#first = 0
    }
  }
}
