/**
 * What handlers have by `ctx` beside the channel's state, and what of it outlives the owner: clock, chance, memory, timers,
 * summary, and what goes to and comes from other channels. Knows nothing of handlers and sessions.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { OutboxEntry, PeerMark } from '../durable/channel-image.js'
import type { Runtime } from '../runtime/runtime.js'
import { Xoshiro } from '../runtime/xoshiro.js'
import { StateEncoder } from '../state/encoder/state-encoder.js'
import { EncodeFailures, type Logging } from './encode-failures.js'
import { ChannelClock } from './channel-clock.js'
import { type TimerChanges, type TimerImage, ChannelTimers } from './channel-timers.js'
import { Outbox, type OutboxChanges, type OutboxLimits } from './outbox.js'
import { PeerMarks } from './peer-marks.js'

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
  /** The number that a message to another channel got last. */
  readonly outboxSerial: number
  /** What the channel says of itself, encoded; null for nothing. */
  readonly summary: Uint8Array | null
}

export interface ContextImage extends ContextNumbers {
  /** A keyframe of `ctx.memory`; null where the definition declares none. */
  readonly memory: Uint8Array | null
  readonly timers: readonly TimerImage[]
  readonly outbox: readonly OutboxEntry[]
  readonly peerMarks: readonly PeerMark[]
}

/** What a turn made of it. */
export interface ContextRecord extends ContextNumbers {
  /** What changed in `ctx.memory`; null for nothing. */
  readonly memoryPatch: Uint8Array | null
  readonly timerChanges: TimerChanges
  readonly outboxChanges: OutboxChanges
  readonly peerMarks: readonly PeerMark[]
}

export interface ContextLimits extends OutboxLimits {
  readonly peerMarksMax: number
}

const RANDOM_BYTES = 16

export class ContextState {
  readonly clock: ChannelClock
  readonly timers = new ChannelTimers()
  readonly outbox: Outbox
  readonly marks: PeerMarks
  tick = 0
  summary: Uint8Array | null = null
  /** Whatever the process keeps for the channel. */
  local: unknown = undefined
  readonly #runtime: Runtime
  #random: Xoshiro | null = null
  #memory: StateEncoder<object> | null = null
  readonly #failures = new EncodeFailures('memory')
  #isRecorded = false

  constructor(runtime: Runtime, limits: ContextLimits) {
    this.#runtime = runtime
    this.outbox = new Outbox(limits)
    this.marks = new PeerMarks(limits.peerMarksMax)
    this.clock = new ChannelClock(runtime.clock)
  }

  /** Plain and mutable; undefined where the definition declares none. */
  get memory(): object | undefined {
    return this.#memory?.state
  }

  /** Whether something is to come of it without anybody's doing: a timer that does not repeat, or a message that has no outcome. */
  get isPending(): boolean {
    return this.timers.hasOnce || this.outbox.size > 0
  }

  /** When the first timer is due, by the machine's clock; 0 where one's handler runs or a message is to be sent, null for never. */
  get wakeAt(): number | null {
    const { clock, timers, outbox } = this
    if (outbox.size > 0) return 0
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
      this.outbox.restore(image.outbox, image.outboxSerial)
      this.marks.restore(image.peerMarks)
    }
    if (migrated) this.#memory = new StateEncoder(migrated)
    else if (image?.memory) this.#memory = StateEncoder.resume<object>(image.memory, memoryPatches)
    else if (memory !== null) this.#memory = new StateEncoder(memory(opening))
  }

  /** What a turn made of it, to be called at its end. */
  endTurn(channel: Logging): () => ContextRecord {
    const timerChanges = this.timers.takeChanges()
    const outboxChanges = this.outbox.takeChanges()
    const peerMarks = this.marks.takeChanges()
    const memory = this.#isRecorded ? this.#memory : null
    const memoryPatch =
      memory && this.#failures.attempt(() => memory.patch({ complete: true })?.slice() ?? null, channel)
    return () => ({ ...this.#numbers(), memoryPatch, timerChanges, outboxChanges, peerMarks })
  }

  /** Whether memory or timers were changed, or anything sent, since the last turn. What was, no later turn finds. */
  takeChange(): boolean {
    const { set, removed } = this.timers.takeChanges()
    const { added } = this.outbox.takeChanges()
    const isChanged = this.#memory?.patch({ complete: true }) != null
    return isChanged || set.length + removed.length + added.length > 0
  }

  /** As it is now. Throws `EncodeError` where the memory cannot be encoded. */
  toImage(): ContextImage {
    this.#memory?.patch({ complete: true })
    return {
      ...this.#numbers(),
      memory: this.#memory?.keyframe() ?? null,
      timers: this.timers.toImages(),
      outbox: this.outbox.toImage(),
      peerMarks: this.marks.toImage(),
    }
  }

  #numbers(): ContextNumbers {
    const { tick, summary, timers, clock, outbox } = this
    const random = this.#random?.toBytes() ?? null
    return { now: clock.now, tick, summary, timerSerial: timers.serial, outboxSerial: outbox.serial, random }
  }
}
