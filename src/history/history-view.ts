/**
 * What a front has of a channel's history: how far it has come, and the turns and the keyframe to serve its clients from. They
 * are its own copies or, where the owner lives in the same process and lends its history, the owner's.
 * Knows nothing of links and subscriptions.
 */
import { type Keyframe, keyframeOfEpoch, type SharedBlock } from '../protocol/blocks.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import { type CatchUp, History, type HistoryHead } from './history.js'
import type { HistoryLimits } from './history-limits.js'

export class HistoryView {
  readonly #own: History
  /** The owner's history, where it is in this process. */
  readonly #lender: () => History | null
  #history: History
  #version = 0
  #keyframe: Keyframe | null = null

  constructor(head: HistoryHead, limits: HistoryLimits, lender: () => History | null) {
    this.#own = new History(head, limits)
    this.#lender = lender
    this.#history = this.#own
  }

  /** Null before anything was kept. */
  get origin(): Origin | null {
    return this.#history.origin
  }

  /** The version that this front has come to. */
  get version(): number {
    return this.#version
  }

  get oldest(): number {
    return Math.min(this.#history.oldest, this.#version)
  }

  /** What is held here: nothing where the owner lends its history. */
  get size(): History['size'] {
    return this.#own.size
  }

  isOf(origin: Origin): boolean {
    return this.#history.isOf(origin)
  }

  /** Begins where a returning session has been, so that the owner is asked for no more than what that one lacks. */
  begin(origin: Origin, version: number): void {
    this.#use(origin, version)
    if (this.#history === this.#own) this.#own.begin(origin, version)
    this.#version = version
    this.#keyframe = null
  }

  /** False where the block does not follow what is here: nothing is changed then. */
  append(block: SharedBlock, nowMs: number): boolean {
    if (block.previous !== this.#version || !this.isOf(block.origin)) return false
    if (this.#history === this.#own) {
      if (!this.#own.append(block, nowMs)) return false
    } else if (block.version > this.#history.version) {
      return false
    }
    this.#version = block.version
    return true
  }

  /** The channel has an owner of this epoch, which goes on with the history. */
  raise(epoch: number): void {
    this.#history.raise(epoch)
    const { keyframe } = this.#history
    if (this.#keyframe === null || this.#keyframe.epoch >= epoch) return
    const isSame = keyframe?.version === this.#keyframe.version
    this.#keyframe = isSame ? keyframe : keyframeOfEpoch(this.#keyframe, epoch)
  }

  setKeyframe(keyframe: Keyframe, nowMs: number): void {
    const { origin, version } = keyframe
    const behind = this.isOf(origin) && version <= this.#version && version >= this.oldest
    if (!behind) this.#use(origin, version)
    if (this.#history === this.#own) {
      this.#own.setKeyframe(keyframe, nowMs)
      this.#keyframe = keyframe
    } else {
      const lent = this.#history.keyframe
      this.#keyframe = lent !== null && lent.version === version && sameOrigin(lent.origin, origin) ? lent : keyframe
    }
    if (!behind) this.#version = version
  }

  /** Chooses whose history serves from here on. */
  #use(origin: Origin, version: number): void {
    const lent = this.#lender()
    if (lent !== null && lent.isOf(origin) && version >= lent.oldest && version <= lent.version) {
      this.#history = lent
      this.#own.clear()
    } else {
      this.#history = this.#own
    }
  }

  /** The turns behind a version of this origin; null where they are not here any more. */
  since(origin: Origin, version: number): readonly SharedBlock[] | null {
    return this.#history.since(origin, version, this.#version)
  }

  /** The keyframe and the turns behind it; null where there is none. */
  whole(): CatchUp | null {
    const keyframe = this.#keyframe
    if (keyframe === null) return null
    const blocks = this.since(keyframe.origin, keyframe.version)
    return blocks === null ? null : { keyframe, blocks }
  }

  /** Cut into blocks of one turn each, for a reader that takes no longer frames. */
  apart(blocks: readonly SharedBlock[]): readonly SharedBlock[] {
    return this.#history.apart(blocks)
  }
}
