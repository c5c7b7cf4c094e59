/**
 * The states of the last moments, for `ctx.rewind`: each that was shown, immutable, sharing with its neighbours what did not change.
 * Bounded by time and by count. Knows nothing of clients and of wall clocks.
 */
import type { Rewound } from '../channel/context.js'
import { readTurns, type SharedBlock } from '../protocol/blocks.js'
import type { Shown } from '../protocol/link-frames.js'
import { WatchedMirror } from '../state/mirror/watched-mirror.js'

interface PastState {
  readonly version: number
  /** When it was shown. */
  readonly atMs: number
  readonly state: object
}

export interface StatePastLimits {
  /** How far back one can look, in milliseconds. */
  readonly rewindMsMax: number
  /** States that are kept, however short the time: as many as turns are. */
  readonly ringTurnsMax: number
}

export class StatePast {
  readonly #limits: StatePastLimits
  readonly #mirror = new WatchedMirror<object>()
  /** From the oldest to the newest; at least one. */
  #states: PastState[]

  constructor(limits: StatePastLimits, keyframe: Uint8Array, version: number, nowMs: number) {
    this.#limits = limits
    this.#mirror.load(keyframe)
    this.#states = [{ version, atMs: nowMs, state: this.#mirror.snapshot() }]
  }

  /** How many states are kept. */
  get size(): number {
    return this.#states.length
  }

  /** What fronts are shown from now on. */
  add(block: SharedBlock, nowMs: number): void {
    for (const { version, patch } of readTurns(block)) {
      if (patch !== null) this.#mirror.patch(patch)
      this.#states.push({ version, atMs: nowMs, state: this.#mirror.snapshot() })
    }
    this.#forget(nowMs)
  }

  /** The one that was there at the beginning of the time that is kept stays. */
  #forget(nowMs: number): void {
    const states = this.#states
    const { rewindMsMax, ringTurnsMax } = this.#limits
    let count = Math.max(0, states.length - ringTurnsMax)
    while (count + 1 < states.length && this.#at(count + 1).atMs <= nowMs - rewindMsMax) count++
    states.splice(0, count)
  }

  /**
   * What a client was shown that sent something now, or what was there `rewindMsMax` ago where that is longer ago.
   * `shown`: what it says; without it, the newest state. `delayMs`: how far behind its newest state it shows things.
   */
  rewind(shown: Shown | undefined, delayMs: number, nowMs: number): Rewound<object> {
    const earliestMs = nowMs - this.#limits.rewindMsMax
    const had = shown === undefined ? this.#states.length - 1 : this.#last((each) => each.version <= shown.version)
    const hadMs = had < 0 || shown === undefined ? nowMs : Math.min(nowMs, this.#at(had).atMs + shown.forMs)
    const seenMs = had < 0 ? earliestMs : Math.max(earliestMs, hadMs - delayMs)
    // Beyond the bound it may well be a state that the client had not got yet.
    const newest = seenMs > earliestMs ? had : this.#states.length - 1
    const index = Math.max(
      0,
      Math.min(
        newest,
        this.#last((each) => each.atMs <= seenMs),
      ),
    )
    const { state, atMs } = this.#at(index)
    const next = this.#at(Math.min(index + 1, Math.max(newest, index)))
    // As the client's interpolator does: what stood for a while is shown standing until `delayMs` before it moves.
    const fromMs = Math.max(atMs, next.atMs - delayMs)
    const part = next.atMs > fromMs ? Math.min(1, Math.max(0, (seenMs - fromMs) / (next.atMs - fromMs))) : 0
    return { state, next: next.state, part, ageMs: nowMs - seenMs }
  }

  #at(index: number): PastState {
    return this.#states[index] as PastState
  }

  #last(is: (each: PastState) => boolean): number {
    return this.#states.findLastIndex(is)
  }
}
