/**
 * What a channel's turns make of its state, its sessions and what handlers have beside: an outcome each, and an image of them all. Counts
 * the outcomes that are not released yet. Knows nothing of tasks, and of when turns are taken.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelHandlers } from '../channel/channel-implementation.js'
import type { ChannelImage } from '../durable/channel-image.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import type { ChannelHost } from './channel-host.js'
import type { ChannelSessions } from './channel-sessions.js'
import { sharingWatch } from './check-value.js'
import { errorText } from './error-text.js'
import { attachmentOf } from './image-attachment.js'
import type { KeyedTaskQueue } from './keyed-task-queue.js'
import type { LiveContext } from './live-context.js'
import { OwnedState, ownedStateHostOf } from './owned-state.js'
import type { Opening } from './pending-opening.js'
import type { StoredHandlersHost } from './stored-handlers.js'
import type { StateStream } from './state-stream.js'
import { senderOf, type Task } from './tasks.js'
import type { Trial } from './trial.js'
import { makeOutcome, release, releaseElsewhere, type TurnOutcome } from './turn-outcome.js'

/** How long one turn starts waiting handlers, in milliseconds; the rest waits for the next turn, before which other channels take theirs. */
const INBOX_MS_MAX = 4
/** The clock is asked behind so many tasks, and before each whose payload has so many bytes. */
const TASKS_BETWEEN_LOOKS = 8
const HEAVY_BYTES = 1_024

/** The channel whose turns they are. */
export interface TurnsHost {
  readonly id: string
  readonly params: unknown
  readonly contract: ChannelContract
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly log: Log
  /** What began or was finished in this turn. */
  readonly ran: readonly Task[]
  readonly graceMs: number
  readonly back: ChannelHost
  /** It shows nothing any more. */
  readonly isClosed: boolean
  /** The handlers that run across turns. */
  readonly load: { readonly running: readonly string[] }
  /** There is room for turns again, or handlers may run. */
  wake(): void
  /** Nothing of the channel can be relied upon any more. */
  breakDown(cause: unknown): void
}

export class ChannelTurns implements StoredHandlersHost {
  readonly #channel: TurnsHost
  /** Null until the origin is known. */
  #owned: OwnedState | null = null
  #unreleased = 0
  #lost: string | null = null
  #trial: Trial | null = null

  constructor(channel: TurnsHost) {
    this.#channel = channel
  }

  get stream(): StateStream {
    return this.#ownedState.stream
  }

  /** Whether the state of the last turn could be encoded. */
  get isEncodable(): boolean {
    return this.#owned?.isEncodable !== false
  }

  /** 0 until it is known. */
  get epoch(): number {
    return this.#owned?.stream.epoch ?? 0
  }

  /** The last version that was encoded. */
  get version(): number {
    return this.#owned?.stream.version ?? 0
  }

  /** Whether so many outcomes wait that no further turn is taken: the channel is woken when one is released. */
  get isFull(): boolean {
    return this.#unreleased >= this.#channel.back.limits.turnsUncommittedMax
  }

  /** Whether a turn may start these tasks: not while too many outcomes wait, and of a channel whose last owner died not before that is counted. It is woken then. */
  mayStart(upcoming: () => readonly Task[]): boolean {
    if (this.isFull) return false
    return this.#trial === null || this.#trial.permits(this.#channel, upcoming)
  }

  /**
   * Starts what waits, in order, as far as one turn goes: then other channels have theirs, and the rest follows in another. Returns how
   * many it were. `isBounded`: whether the time for it is.
   */
  startTasks(inbox: readonly Task[], queue: KeyedTaskQueue<Task>, isBounded: boolean): number {
    const { back, id } = this.#channel
    const { clock } = back.runtime
    const count = Math.min(inbox.length, this.#trial?.inboxMax ?? Infinity)
    const endMs = isBounded && count > 1 ? clock.now() + INBOX_MS_MAX : null
    return sharingWatch(() => {
      for (let i = 0; i < count; i++) {
        const task = inbox[i] as Task
        if (endMs !== null && i > 0 && isLookDue(i, task) && clock.now() > endMs) {
          back.goOn(id)
          return i
        }
        queue.take(senderOf(task), task)
      }
      return count
    })
  }

  get #ownedState(): OwnedState {
    if (this.#owned) return this.#owned
    throw new CentrumError('channel-closed', `channel '${this.#channel.id}' is not open yet`)
  }

  /** A new history begins, or an earlier one goes on. Throws what the definition's `state` and `memory` throw. */
  begin(opening: Opening): void {
    const { id, params, contract, context, sessions, back, graceMs } = this.#channel
    this.#owned = new OwnedState(id, params, contract, opening, ownedStateHostOf(back, graceMs, contract.rewindMsMax))
    const { image, memoryPatches = [], migrated, trial = null } = opening
    this.#trial = trial
    context.own.begin(contract, { id, params }, image, memoryPatches, migrated?.memory)
    context.repeatMail()
    if (image) sessions.restore(image.sessions, image.serial)
  }

  /** Why nothing of the last turn counts; null where it does. */
  get lost(): string | null {
    return this.#lost
  }

  /** Nothing of this turn is to count. Of a channel that is not stored with each turn there is none to go on from: it is logged. */
  loseTurn(message: string): void {
    const { contract, log } = this.#channel
    if (contract.durability === 'log') this.#lost ??= message
    else log.error('handler.failed', { error: message })
  }

  /**
   * C3: what a turn brought, of which nothing has left the channel yet. `isLast`: the channel ends with it. Null where the turn is lost:
   * it was given up, or cannot be stored.
   */
  end(isLast: boolean): TurnOutcome | null {
    try {
      if (this.#lost === null) return this.#end(isLast)
    } catch (error) {
      // There is nothing to go on from.
      if (this.#channel.contract.durability === 'none') throw error
      this.#lost = errorText(error)
    }
    this.#channel.log.error('turn.lost', { error: this.#lost })
    return null
  }

  #end(isLast: boolean): TurnOutcome {
    const { id: channelId, contract, context, sessions } = this.#channel
    const { stream } = this
    const words = context.take()
    const isComplete = contract.tickMs === 0 || sessions.size === 0
    const wasEncodable = this.isEncodable
    const published = this.#ownedState.publish(words.events, isComplete, this.#channel)
    if (this.isEncodable !== wasEncodable) this.#channel.back.stalls(channelId)
    return makeOutcome({
      channelId,
      at: stream,
      published,
      words,
      links: sessions.collect(stream, published.block !== null),
      serial: sessions.serial,
      context: context.own.endTurn(),
      isLast,
      dueAt: sessions.size > 0 ? 0 : context.own.wakeAt,
      image: () => this.image(),
    })
  }

  /** Whether anything was changed since the last turn. What was, no later turn finds. */
  hasWritten(): boolean {
    const { context } = this.#channel
    const isChanged = this.stream.encode(true) !== null
    return context.own.takeChange() || isChanged
  }

  /** Has an outcome stored, and releases it then. */
  commit(outcome: TurnOutcome, released: () => void): void {
    const channel = this.#channel
    this.#unreleased++
    let isWithinTurn = true
    channel.back.commit(outcome, () => {
      const wasFull = this.isFull
      this.#unreleased--
      if (channel.load.running.length === 0) this.#trial?.passed()
      if (wasFull && !isWithinTurn) channel.wake()
      // What it did elsewhere is stored: it is done, even if the channel is there no more.
      if (channel.isClosed) return releaseElsewhere(outcome, channel.back)
      try {
        release(outcome, this.stream, channel.back)
        released()
      } catch (error) {
        channel.breakDown(error)
      }
    })
    isWithinTurn = false
  }

  /** What of the channel outlives its owner, as of the last turn. */
  image(): ChannelImage {
    const { handlers, context, sessions, log } = this.#channel
    const { origin, version } = this.stream
    return {
      origin,
      version,
      state: this.stream.keyframe(),
      serial: sessions.serial,
      ...context.own.toImage(),
      sessions: sessions.toImages(),
      attachment: attachmentOf(handlers, context, version, log),
    }
  }
}

/** Behind the first few, too: they may be heavy, whatever they look like. */
function isLookDue(i: number, task: Task): boolean {
  if (i % TASKS_BETWEEN_LOOKS === 0 || i === 1 || i === 2 || i === 4) return true
  return task.type === 'entry' && task.entry.body.length > HEAVY_BYTES
}
