/**
 * One channel on its owner: its inbox, its turns, and how it opens and closes. What tasks do is in `session-tasks.ts`, who is
 * linked in `channel-sessions.ts`, what a turn brings in `turn-outcome.ts`, and who is shown it in `state-stream.ts`.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelHandlers, ChannelImplementation } from '../channel/channel-implementation.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import type { ChannelHost, HostedChannel } from './channel-host.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import type { ChannelImage } from './channel-image.js'
import { type ChannelLife, CLOSED, faulted } from './channel-life.js'
import { ChannelMirrors } from './channel-mirrors.js'
import { ChannelSessions, type SessionsHost } from './channel-sessions.js'
import { DueTimers } from './due-timers.js'
import { errorText } from './error-text.js'
import { attachmentOf, restoredFrom } from './image-attachment.js'
import { isPromise, KeyedTaskQueue } from './keyed-task-queue.js'
import { type ContextHost, LiveContext } from './live-context.js'
import { PeerInbox, type PeerInboxHost } from './peer-messages.js'
import { OwnedState, ownedStateHostOf } from './owned-state.js'
import { type Opening, PendingOpening } from './pending-opening.js'
import { refusalOf } from './refusal.js'
import { SessionTasks, type TaskHost } from './session-tasks.js'
import type { StateStream } from './state-stream.js'
import { type Ending, senderOf, type Task } from './tasks.js'
import { TickPace } from './tick-pace.js'
import { detach, makeOutcome, release, type TurnOutcome } from './turn-outcome.js'

export class BackChannel implements HostedChannel, ContextHost, SessionsHost, TaskHost, PeerInboxHost {
  readonly id: string
  readonly params: unknown
  readonly contract: ChannelContract
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly peers: PeerInbox
  readonly mirrors = new ChannelMirrors()
  readonly dueTimers: DueTimers
  readonly back: ChannelHost
  readonly #queue: KeyedTaskQueue<Task>
  #log: Log | null = null
  /** Null until the origin is known. */
  #owned: OwnedState | null = null
  #inbox: Task[] = []
  #life: ChannelLife
  #waitingForClose: (() => void)[] = []
  readonly #pace: TickPace
  #isTurning = false
  /** Since it last went to sleep. */
  #isTouched = false

  /** Throws what the opener or the definition's `state` throws at once. */
  constructor(
    id: string,
    params: unknown,
    implementation: ChannelImplementation,
    epochSeen: number,
    back: ChannelHost,
  ) {
    this.id = id
    this.params = params
    this.contract = implementation.contract
    this.handlers = implementation.handlers
    this.back = back
    this.context = new LiveContext(this)
    this.sessions = new ChannelSessions(back, this, this.graceMs)
    this.peers = new PeerInbox(this)
    this.#pace = new TickPace(back.runtime.clock, this.contract)
    this.dueTimers = new DueTimers(back.runtime.clock, this)
    this.#life = { state: 'opening', opening: new PendingOpening(epochSeen) }
    this.#queue = new KeyedTaskQueue<Task>(new SessionTasks(this), back.runtime.clock, this.contract.handlerMsMax)
    const opening = back.open(id, epochSeen)
    if (!isPromise(opening)) this.#claimed(opening)
    else opening.then((it) => this.#claimed(it)).catch((error: unknown) => this.#refuseOpening(error))
  }

  get tickMs(): number {
    return this.contract.tickMs
  }

  get graceMs(): number {
    return this.contract.graceMs ?? this.back.limits.graceMs
  }

  get log(): Log {
    this.#log ??= this.back.runtime.log.with({ channel: this.id })
    return this.#log
  }

  /** Plain and mutable, as handlers see it. What is changed in it outside of a turn is published by the next. */
  get state(): object {
    if (!this.#isTurning) this.#touch()
    return this.stream.state
  }

  get stream(): StateStream {
    return this.#ownedState.stream
  }

  /** 0 until it is known. */
  get epoch(): number {
    return this.#owned?.stream.epoch ?? 0
  }

  /** The last version that was encoded. */
  get version(): number {
    return this.#owned?.stream.version ?? 0
  }

  get #ownedState(): OwnedState {
    if (this.#owned) return this.#owned
    throw new CentrumError('channel-closed', `channel '${this.id}' is not open yet`)
  }

  /** V1: a front has seen the channel in this epoch: what is open in an older one closes. */
  seenIn(epochSeen: number): void {
    if (this.#life.state === 'opening') this.#life.opening.seenIn(epochSeen)
    if (this.#owned === null || this.epoch >= epochSeen) return
    this.log.warn('channel.epoch-outdated', { epoch: this.epoch, seen: epochSeen })
    void this.close({ reason: 'reset', wire: 'reset', relink: true })
  }

  /** Whether `onOpen` has settled, and the channel has not closed. */
  get isOpen(): boolean {
    return this.#life.state === 'open' || this.#life.state === 'closing'
  }

  /** Whether it takes new links: no longer once it is to close. */
  get takesLinks(): boolean {
    return this.#life.state === 'open' || (this.#life.state === 'opening' && this.#life.opening.ending === null)
  }

  get idle(): boolean {
    if (this.#life.state === 'opening' || this.sessions.size > 0 || this.#inbox.length > 0 || this.running > 0)
      return false
    return !this.context.own.timers.hasOnce
  }

  get running(): number {
    return this.#queue.running
  }

  get waiting(): number {
    return this.#tasks.length + this.#queue.waiting
  }

  get #tasks(): Task[] {
    return this.#life.state === 'opening' ? this.#life.opening.tasks : this.#inbox
  }

  /** Resolves when the channel is open; rejects where it could not open. */
  whenOpen(): Promise<void> {
    if (this.#life.state !== 'opening') return Promise.resolve()
    const { waiters } = this.#life.opening
    return new Promise((resolve, reject) => waiters.push({ resolve, reject }))
  }

  enter(task: Task): void {
    if (this.#life.state === 'closed') return
    this.#tasks.push(task)
    this.#isTouched = true
    this.back.wake(this)
  }

  #touch(): void {
    this.#isTouched = true
    this.wake()
  }

  wake(): void {
    if (!this.#isTurning && this.#life.state !== 'closed') this.back.wake(this)
  }

  closeIdle(): void {
    void this.close({ reason: 'idle', wire: 'channel-closed', relink: true })
  }

  /** Ends every link, then the channel. Resolves when `onClose` has settled. */
  close(ending: Ending): Promise<void> {
    const life = this.#life
    if (life.state === 'closed') return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.#waitingForClose.push(resolve))
    if (life.state === 'open') {
      this.#life = { state: 'closing', ending, step: 'sessions' }
      this.sessions.endAll(ending)
      this.back.wake(this)
    } else if (life.state === 'opening') {
      life.opening.ending ??= ending
      // Nothing of it has run: a claim that is answered later is not waited for.
      if (life.opening.step.at === 'claim')
        this.#refuseOpening(new ChannelUnavailable(ending.wire, ending.reason, ending))
    }
    return closed
  }

  /** Takes a turn: its outcome is a value until it is released. */
  turn(beat: boolean): boolean {
    if (this.#life.state === 'opening' && !this.#openingTurn(this.#life.opening)) return false
    if (this.#hasEnded) return false
    this.#beginTurn()
    const inbox = this.#inbox
    this.#inbox = []
    // Before the inbox: a handler never finds a timer waiting whose time is over.
    if (this.#life.state === 'open')
      for (const timer of this.dueTimers.take()) this.#queue.take(null, { type: 'timer', timer })
    for (const task of inbox) this.#queue.take(senderOf(task), task)
    if (beat) this.#takeTick()
    this.#closeOn()
    const life = this.#life
    this.#commit(this.#endTurn(), () => {
      if (life.state === 'ended') this.#closed(life.ending)
    })
    return this.#more()
  }

  #beginTurn(): void {
    this.#isTurning = true
    this.context.beginTurn()
    this.#queue.settle()
  }

  /** The origin is known: a new history begins, or an earlier one goes on. */
  #claimed(opening: Opening): void {
    const { id, params, contract } = this
    if (this.#life.state !== 'opening') return
    this.#owned = new OwnedState(id, params, contract, opening, ownedStateHostOf(this.back, this.graceMs))
    const { image } = opening
    this.context.own.begin(contract, { id, params }, image)
    if (image) this.sessions.restore(image.sessions, image.serial)
    this.#life.opening.step = { at: 'claimed', restored: image ? restoredFrom(image.attachment, image.version) : null }
    this.seenIn(this.#life.opening.epochSeen)
    this.back.wake(this)
  }

  /** `onOpen` has a turn of its own, whose version is the first that anyone is shown. True once the channel is open. */
  #openingTurn(opening: PendingOpening): boolean {
    if (opening.step.at === 'claim') return false
    this.#beginTurn()
    if (opening.step.at === 'claimed') {
      const { restored } = opening.step
      opening.step = { at: 'begun' }
      this.#queue.take('', { type: 'open', restored })
    }
    return this.#endOpening(opening)
  }

  #endOpening(opening: PendingOpening): boolean {
    const { step } = opening
    if (step.at !== 'opened') {
      this.#isTurning = false
      if (step.at === 'failed') this.#refuseOpening(step.error)
      return false
    }
    opening.step = { at: 'committing' }
    let isWithinTurn = true
    this.#commit(this.#endTurn(), () => {
      this.#open(opening)
      if (!isWithinTurn) this.back.wake(this)
    })
    isWithinTurn = false
    return this.#life.state !== 'opening'
  }

  #open({ tasks, ending, waiters }: PendingOpening): void {
    this.#life = { state: 'open' }
    this.#inbox = tasks
    this.back.opened(this)
    this.mirrors.begin(this.stream)
    for (const { resolve } of waiters) resolve()
    if (ending) void this.close(ending)
  }

  /** `onOpen` has settled. */
  opened(): void {
    if (this.#life.state === 'opening') this.#life.opening.step = { at: 'opened' }
  }

  openFailed(cause: unknown): void {
    this.log.error('channel.open-failed', { error: errorText(cause) })
    if (this.#life.state !== 'opening') return
    const error = new CentrumError('faulted', `channel '${this.id}' could not open: its onOpen failed`, { cause })
    this.#life.opening.step = { at: 'failed', error }
  }

  /** All that waits for the channel is refused, and the channel is closed. */
  #refuseOpening(error: unknown): void {
    if (this.#life.state !== 'opening') return
    const { opening } = this.#life
    const refusal = refusalOf(error, this.log)
    const { reason, message } = refusal
    this.sessions.refuseAll(refusal)
    const rejection = error instanceof CentrumError ? error : new CentrumError(reason, message, { cause: error })
    for (const { reject } of opening.waiters) reject(rejection)
    this.#inbox = opening.tasks
    this.#closed({ reason, wire: reason, relink: false })
  }

  /** Rule C2: after the inbox, while there are sessions. A tick that still runs is not begun again. */
  #takeTick(): void {
    const hasTime = this.#life.state === 'open' && this.sessions.size > 0
    if (hasTime && this.handlers.onTick !== undefined && this.#queue.isRunning('')) return
    const dtMs = this.#pace.next(hasTime)
    if (dtMs !== null && this.handlers.onTick !== undefined) this.#queue.take('', { type: 'tick', dtMs })
  }

  /** No handler of it runs any more: its links end with `faulted` once the turn has ended. */
  fault(message: string): void {
    if (this.#hasEnded) return
    this.log.error('channel.faulted', { error: message })
    this.#life = { state: 'ended', ending: faulted(message) }
  }

  #closeOn(): void {
    const life = this.#life
    if (life.state !== 'closing' || life.step !== 'sessions' || this.sessions.size > 0) return
    life.step = 'close'
    this.#queue.take(null, { type: 'close', reason: life.ending.reason })
  }

  /** `onClose` has settled. */
  closed(): void {
    if (this.#life.state === 'closing') this.#life = { state: 'ended', ending: this.#life.ending }
  }

  /** C3: what the turn brought, of which nothing has left the channel yet. */
  #endTurn(): TurnOutcome {
    const { stream } = this
    const words = this.context.take()
    const isLast = this.tickMs === 0 || this.sessions.size === 0
    const published = this.#ownedState.publish(words.events, isLast, this)
    if (published.patch !== null) this.#isTouched = true
    const links = this.sessions.collect(stream, published.block !== null)
    this.#isTurning = false
    const { serial } = this.sessions
    return makeOutcome({
      channelId: this.id,
      at: stream,
      published,
      words,
      links,
      serial,
      context: this.context.own.endTurn(this),
    })
  }

  #commit(outcome: TurnOutcome, released: () => void): void {
    this.back.commit(outcome, () => {
      release(outcome, this.stream, this.back)
      released()
    })
  }

  /** What of the channel outlives its owner, as of the last turn. */
  toImage(): ChannelImage {
    const { stream } = this
    return {
      origin: stream.origin,
      version: stream.version,
      state: stream.keyframe(),
      serial: this.sessions.serial,
      ...this.context.own.toImage(),
      sessions: this.sessions.toImages(),
      attachment: attachmentOf(this.handlers, this.context, stream.version, this.log),
    }
  }

  /** Whether all of its turns were taken. */
  get #hasEnded(): boolean {
    return this.#life.state === 'ended' || this.#life.state === 'closed'
  }

  #closed(ending: Ending): void {
    this.#life = { state: 'closed' }
    this.dueTimers.disarm()
    this.#queue.abandon()
    this.#inbox = []
    this.sessions.disconnectAll(ending.wire === 'faulted' ? ending : CLOSED)
    for (const { carrier, ref, ending } of this.sessions.takeDetached()) detach(carrier, ref, ending, ending.reason)
    this.context.end()
    this.back.closed(this, ending.wire)
    for (const resolve of this.#waitingForClose) resolve()
  }

  /** Whether another turn is due: there are sessions, or something waits. A channel that sleeps is woken. */
  #more(): boolean {
    if (this.#hasEnded) return false
    if (this.#inbox.length > 0 || this.#queue.due) return true
    if (this.sessions.size > 0 && this.tickMs > 0) return true
    this.dueTimers.arm()
    if (this.#isTouched) this.back.touched(this)
    this.#isTouched = false
    if (this.sessions.size > 0) return false
    const { idleMs } = this.contract
    if (idleMs !== null && this.#life.state === 'open') this.back.idle(this, idleMs)
    return false
  }
}
