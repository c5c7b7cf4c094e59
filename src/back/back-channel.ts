/**
 * One channel on its owner: its inbox, its turns, and how it opens and closes. What tasks do is in `session-tasks.ts`, who is
 * linked in `channel-sessions.ts`, what a turn brings in `turn-outcome.ts`, and who is shown it in `state-stream.ts`.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelHandlers, ChannelImplementation } from '../channel/channel-implementation.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import type { ChannelHost, HostedChannel } from './channel-host.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import type { ChannelImage } from '../durable/channel-image.js'
import { ChannelSessions, type SessionsHost } from './channel-sessions.js'
import { isPromise, KeyedTaskQueue } from './keyed-task-queue.js'
import { type ContextHost, LiveContext } from './live-context.js'
import { PeerInbox, type PeerInboxHost } from './peer-messages.js'
import { OwnedState } from './owned-state.js'
import { type MirrorPast, type Opening, PendingOpening } from './pending-opening.js'
import { refusalOf } from './refusal.js'
import { SessionTasks, type TaskHost } from './session-tasks.js'
import type { StateStream, Subscriber } from './state-stream.js'
import { type Ending, senderOf, type Task } from './tasks.js'
import { detach, makeOutcome, release, type TurnOutcome } from './turn-outcome.js'

type Life =
  /** All that comes waits. */
  | { readonly state: 'opening'; readonly opening: PendingOpening }
  | { readonly state: 'open' }
  /** sessions: each session's `onUnlink` runs. settling: sessions stay in the image, handlers that run are waited for. close: `onClose` runs. */
  | { readonly state: 'closing'; readonly ending: Ending; step: 'sessions' | 'settling' | 'close' }
  /** `onClose` has settled, and the outcome of that turn is not released yet. */
  | { readonly state: 'ended'; readonly reason: Reason }
  | { readonly state: 'closed' }

export class BackChannel implements HostedChannel, ContextHost, SessionsHost, TaskHost, PeerInboxHost {
  readonly id: string
  readonly params: unknown
  readonly contract: ChannelContract
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly peers: PeerInbox
  readonly back: ChannelHost
  readonly #queue: KeyedTaskQueue<Task>
  #log: Log | null = null
  /** Null until the origin is known. */
  #owned: OwnedState | null = null
  #inbox: Task[] = []
  #life: Life
  #waitingForClose: (() => void)[] = []
  #lastTickMs: number | null = null
  #isTurning = false
  /** Turns whose outcome is not released yet. */
  #unreleased = 0

  /** Throws what the opener or the definition's `state` throws at once. */
  constructor(
    id: string,
    params: unknown,
    implementation: ChannelImplementation,
    epochSeen: number,
    back: ChannelHost,
  ) {
    const { contract, handlers } = implementation
    this.id = id
    this.params = params
    this.contract = contract
    this.handlers = handlers
    this.back = back
    this.context = new LiveContext(this)
    this.sessions = new ChannelSessions(back, this, this.graceMs)
    this.peers = new PeerInbox(this)
    this.#life = { state: 'opening', opening: new PendingOpening(epochSeen) }
    this.#queue = new KeyedTaskQueue<Task>(new SessionTasks(this), back.runtime.clock, contract.handlerMsMax)
    const opening = back.open(id, contract, epochSeen)
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

  /** Plain and mutable, as handlers see it. */
  get state(): object {
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

  get isClaimed(): boolean {
    return this.#owned !== null
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
    void this.rest({ reason: 'reset', wire: 'reset', relink: true })
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
    return this.#life.state !== 'opening' && this.sessions.size === 0 && this.#inbox.length === 0
  }

  get running(): number {
    return this.#queue.running
  }

  get waiting(): number {
    return this.#tasks.length + this.#queue.waiting
  }

  get subscribers(): number {
    return this.#life.state === 'opening' ? this.#life.opening.subscribers.size : this.stream.subscribers
  }

  get #tasks(): Task[] {
    return this.#life.state === 'opening' ? this.#life.opening.tasks : this.#inbox
  }

  /** V3: the front mirrors the channel. It is sent a first keyframe once the channel is open. */
  subscribe(front: Subscriber, past: MirrorPast): void {
    if (this.#life.state === 'opening') this.#life.opening.subscribers.set(front, past)
    else this.stream.subscribe(front, past)
  }

  unsubscribe(front: Subscriber): void {
    if (this.#life.state === 'opening') this.#life.opening.subscribers.delete(front)
    else this.#owned?.stream.unsubscribe(front)
  }

  renew(front: Subscriber, version: number): void {
    if (this.#life.state !== 'opening') this.stream.renew(front, version)
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
    this.back.wake(this)
  }

  wake(): void {
    if (!this.#isTurning && this.#life.state !== 'closed') this.back.wake(this)
  }

  closeIdle(): void {
    void this.rest({ reason: 'idle', wire: 'channel-closed', relink: true })
  }

  /** Closes the channel; where it is stored its links go on when it opens again. */
  rest(ending: Ending): Promise<void> {
    return this.#close(ending, this.back.isKept(this.id))
  }

  /** Ends every link, then the channel. Resolves when `onClose` has settled. */
  close(ending: Ending): Promise<void> {
    return this.#close(ending, false)
  }

  #close(ending: Ending, keepsSessions: boolean): Promise<void> {
    const life = this.#life
    if (life.state === 'closed') return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.#waitingForClose.push(resolve))
    if (life.state === 'open') {
      this.#life = { state: 'closing', ending, step: keepsSessions ? 'settling' : 'sessions' }
      if (!keepsSessions) this.sessions.endAll(ending)
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
    // Woken again when one of them is released.
    if (this.#unreleased >= this.back.limits.turnsUncommittedMax) return false
    this.#beginTurn()
    this.#takeInbox()
    if (beat) this.#tick()
    this.#closeOn()
    const life = this.#life
    this.#commit(this.#endTurn(), () => {
      if (life.state === 'ended') this.#closed(life.reason)
    })
    return this.#more()
  }

  /** What still comes while handlers are waited for has no outcome: its clients send it again. */
  #takeInbox(): void {
    if (this.#isSettling) return
    const inbox = this.#inbox
    this.#inbox = []
    for (const task of inbox) this.#queue.take(senderOf(task), task)
  }

  get #isSettling(): boolean {
    return this.#life.state === 'closing' && this.#life.step === 'settling'
  }

  #beginTurn(): void {
    this.#isTurning = true
    this.context.beginTurn(this.back.runtime.clock.wall())
    this.#queue.settle()
  }

  /** The origin is known: a new history begins, or an earlier one goes on. */
  #claimed(opening: Opening): void {
    const { id, params, contract } = this
    if (this.#life.state !== 'opening') return
    const { ringTurnsMax, ringBytesMax, keyframeRatio, keyframePatchBytesMin } = this.back.limits
    this.#owned = new OwnedState(id, params, contract, opening, {
      clock: this.back.runtime.clock,
      counts: this.back.counts,
      historyLimits: { ringTurnsMax, ringBytesMax, ringMs: this.graceMs, keyframeRatio, keyframePatchBytesMin },
    })
    const { image } = opening
    if (image) {
      this.context.restore(image)
      this.sessions.restore(image.sessions, image.serial)
    }
    this.#life.opening.step = { at: 'claimed', isRestored: image !== undefined }
    this.seenIn(this.#life.opening.epochSeen)
    this.back.wake(this)
  }

  /** `onOpen` has a turn of its own, whose version is the first that anyone is shown. True once the channel is open. */
  #openingTurn(opening: PendingOpening): boolean {
    if (opening.step.at === 'claim') return false
    this.#beginTurn()
    if (opening.step.at === 'claimed') {
      const { isRestored } = opening.step
      opening.step = { at: 'begun' }
      this.#queue.take('', { type: 'open', isRestored })
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

  #open({ tasks, subscribers, ending, waiters }: PendingOpening): void {
    this.#life = { state: 'open' }
    this.#inbox = tasks
    this.back.opened(this)
    for (const [front, past] of subscribers) this.stream.subscribe(front, past)
    for (const { resolve } of waiters) resolve()
    if (ending) void this.close(ending)
  }

  /** `onOpen` has settled. */
  opened(): void {
    if (this.#life.state === 'opening') this.#life.opening.step = { at: 'opened' }
  }

  openFailed(cause: unknown): void {
    this.log.error('channel.open-failed', {
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    })
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
    this.#closed(reason)
  }

  /** Rule C2: after the inbox, while there are sessions. A tick that still runs is not begun again. */
  #tick(): void {
    if (this.#life.state !== 'open' || this.sessions.size === 0) {
      this.#lastTickMs = null
      return
    }
    const now = this.back.runtime.clock.now()
    const dtMs = this.#lastTickMs === null ? this.tickMs : now - this.#lastTickMs
    const hasTicks = this.handlers.onTick !== undefined
    if (hasTicks && this.#queue.isRunning('')) return
    this.#lastTickMs = now
    if (hasTicks) this.#queue.take('', { type: 'tick', dtMs })
  }

  #closeOn(): void {
    const life = this.#life
    if (life.state !== 'closing' || life.step === 'close') return
    if (life.step === 'sessions' ? this.sessions.size > 0 : this.#queue.running > 0) return
    life.step = 'close'
    this.#queue.take(null, { type: 'close', reason: life.ending.reason })
  }

  /** `onClose` has settled. */
  closed(): void {
    if (this.#life.state === 'closing') this.#life = { state: 'ended', reason: this.#life.ending.wire }
  }

  /** C3: what the turn brought, of which nothing has left the channel yet. */
  #endTurn(): TurnOutcome {
    const { stream } = this
    const words = this.context.take()
    const isLast = this.tickMs === 0 || this.sessions.size === 0
    const published = this.#ownedState.publish(words.events, isLast, this)
    const links = this.sessions.collect(stream, published.block !== null)
    this.#isTurning = false
    const { serial } = this.sessions
    const { tick, now } = this.context
    return makeOutcome({
      channelId: this.id,
      at: stream,
      published,
      words,
      links,
      serial,
      tick,
      now,
      isLast: this.#life.state === 'ended',
      dueAt: this.sessions.size > 0 ? 0 : null,
      image: () => this.toImage(),
    })
  }

  #commit(outcome: TurnOutcome, released: () => void): void {
    this.#unreleased++
    let isWithinTurn = true
    this.back.commit(outcome, () => {
      if (this.#unreleased-- >= this.back.limits.turnsUncommittedMax && !isWithinTurn) this.back.wake(this)
      if (this.#life.state === 'closed') return
      release(outcome, this.stream, this.back)
      released()
    })
    isWithinTurn = false
  }

  /** What of the channel outlives its owner, as of the last turn. */
  toImage(): ChannelImage {
    const { stream } = this
    return {
      origin: stream.origin,
      version: stream.version,
      state: stream.keyframe(),
      serial: this.sessions.serial,
      tick: this.context.tick,
      now: this.context.now,
      sessions: this.sessions.toImages(),
    }
  }

  /** Closes at once: nothing of what is not released is shown, and no handler runs any more. */
  abandon(reason: Reason): void {
    if (this.#life.state === 'opening') this.#refuseOpening(new ChannelUnavailable(reason, reason, { relink: true }))
    else if (this.#life.state !== 'closed') this.#closed(reason)
  }

  /** Whether all of its turns were taken. */
  get #hasEnded(): boolean {
    return this.#life.state === 'ended' || this.#life.state === 'closed'
  }

  #closed(reason: Reason): void {
    this.#life = { state: 'closed' }
    const undone = [...this.#queue.abandon(), ...this.#inbox]
    this.#inbox = []
    this.sessions.disconnectAll()
    for (const { carrier, ref, ending } of this.sessions.takeDetached()) detach(carrier, ref, ending, ending.reason)
    this.context.end()
    this.back.closed(this, reason)
    for (const resolve of this.#waitingForClose) resolve()
    const error = new CentrumError('channel-closed', `channel '${this.id}' closed before this was done`)
    for (const task of undone) if (task.type === 'peer') task.settle?.({ ok: false, error })
  }

  /** Whether another turn is due: there are sessions, or something waits. A channel that sleeps is woken. */
  #more(): boolean {
    if (this.#hasEnded) return false
    if ((this.#inbox.length > 0 && !this.#isSettling) || this.#queue.due) return true
    if (this.sessions.size > 0) return this.tickMs > 0
    const { idleMs } = this.contract
    if (idleMs !== null && this.#life.state === 'open') this.back.idle(this, idleMs)
    return false
  }
}
