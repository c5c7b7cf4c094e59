/**
 * The `ctx` of one channel in one epoch, and the clients that handlers see. Collects what handlers send in a turn; it is part
 * of the turn's outcome. Knows nothing of connections.
 */
import { ChannelClosed } from '../channel/channel-closed.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import type { Channel } from '../channel/channel-types.js'
import type {
  ChannelAddress,
  ChannelContext,
  Client,
  Except,
  RewindOptions,
  Rewound,
  TimerOf,
} from '../channel/context.js'
import type { SharedEvent } from '../protocol/blocks.js'
import { CentrumError } from '../protocol/errors.js'
import { makeNamed } from '../protocol/link-frames.js'
import type { Origin } from '../protocol/origin.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { HandledMessage } from '../store/store.js'
import { decodeValue } from '../value/decode-value.js'
import { idsGiven, reasonGiven } from './reason-given.js'
import { type ContextLimits, ContextState } from './context-state.js'
import { checkDeclared } from './check-declared.js'
import { idempotencyKeyOf } from './idempotency-key.js'
import { type Outgoing, PeerAddress } from './peer-messages.js'
import { OutgoingMail } from './outgoing-mail.js'
import { encodeSendable } from './encode-sendable.js'
import type { Session } from './session.js'
import type { Ending, Task } from './tasks.js'
import { rewindTask } from './rewind-task.js'
import { setTimer, shownTimers } from './set-timer.js'
import type { StatePast } from './state-past.js'
import { summaryOf } from './summary-of.js'
import { WrongCall } from './wrong-call.js'

/** What a context asks of its channel. */
export interface ContextHost {
  readonly id: string
  readonly epoch: number
  /** The last encoded version. */
  readonly version: number
  readonly params: unknown
  readonly contract: ChannelContract
  /** Where its history is; known before any handler runs. */
  readonly stream: { readonly origin: Origin; readonly epoch: number; readonly past: StatePast | null }
  readonly back: {
    readonly runtime: Runtime
    readonly limits: ContextLimits & { readonly sendBytesMax: number }
  }
  readonly log: Log
  /** The live state object. */
  readonly state: object
  readonly sessions: {
    /** Adds an event to what a session is owed; it goes out with the turn. */
    sendTo(session: Session, body: Uint8Array, after: number): void
    /** False where no such session is here. */
    kick(sessionId: string, reason: string): boolean
  }
  /** There is something to send: a turn is wanted, unless one is being taken. */
  wake(): void
  close(ending: Ending): Promise<void>
}

export interface Kick {
  readonly sessionId: string
  readonly reason: string
}

/** What handlers sent in a turn. */
export interface TurnWords {
  readonly events: readonly SharedEvent[]
  readonly kicks: readonly Kick[]
  readonly outbox: readonly Outgoing[]
  /** What has come from the database and has its outcome. */
  readonly handled: readonly HandledMessage[]
}

export class LiveContext implements ChannelContext {
  readonly own: ContextState
  readonly #host: ContextHost
  readonly #clients = new Map<string, Client>()
  readonly #mail: OutgoingMail
  #events: SharedEvent[] = []
  #kicks: Kick[] = []
  #handled: HandledMessage[] = []
  #now = 0
  /** When the turn began, by the machine's clock. */
  #turnAtMs = 0
  #isTurning = false
  /** What is being started; null while nothing is. */
  #starting: Task | null = null
  #started = 0
  #isClosed = false

  constructor(host: ContextHost) {
    this.#host = host
    this.own = new ContextState(host.back.runtime, host.back.limits)
    this.#mail = new OutgoingMail(this.own.outbox, host)
  }

  get id(): string {
    return this.#host.id
  }

  get params(): unknown {
    return this.#host.params
  }

  get state(): object {
    return this.#valid('state').state
  }

  get memory(): object | undefined {
    this.#valid('memory')
    return this.own.memory
  }

  get local(): unknown {
    this.#valid('local')
    return this.own.local
  }

  set local(local: unknown) {
    this.#valid('local')
    this.own.local = local
  }

  get summary(): unknown {
    const { summary } = this.own
    return summary === null ? undefined : decodeValue(summary)
  }

  set summary(summary: unknown) {
    const host = this.#valid('summary')
    this.own.summary = summaryOf(summary)
    host.wake()
  }

  get now(): number {
    return this.#now
  }

  get tick(): number {
    return this.own.tick
  }

  get version(): number {
    return this.#host.version
  }

  get epoch(): number {
    return this.#host.epoch
  }

  get clients(): ReadonlyMap<string, Client> {
    return this.#clients
  }

  get log(): Log {
    return this.#host.log
  }

  get idempotencyKey(): string {
    const { id, stream } = this.#valid('idempotencyKey')
    const { tick } = this.own
    if (this.#starting !== null) return idempotencyKeyOf({ id, stream, tick }, this.#starting, this.#started)
    throw new WrongCall(
      'invalid',
      'ctx.idempotencyKey was read outside a handler, or after its first await. Read it at the start of the handler, and keep it.',
    )
  }

  get timers(): TimerOf[] {
    this.#valid('timers')
    return shownTimers(this.own.timers)
  }

  rewind(client: { readonly id: string }, options?: RewindOptions): Rewound<object> {
    return rewindTask(this.#valid('rewind').stream.past, this.#starting, client, this.#turnAtMs, options)
  }

  random(): number {
    this.#valid('random')
    return this.own.random()
  }

  after(ms: number, name: string, ...payload: unknown[]): number {
    return this.#setTimer('after', ms, name, payload[0])
  }

  every(ms: number, name: string, ...payload: unknown[]): number {
    return this.#setTimer('every', ms, name, payload[0])
  }

  #setTimer(call: 'after' | 'every', ms: number, name: string, payload: unknown): number {
    const host = this.#valid(call)
    const now = this.#isTurning ? this.#now : this.own.clock.peek()
    const { sendBytesMax } = host.back.limits
    const id = setTimer(this.own.timers, host.contract, call, { now, ms, name, payload, sendBytesMax })
    host.wake()
    return id
  }

  cancelTimer(id: number): boolean {
    const host = this.#valid('cancelTimer')
    const isCancelled = this.own.timers.cancel(id)
    if (isCancelled) host.wake()
    return isCancelled
  }

  broadcast(event: string, payload: unknown, options: { readonly except?: Except } = {}): void {
    const host = this.#valid('broadcast')
    const { except = [] } = options
    const excepted = idsGiven('except of ctx.broadcast', except)
    const encoded = this.#encodeEvent(event, payload)
    this.#events.push({ name: event, except: excepted, payload: encoded })
    host.wake()
  }

  kick(client: { readonly id: string }, given?: string): void {
    const host = this.#valid('kick')
    const reason = reasonGiven('ctx.kick', given, 'kicked')
    for (const sessionId of idsGiven('ctx.kick', client)) {
      if (host.sessions.kick(sessionId, reason)) this.#kicks.push({ sessionId, reason })
    }
    host.wake()
  }

  close(given?: string): void {
    const reason = reasonGiven('ctx.close', given, 'closed by its own handler')
    void this.#valid('close').close({ reason, wire: 'channel-closed', relink: false })
  }

  channel(_definition: Channel, id: string): ChannelAddress {
    const { limits } = this.#valid('channel').back
    return new PeerAddress(id, this.#mail, limits.sendBytesMax)
  }

  transfer(): Promise<void> {
    this.#valid('transfer')
    throw new CentrumError(
      'not-built',
      'ctx.transfer is not built yet: let the client move its processor with connection.setProcessor',
    )
  }

  /** Time stands still from here to the end of the turn. */
  beginTurn(): void {
    this.#now = this.own.clock.read()
    this.#turnAtMs = this.#host.back.runtime.clock.now()
    this.#isTurning = true
  }

  /** Starts what a task is, whose handlers may read the key until they have to wait. */
  within<V>(task: Task, start: () => V): V {
    const outer = this.#starting
    this.#starting = task
    this.#started++
    try {
      return start()
    } finally {
      this.#starting = outer
    }
  }

  /** A message from the database has its outcome with this turn. */
  handled(message: HandledMessage): void {
    this.#handled.push(message)
  }

  /** How many shared events this turn has so far. */
  get eventsSoFar(): number {
    return this.#events.length
  }

  /** What an earlier owner sent to other channels and knew no outcome of goes out again with this turn. */
  repeatMail(): void {
    this.#mail.repeat()
  }

  /** The end of the turn: what was sent since the last one. */
  take(): TurnWords {
    this.#isTurning = false
    const words = { events: this.#events, kicks: this.#kicks, outbox: this.#mail.take(), handled: this.#handled }
    this.#handled = []
    this.#events = []
    this.#kicks = []
    return words
  }

  /** Makes the client that handlers see for a session. It appears in `clients` once it is admitted. */
  makeClient(session: Session, data: unknown): Client {
    return new LinkedClient(session, data, this)
  }

  send(session: Session, event: string, payload: unknown): void {
    const host = this.#host
    const encoded = this.#encodeEvent(event, payload)
    host.sessions.sendTo(session, makeNamed(event, encoded), this.#events.length)
  }

  #encodeEvent(event: string, payload: unknown): Uint8Array {
    const { contract, back } = this.#host
    const checked = checkDeclared('event', contract.events, event, payload)
    return encodeSendable(`event '${event}'`, checked, back.limits.sendBytesMax)
  }

  admit(client: Client): void {
    this.#clients.set(client.id, client)
  }

  dismiss(client: Client): void {
    if (this.#clients.get(client.id) === client) this.#clients.delete(client.id)
  }

  /** The epoch is over: from here on each method throws `ChannelClosed`. */
  end(): void {
    this.#isClosed = true
    this.#clients.clear()
    this.#events = []
  }

  #valid(use: string): ContextHost {
    if (this.#isClosed) throw new ChannelClosed(this.#host.id, this.#host.epoch, use)
    return this.#host
  }
}
/** A session as handlers see it. Its methods are shared by all clients: there may be thousands of them in a channel. */
class LinkedClient implements Client {
  readonly kind = 'client'
  readonly id: string
  readonly userId: string
  readonly data: unknown
  readonly #session: Session
  readonly #context: LiveContext

  constructor(session: Session, data: unknown, context: LiveContext) {
    this.id = session.id
    this.userId = session.userId
    this.data = data
    this.#session = session
    this.#context = context
  }

  get isProcessor(): boolean {
    return this.#session.processor
  }

  send(event: string, ...payload: unknown[]): void {
    this.#context.send(this.#session, event, payload[0])
  }
}
