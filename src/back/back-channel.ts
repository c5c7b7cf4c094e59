/** One channel on its owner: its inbox, and how it opens, takes turns and closes. What tasks do is in `session-tasks.ts`. */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelHandlers, ChannelImplementation } from '../channel/channel-implementation.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import type { ChannelHost, HostedChannel } from './channel-host.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import { type ChannelLife, faulted } from './channel-life.js'
import { ChannelRest } from './channel-rest.js'
import { ChannelMirrors } from './channel-mirrors.js'
import { ChannelSessions, type SessionsHost } from './channel-sessions.js'
import { ChannelTurns, type TurnsHost } from './channel-turns.js'
import { DueTimers } from './due-timers.js'
import { errorText } from './error-text.js'
import { handlerOf } from './handler-of.js'
import { restoredFrom } from './image-attachment.js'
import { isPromise, KeyedTaskQueue } from './keyed-task-queue.js'
import { type ContextHost, LiveContext } from './live-context.js'
import { PeerInbox, type PeerInboxHost } from './peer-messages.js'
import { type Opening, PendingOpening } from './pending-opening.js'
import { refusalOf } from './refusal.js'
import { SessionTasks } from './session-tasks.js'
import type { TaskHost } from './task-host.js'
import { storedHandlers } from './stored-handlers.js'
import type { StateStream } from './state-stream.js'
import type { Ending, Task } from './tasks.js'
import { TickPace } from './tick-pace.js'
import { upcomingTasks } from './upcoming-tasks.js'
import { detach, type TurnOutcome } from './turn-outcome.js'

export class BackChannel implements HostedChannel, ContextHost, SessionsHost, TaskHost, PeerInboxHost, TurnsHost {
  readonly id: string
  readonly params: unknown
  readonly contract: ChannelContract
  readonly tickMs: number
  readonly graceMs: number
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly peers: PeerInbox
  readonly mirrors = new ChannelMirrors()
  readonly dueTimers: DueTimers
  readonly back: ChannelHost
  readonly #queue: KeyedTaskQueue<Task>
  readonly turns: ChannelTurns
  #log: Log | null = null
  #inbox: Task[] = []
  #life: ChannelLife
  #waitingForClose: (() => void)[] = []
  readonly #pace: TickPace
  #isTurning = false
  readonly #rest: ChannelRest
  #isFaulted = false
  readonly ran: Task[]

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
    this.tickMs = contract.tickMs
    this.graceMs = contract.graceMs ?? back.limits.graceMs
    this.turns = new ChannelTurns(this)
    this.handlers = contract.durability === 'none' ? handlers : storedHandlers(handlers, this.turns)
    this.back = back
    this.context = new LiveContext(this)
    this.sessions = new ChannelSessions(back, this, this.graceMs)
    this.peers = new PeerInbox(this)
    this.#rest = new ChannelRest(this, back)
    this.#pace = new TickPace(back.runtime.clock, this.contract)
    this.dueTimers = new DueTimers(back.runtime.clock, this)
    this.#life = { state: 'opening', opening: new PendingOpening(epochSeen) }
    this.#queue = new KeyedTaskQueue<Task>(new SessionTasks(this), back.runtime.clock, contract.handlerMsMax)
    this.ran = this.#queue.ran
    const opening = back.open({ id, params, contract }, epochSeen)
    if (!isPromise(opening)) this.#claimed(opening)
    else opening.then((it) => this.#claimed(it)).catch((error: unknown) => this.#refuseOpening(error))
  }

  get log(): Log {
    return (this.#log ??= this.back.runtime.log.with({ channel: this.id }))
  }

  /** Plain and mutable, as handlers see it. What is changed in it outside of a turn is published by the next. */
  get state(): object {
    if (!this.#isTurning) this.#rest.touch()
    this.wake()
    return this.stream.state
  }

  get stream(): StateStream {
    return this.turns.stream
  }

  get epoch(): number {
    return this.turns.epoch
  }

  get version(): number {
    return this.turns.version
  }

  get isClosed(): boolean {
    return this.#life.state === 'closed'
  }

  /** V1: a front has seen the channel in this epoch: what is open in an older one closes. */
  seenIn(epochSeen: number): void {
    if (this.#life.state === 'opening') this.#life.opening.seenIn(epochSeen)
    if (this.epoch === 0 || this.epoch >= epochSeen) return
    this.log.warn('channel.epoch-outdated', { epoch: this.epoch, seen: epochSeen })
    void this.rest({ reason: 'reset', wire: 'reset', relink: true })
  }

  /** Whether `onOpen` has settled, and the channel has not closed. */
  get isOpen(): boolean {
    return this.#life.state === 'open' || this.#life.state === 'closing'
  }

  get takesLinks(): boolean {
    return this.#life.state === 'open' || (this.#life.state === 'opening' && this.#life.opening.ending === null)
  }

  get idleSinceMs(): number | null {
    const isBusy = this.sessions.size > 0 || this.#inbox.length > 0 || this.#queue.running > 0
    return this.#life.state === 'opening' || isBusy || this.context.own.isPending ? null : this.#rest.vacantSinceMs
  }

  /** What it has to do: handlers that run across turns, and how many tasks wait. */
  get load(): { readonly running: readonly string[]; readonly waiting: number } {
    return { running: this.#queue.tasks.map(handlerOf), waiting: this.#tasks.length + this.#queue.waiting }
  }

  get #tasks(): Task[] {
    return this.#life.state === 'opening' ? this.#life.opening.tasks : this.#inbox
  }

  whenOpen(): Promise<void> {
    this.#rest.ask()
    return this.#life.state === 'opening' ? this.#life.opening.whenOpen() : Promise.resolve()
  }

  enter(task: Task): void {
    if (this.#life.state === 'closed') return
    this.#tasks.push(task)
    this.#rest.touch(task)
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
    if (life.state === 'open') {
      this.#life = { state: 'closing', ending, step: keepsSessions ? 'settling' : 'sessions' }
      if (!keepsSessions) this.sessions.endAll(ending)
      this.back.wake(this)
    } else if (life.state === 'opening') {
      life.opening.ending ??= { ending, keepsSessions }
      // Nothing of it has run: a claim that is answered later is not waited for.
      if (life.opening.step.at === 'claim')
        this.#refuseOpening(new ChannelUnavailable(ending.wire, ending.reason, ending))
    }
    return this.isClosed ? Promise.resolve() : new Promise((resolve) => this.#waitingForClose.push(resolve))
  }

  /** Takes a turn: its outcome is a value until it is released. */
  turn(beat: boolean): boolean {
    if (this.#life.state === 'opening' && !this.#openingTurn(this.#life.opening)) return false
    if (this.#hasEnded || !this.turns.mayStart(() => upcomingTasks(this, this.#inbox, beat))) return false
    this.#beginTurn()
    this.#takeInbox()
    if (beat) this.#takeTick()
    this.#closeOn()
    const outcome = this.#endTurn()
    if (outcome === null) return false
    const life = this.#life
    this.turns.commit(outcome, () => {
      if (life.state === 'ended') this.#closed(life.ending)
    })
    return this.#more()
  }

  /** What comes while handlers are waited for, before the channel rests, has no outcome: its clients send it again. */
  #takeInbox(): void {
    if (this.#isSettling) return
    // Before the inbox: a handler never finds a timer waiting whose time is over.
    if (this.#life.state === 'open')
      for (const timer of this.dueTimers.take()) this.#queue.take(null, { type: 'timer', timer })
    this.#inbox.splice(0, this.turns.startTasks(this.#inbox, this.#queue, this.#life.state === 'open'))
  }

  get #isSettling(): boolean {
    return this.#life.state === 'closing' && this.#life.step === 'settling'
  }

  #beginTurn(): void {
    this.#isTurning = true
    this.context.beginTurn()
    this.#queue.settle()
  }

  /** The origin is known: a new history begins, or an earlier one goes on. */
  #claimed(opening: Opening): void {
    if (this.#life.state !== 'opening') return
    this.turns.begin(opening)
    const { image } = opening
    this.#life.opening.step = { at: 'claimed', restored: image ? restoredFrom(image.attachment, image.version) : null }
    this.seenIn(this.#life.opening.epochSeen)
    this.back.wake(this)
  }

  /** `onOpen` has a turn of its own, whose version is the first that anyone is shown. True once the channel is open. */
  #openingTurn(opening: PendingOpening): boolean {
    if (opening.step.at === 'claim') return false
    const { step } = opening
    const open = step.at === 'claimed' ? ({ type: 'open', restored: step.restored } as const) : null
    const { onRestore, onOpen } = this.handlers
    if (open && (open.restored ? onRestore : onOpen) && !this.turns.mayStart(() => [open])) return false
    this.#beginTurn()
    if (open) {
      opening.step = { at: 'begun' }
      this.#queue.take('', open)
    }
    return this.#endOpening(opening)
  }

  #endOpening(opening: PendingOpening): boolean {
    if (opening.step.at !== 'opened') {
      this.#isTurning = false
      if (opening.step.at === 'failed') this.#refuseOpening(opening.step.error)
      return false
    }
    opening.step = { at: 'committing' }
    let isWithinTurn = true
    const outcome = this.#endTurn()
    if (outcome === null) return false
    this.turns.commit(outcome, () => {
      this.#open(opening)
      if (!isWithinTurn) this.back.wake(this)
    })
    isWithinTurn = false
    return this.#life.state !== 'opening'
  }

  #open(opening: PendingOpening): void {
    this.#life = { state: 'open' }
    this.#inbox = opening.tasks
    this.back.opened(this)
    this.mirrors.begin(this.stream)
    opening.settle()
    if (opening.ending) void this.#close(opening.ending.ending, opening.ending.keepsSessions)
  }

  opened(): void {
    if (this.#life.state === 'opening') this.#life.opening.step = { at: 'opened' }
  }

  openFailed(cause: unknown): void {
    this.log.error('channel.open-failed', { error: errorText(cause) })
    if (this.#life.state !== 'opening') return
    const error = new CentrumError('faulted', `channel '${this.id}' could not open: onOpen failed`, { cause })
    this.#life.opening.step = { at: 'failed', error }
  }

  /** All that waits for the channel is refused, and the channel is closed. */
  #refuseOpening(error: unknown): void {
    if (this.#life.state !== 'opening') return
    const { opening } = this.#life
    const refusal = refusalOf(error, this.log)
    const { reason, message } = refusal
    this.sessions.refuseAll(refusal)
    opening.settle(error instanceof CentrumError ? error : new CentrumError(reason, message, { cause: error }))
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
    this.#isFaulted = true
    this.#life = { state: 'ended', ending: faulted(message) }
  }

  #closeOn(): void {
    const life = this.#life
    if (life.state !== 'closing' || life.step === 'close') return
    if (life.step === 'sessions' ? this.sessions.size > 0 : this.#queue.running > 0) return
    life.step = 'close'
    this.#queue.take(null, { type: 'close', reason: life.ending.reason })
  }

  closed(): void {
    if (this.#life.state === 'closing') this.#life = { state: 'ended', ending: this.#life.ending }
  }

  /** Null where the turn is lost. */
  #endTurn(): TurnOutcome | null {
    const outcome = this.turns.end(this.#life.state === 'ended')
    this.ran.length = 0
    this.#isTurning = false
    if (outcome === null) {
      this.abandon('faulted', this.turns.lost ?? '')
      return null
    }
    if (outcome.hasPatch) this.#rest.touch()
    if (outcome.hasDisconnected) this.#rest.leave()
    return outcome
  }

  /** Before it is handed over, handlers that run are not waited for any more. */
  readonly expireHandlers = (error: CentrumError): void => this.#queue.expire(error)

  /** Its time to close is over: what has not been done is not done any more. */
  cutOff(ending: Ending): void {
    if (this.#life.state === 'closed') return
    this.log.warn('channel.cut-off', this.load)
    this.#endAt(ending)
  }

  #endAt(ending: Ending): void {
    if (this.#life.state === 'opening') this.#refuseOpening(new ChannelUnavailable(ending.wire, ending.reason, ending))
    else if (this.#life.state !== 'closed') this.#closed(ending)
  }

  /** A mistake in centrum, or something nobody has thought of: nothing of the channel can be relied upon. */
  breakDown(cause: unknown): void {
    this.log.error('channel.faulted', { error: errorText(cause), running: this.load.running })
    this.#isTurning = false
    try {
      this.#endAt(faulted('the channel failed; the server has logged why'))
    } catch (error) {
      this.log.error('channel.faulted', { error: errorText(error) })
    }
  }

  /** Closes at once: nothing of what is not released is shown, and no handler runs any more. */
  abandon(wire: Reason, reason: string): void {
    this.#endAt({ reason, wire, relink: true })
  }

  get #hasEnded(): boolean {
    return this.#life.state === 'ended' || this.#life.state === 'closed'
  }

  #closed(ending: Ending): void {
    this.#life = { state: 'closed' }
    this.dueTimers.disarm()
    this.#queue.abandon()
    this.#inbox = []
    this.sessions.disconnectAll(ending)
    for (const { carrier, ref, ending } of this.sessions.takeDetached()) detach(carrier, ref, ending, ending.reason)
    this.context.end()
    this.back.closed(this, ending, this.#isFaulted)
    for (const resolve of this.#waitingForClose) resolve()
  }

  /** Whether another turn is due: there are sessions, or something waits. A channel that sleeps is woken. */
  #more(): boolean {
    if (this.#hasEnded) return false
    if ((this.#inbox.length > 0 && !this.#isSettling) || this.#queue.due) return true
    if (this.sessions.size > 0 && this.tickMs > 0) return true
    this.#rest.begin(this.#life.state === 'open' && this.sessions.size === 0)
    return false
  }
}
