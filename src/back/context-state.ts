/**
 * What handlers have by `ctx` beside the channel's state, and what of it outlives the owner: clock, chance, memory, timers and
 * summary. Knows nothing of handlers and sessions.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { Runtime } from '../runtime/runtime.js'
import { Xoshiro } from '../runtime/xoshiro.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import { EncodeFailures, type Logging } from './encode-failures.js'
import { ChannelClock } from './channel-clock.js'
import { type TimerChanges, type TimerImage, ChannelTimers } from './channel-timers.js'

/** What an image and a turn's record have alike. */
interface ContextNumbers {
  /** The channel's clock. */
  readonly now: number
  /** The number of `onTick` calls so far. */
  readonly tick: number
  /** What the next numbers of `ctx.random()` follow from, 16 bytes; null before the first. */
  readonly random: Uint8Array | null
  /** The id that a timer got last. */
  readonly timerSerial: number
  /** What the channel says of itself, encoded; null for nothing. */
  readonly summary: Uint8Array | null
}

export interface ContextImage extends ContextNumbers {
  /** A keyframe of `ctx.memory`; null where the definition declares none. */
  readonly memory: Uint8Array | null
  readonly timers: readonly TimerImage[]
}

/** What a turn made of it. */
export interface ContextRecord extends ContextNumbers {
  /** What changed in `ctx.memory`; null for nothing. */
  readonly memoryPatch: Uint8Array | null
  readonly timerChanges: TimerChanges
}

const RANDOM_BYTES = 16

export class ContextState {
  readonly clock: ChannelClock
  readonly timers = new ChannelTimers()
  tick = 0
  summary: Uint8Array | null = null
  /** Whatever the process keeps for the channel. */
  local: unknown = undefined
  readonly #runtime: Runtime
  #random: Xoshiro | null = null
  #memory: StateEncoder<object> | null = null
  readonly #failures = new EncodeFailures('memory')
  #isRecorded = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.clock = new ChannelClock(runtime.clock)
  }

  /** Plain and mutable; undefined where the definition declares none. */
  get memory(): object | undefined {
    return this.#memory?.state
  }

  /** When the first timer is due, by the machine's clock; 0 where one's handler runs, null without timers. */
  get wakeAt(): number | null {
    const { clock, timers } = this
    if (timers.size === 0) return null
    return timers.isRunning ? 0 : Math.max(0, timers.soonestMs - clock.leadMs)
  }

  /** Its state is drawn at the first use. */
  random(): number {
    this.#random ??= Xoshiro.fromBytes(this.#runtime.random.bytes(RANDOM_BYTES))
    return this.#random.float()
  }

  /**
   * Begins anew, or goes on from an image. Throws what the definition's `memory` throws, and `EncodeError` for what cannot be
   * encoded.
   */
  begin(
    { memory, durability }: ChannelContract,
    opening: { readonly id: string; readonly params: unknown },
    image?: ContextImage,
    memoryPatches: readonly Uint8Array[] = [],
    migrated?: object,
  ): void {
    this.#isRecorded = durability === 'log'
    if (image) {
      this.clock.restore(image.now)
      this.tick = image.tick
      this.summary = image.summary
      this.#random = image.random && Xoshiro.fromBytes(image.random)
      this.timers.restore(image.timers, image.timerSerial)
    }
    if (migrated) this.#memory = new StateEncoder(migrated)
    else if (image?.memory) this.#memory = StateEncoder.resume<object>(image.memory, memoryPatches)
    else if (memory !== null) this.#memory = new StateEncoder(memory(opening))
  }

  /** What a turn made of it, to be called at its end. */
  endTurn(channel: Logging): () => ContextRecord {
    const timerChanges = this.timers.takeChanges()
    const memory = this.#isRecorded ? this.#memory : null
    const memoryPatch =
      memory && this.#failures.attempt(() => memory.patch({ complete: true })?.slice() ?? null, channel)
    return () => ({ ...this.#numbers(), memoryPatch, timerChanges })
  }

  /** As it is now. Throws `EncodeError` where the memory cannot be encoded. */
  toImage(): ContextImage {
    this.#memory?.patch({ complete: true })
    return { ...this.#numbers(), memory: this.#memory?.keyframe() ?? null, timers: this.timers.toImages() }
  }

  #numbers(): ContextNumbers {
    const { tick, summary, timers, clock } = this
    return { now: clock.now, tick, summary, timerSerial: timers.serial, random: this.#random?.toBytes() ?? null }
  }
}
