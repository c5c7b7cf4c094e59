/**
 * One channel's life on its owner: its inbox, its turns, and when it opens and closes. What tasks do is in
 * `session-tasks.ts`, who is linked in `channel-sessions.ts`, what fronts see of it in `state-stream.ts`.
 */
import type { BackChannelApi } from '../channel/back-api.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelImplementation } from '../channel/channel-implementation.js'
import type { ChannelAddress, Except } from '../channel/context.js'
import { CentrumError } from '../protocol/errors.js'
import type { Origin } from '../protocol/origin.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import type { ScheduledMember } from './turn-scheduler.js'
import type { IdleMember } from './idle-channels.js'
import { ChannelSessions, type SessionCounts } from './channel-sessions.js'
import { Lane, KeyedTaskQueue } from './keyed-task-queue.js'
import { LiveContext } from './live-context.js'
import { StateStream, type StreamCounts } from './state-stream.js'
import { SessionTasks, type TaskCounts } from './session-tasks.js'
import type { Ending, PeerMessage, Task } from './tasks.js'

export interface ChannelCounts extends TaskCounts, StreamCounts, SessionCounts {
  peerMessagesDropped: number
}

/** What a channel asks of its master. */
export interface ChannelHost {
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly counts: ChannelCounts
  readonly onePerUser: boolean
  /** There is something to do. */
  prod(channel: BackChannel): void
  /** The channel's life is over; `again` says whether its links were asked to link again. */
  closed(channel: BackChannel, reason: Reason): void
  /** It has no links: it may be closed after `idleMs`. */
  idle(channel: BackChannel, idleMs: number): void
  kick(sessionId: string, message: string): void
  address(from: BackChannel, id: string): Pick<ChannelAddress, 'id' | 'send' | 'request'>
}

/** How often the whole state is compared, in milliseconds. */
const COMPLETE_MS = 5_000

/** opening: `onOpen` has not settled. closing: each session's `onUnlink`, then `onClose`, runs. */
type Life =
  | { state: 'opening'; begun: boolean }
  | { state: 'open' }
  | { state: 'closing'; ending: Ending; step: 'sessions' | 'close' }
  | { state: 'closed' }

export class BackChannel implements ScheduledMember, IdleMember {
  readonly id: string
  readonly tickMs: number
  readonly contract: ChannelContract
  readonly stream: StateStream
  readonly sessions: ChannelSessions
  readonly context: LiveContext
  readonly log: Log
  readonly #host: ChannelHost
  readonly #lanes: KeyedTaskQueue<Task>
  readonly #own = new Lane<Task>()
  readonly #idleMs: number | null
  readonly #ticks: boolean
  readonly #waitingForOpen: { resolve: () => void; reject: (error: Error) => void }[] = []
  readonly #waitingForClose: (() => void)[] = []
  #inbox: Task[] = []
  /** What was said outside of a link and is not done: it may wait behind a handler for many turns. */
  #said = 0
  #life: Life = { state: 'opening', begun: false }
  #closeOnceOpen: Ending | null = null
  #lastTickMs: number | null = null
  #encodeFailure = ''
  #wholeAt = 0
  #turning = false

  constructor(
    id: string,
    params: unknown,
    { contract, handlers }: ChannelImplementation,
    origin: Origin,
    host: ChannelHost,
  ) {
    const { runtime, limits, counts } = host
    this.id = id
    this.tickMs = contract.tickMs
    this.contract = contract
    this.log = runtime.log.with({ channel: id })
    this.#host = host
    const { ringTurnsMax, ringBytesMax, keyframeRatio, keyframePatchBytesMin } = limits
    const graceMs = contract.graceMs ?? limits.graceMs
    this.stream = new StateStream(id, origin, contract.state({ id, params }), contract.shape ?? undefined, {
      clock: runtime.clock,
      counts,
      historyLimits: { ringTurnsMax, ringBytesMax, ringMs: graceMs, keyframeRatio, keyframePatchBytesMin },
    })
    this.context = new LiveContext({
      id,
      epoch: origin.epoch,
      params,
      contract,
      random: runtime.random,
      log: this.log,
      state: () => this.stream.state,
      version: () => this.stream.version,
      item: (session, body, after) => this.sessions.item(session, body, after),
      wake: () => this.#wake(),
      kick: (sessionId, reason) => this.kick(sessionId, reason),
      close: (reason) => void this.close({ reason, wire: 'channel-closed', relink: false }),
      address: (other) => host.address(this, other),
    })
    this.sessions = new ChannelSessions({
      limits: { ...limits, graceMs },
      clock: runtime.clock,
      counts,
      channelId: id,
      stream: this.stream,
      context: this.context,
      onePerUser: host.onePerUser,
      enter: (task) => this.#enter(task),
      wake: () => this.#wake(),
    })
    const tasks = new SessionTasks({
      contract,
      handlers,
      context: this.context,
      log: this.log,
      counts,
      opened: () => this.#opened(),
      openFailed: (error) => this.#openFailed(error),
      linked: (session) => this.sessions.linked(session),
      linkRefused: (session, reason, message, details) => this.sessions.refused(session, reason, message, details),
      ended: (session, ending) => this.sessions.ended(session, ending),
      touched: (session) => this.sessions.touched(session),
      overflowed: (session) => this.sessions.overflowed(session),
      closed: () => this.#closed(),
    })
    this.#lanes = new KeyedTaskQueue<Task>(
      {
        start: (task) => tasks.start(task),
        finish: (task, outcome) => {
          if (task.type === 'said') this.#said--
          tasks.finish(task, outcome)
        },
        wake: () => host.prod(this),
      },
      runtime.clock,
      contract.handlerMsMax,
    )
    this.#idleMs = contract.idleMs
    this.#ticks = handlers.onTick !== undefined
    host.prod(this)
  }

  /** What the application's own code on this back sees of it. */
  readonly face: BackChannelApi = faceOf(this)

  /** Plain and mutable, as handlers see it. */
  get state(): object {
    return this.stream.state
  }

  /** Resolves when `onOpen` has settled; rejects with `faulted` where it failed. */
  whenOpen(): Promise<void> {
    if (this.#life.state === 'open') return Promise.resolve()
    return new Promise((resolve, reject) => this.#waitingForOpen.push({ resolve, reject }))
  }

  /** An event from outside of a turn: it goes out with the next one. */
  broadcast(event: string, payload: unknown, options?: { readonly except?: Except }): void {
    this.context.broadcast(event, payload, options)
  }

  /** Whether it takes new links: no longer once it began to close. */
  get takesLinks(): boolean {
    return (this.#life.state === 'opening' || this.#life.state === 'open') && this.#closeOnceOpen === null
  }

  get idle(): boolean {
    return this.sessions.size === 0 && this.#inbox.length === 0
  }

  closeIdle(): void {
    void this.close({ reason: 'idle', wire: 'channel-closed', relink: true })
  }

  get running(): number {
    return this.#lanes.running
  }

  get waiting(): number {
    return this.#inbox.length + this.#lanes.waiting
  }

  /** Something said outside of a link. Beyond `saidWaitingMax` it is dropped and counted: it is at most once. */
  say(said: Omit<PeerMessage, 'type' | 'session'>): boolean {
    if (this.#said >= this.#host.limits.peerMessagesQueuedMax || !this.takesLinks) {
      this.#host.counts.peerMessagesDropped++
      return false
    }
    this.#said++
    this.#enter({ ...said, type: 'said', session: this.sessions.find(said.identity.sessionId) })
    return true
  }

  kick(sessionId: string, reason: string): void {
    if (this.sessions.kick(sessionId, reason)) this.#host.kick(sessionId, reason)
  }

  /** Ends every link, then the channel. Resolves when `onClose` has settled. */
  close(ending: Ending): Promise<void> {
    if (this.#life.state === 'closed') return Promise.resolve()
    if (this.#life.state === 'opening') this.#closeOnceOpen ??= ending
    else if (this.#life.state !== 'closing') {
      this.#life = { state: 'closing', ending, step: 'sessions' }
      this.sessions.endAll(ending)
      this.#host.prod(this)
    }
    return new Promise((resolve) => this.#waitingForClose.push(resolve))
  }

  turn(beat: boolean): boolean {
    if (this.#life.state === 'closed') return false
    this.#turning = true
    this.context.beginTurn(this.#host.runtime.clock.wall())
    this.#lanes.settle()
    if (this.#life.state === 'opening' && !this.#life.begun) {
      this.#life.begun = true
      this.#lanes.take(this.#own, { type: 'open' })
    }
    if (this.#life.state !== 'opening') this.#takeInbox()
    if (beat) this.#tick()
    this.#publish()
    this.#turning = false
    this.#closeOn()
    return this.#more()
  }

  #takeInbox(): void {
    const inbox = this.#inbox
    this.#inbox = []
    for (const task of inbox)
      this.#lanes.take('session' in task && task.session ? task.session.lane : new Lane<Task>(), task)
  }

  /** Rule C2: after the inbox, while there are sessions. A tick that still runs is not begun again. */
  #tick(): void {
    if (this.#life.state !== 'open' || this.sessions.size === 0) {
      this.#lastTickMs = null
      return
    }
    const now = this.#host.runtime.clock.now()
    const dtMs = this.#lastTickMs === null ? this.tickMs : now - this.#lastTickMs
    if (this.#ticks && this.#own.running !== null) return
    this.#lastTickMs = now
    if (this.#ticks) this.#lanes.take(this.#own, { type: 'tick', dtMs })
  }

  #publish(): void {
    let patch: Uint8Array | null = null
    try {
      patch = this.stream.encode(this.#wholeIsDue())
      this.#encodeFailure = ''
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      // Said once: the same fault would fill the log with every turn until the application mends its state.
      if (message !== this.#encodeFailure) this.log.error('state.encode-failed', { error: message })
      this.#encodeFailure = message
    }
    const block = this.stream.publish(patch, this.context.takeEvents())
    this.sessions.handOut(block !== null)
    this.stream.release(this.stream.version)
    this.sessions.sayFarewells()
  }

  /**
   * Whether all of the state is compared in this turn, and not only what handlers reached: what was changed through objects
   * kept from earlier is found within `COMPLETE_MS` while the channel has turns, and in its last one before it sleeps.
   */
  #wholeIsDue(): boolean {
    const now = this.#host.runtime.clock.now()
    const due = this.tickMs === 0 || this.sessions.size === 0 || now - this.#wholeAt >= COMPLETE_MS
    if (due) this.#wholeAt = now
    return due
  }

  #closeOn(): void {
    if (this.#life.state === 'closing' && this.#life.step === 'sessions' && this.sessions.size === 0) {
      this.#life.step = 'close'
      this.#lanes.take(new Lane<Task>(), { type: 'close', reason: this.#life.ending.reason })
    }
  }

  #opened(): void {
    this.#life = { state: 'open' }
    for (const { resolve } of this.#waitingForOpen.splice(0)) resolve()
    if (this.#closeOnceOpen) void this.close(this.#closeOnceOpen)
  }

  #closed(): void {
    const wire = this.#life.state === 'closing' ? this.#life.ending.wire : 'channel-closed'
    this.#life = { state: 'closed' }
    const undone = [...this.#lanes.abandon(), ...this.#inbox]
    this.#inbox = []
    this.sessions.stop()
    this.context.end()
    this.#host.closed(this, wire)
    for (const resolve of this.#waitingForClose) resolve()
    const error = new CentrumError('channel-closed', `channel '${this.id}' closed before this was done`)
    for (const task of undone) if (task.type === 'said') task.settle?.({ ok: false, error })
  }

  #openFailed(error: unknown): void {
    this.log.error('channel.open-failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    this.#life = {
      state: 'closing',
      ending: { reason: 'onOpen failed', wire: 'faulted', relink: false },
      step: 'close',
    }
    const message = `channel '${this.id}' could not open: its onOpen failed`
    this.sessions.refuseAll('faulted', message)
    for (const { reject } of this.#waitingForOpen.splice(0))
      reject(new CentrumError('faulted', message, { cause: error }))
    this.#closed()
  }

  #enter(task: Task): void {
    if (this.#life.state === 'closed') return
    this.#inbox.push(task)
    this.#host.prod(this)
  }

  #wake(): void {
    if (!this.#turning && this.#life.state !== 'closed') this.#host.prod(this)
  }

  /** Whether another turn is due: there are sessions, or something waits. A channel that sleeps is prodded awake. */
  #more(): boolean {
    if (this.#life.state === 'closed') return false
    if (this.#inbox.length > 0 || this.#lanes.due) return true
    if (this.sessions.size > 0) return this.tickMs > 0
    if (this.#idleMs !== null && this.#life.state === 'open') this.#host.idle(this, this.#idleMs)
    return false
  }
}

function faceOf(channel: BackChannel): BackChannelApi {
  return {
    id: channel.id,
    get epoch() {
      return channel.stream.epoch
    },
    get version() {
      return channel.stream.version
    },
    get state() {
      return channel.state
    },
    broadcast: (event: string, payload: unknown, options?: { readonly except?: Except }) =>
      channel.broadcast(event, payload, options),
  }
}
