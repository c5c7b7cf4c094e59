/**
 * The `ctx` of one channel in one epoch, and the clients that handlers see. Collects what handlers say in a turn; the channel
 * publishes it when the turn ends. Knows nothing of connections.
 */
import { ChannelClosed } from '../channel/channel-closed.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import type { Channel } from '../channel/channel-types.js'
import type { ChannelAddress, ChannelContext, Client, Except } from '../channel/context.js'
import { validate } from '../channel/schema.js'
import type { SharedEvent } from '../protocol/blocks.js'
import { CentrumError } from '../protocol/errors.js'
import { makeNamed } from '../protocol/link-frames.js'
import type { Log, Random } from '../runtime/runtime.js'
import { encodeValue } from '../value/encode-value.js'
import { isPromise } from './keyed-task-queue.js'
import type { Session } from './session.js'

/** What a context asks of its channel. */
export interface ContextHost {
  readonly id: string
  readonly epoch: number
  readonly params: unknown
  readonly contract: ChannelContract
  readonly random: Random
  readonly log: Log
  /** The live state object. */
  state(): object
  version(): number
  /** Hands an item to a session with this turn. */
  item(session: Session, body: Uint8Array, after: number): void
  /** There is something to send: a turn is wanted, where none is being taken. */
  wake(): void
  kick(sessionId: string, reason: string): void
  close(reason: string): void
  address(id: string): Pick<ChannelAddress, 'id' | 'send' | 'request'>
}

export class LiveContext implements ChannelContext {
  readonly #host: ContextHost
  readonly #clients = new Map<string, Client>()
  #events: SharedEvent[] = []
  #now = 0
  #tick = 0
  #over = false

  constructor(host: ContextHost) {
    this.#host = host
  }

  get id(): string {
    return this.#host.id
  }

  get params(): unknown {
    return this.#host.params
  }

  get state(): object {
    return this.#valid('state').state()
  }

  get now(): number {
    return this.#now
  }

  get tick(): number {
    return this.#tick
  }

  get version(): number {
    return this.#host.version()
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

  random(): number {
    return this.#valid('random').random.float()
  }

  broadcast(event: string, payload: unknown, options: { readonly except?: Except } = {}): void {
    const host = this.#valid('broadcast')
    const { except = [] } = options
    const sessions: readonly { readonly id: string }[] = Array.isArray(except) ? except : [except as { id: string }]
    const encoded = encodeEvent(host.contract, event, payload)
    this.#events.push({ name: event, except: sessions.map(({ id }) => id), payload: encoded })
    host.wake()
  }

  kick(client: { readonly id: string }, reason: string): void {
    this.#valid('kick').kick(client.id, reason)
  }

  close(reason = 'closed by its own handler'): void {
    this.#valid('close').close(reason)
  }

  channel(_definition: Channel, id: string): ChannelAddress {
    return this.#valid('channel').address(id)
  }

  transfer(): Promise<void> {
    this.#valid('transfer')
    throw new CentrumError(
      'not-built',
      'ctx.transfer is not built yet: let the client move its processor with connection.setProcessor',
    )
  }

  /** Time stands still from here to the end of the turn. */
  beginTurn(now: number): void {
    this.#now = now
  }

  countTick(): void {
    this.#tick++
  }

  /** How many shared events this turn has so far. */
  get eventsSoFar(): number {
    return this.#events.length
  }

  takeEvents(): readonly SharedEvent[] {
    const events = this.#events
    if (events.length > 0) this.#events = []
    return events
  }

  /** Makes the client that handlers see for a session. It appears in `clients` once it is admitted. */
  makeClient(session: Session, data: unknown): Client {
    const host = this.#host
    const after = (): number => this.#events.length
    return {
      kind: 'client',
      id: session.id,
      userId: session.userId,
      data,
      get isProcessor(): boolean {
        return session.processor
      },
      send(event: string, ...payload: unknown[]): void {
        host.item(session, makeNamed(event, encodeEvent(host.contract, event, payload[0])), after())
      },
    }
  }

  admit(client: Client): void {
    this.#clients.set(client.id, client)
  }

  dismiss(client: Client): void {
    if (this.#clients.get(client.id) === client) this.#clients.delete(client.id)
  }

  /** The epoch is over: from here on each method throws `ChannelClosed`. */
  end(): void {
    this.#over = true
    this.#clients.clear()
    this.#events = []
  }

  #valid(use: string): ContextHost {
    if (this.#over) throw new ChannelClosed(this.#host.id, this.#host.epoch, use)
    return this.#host
  }
}

/** Checks an event's payload by its schema and encodes it. */
export function encodeEvent(contract: ChannelContract, event: string, payload: unknown): Uint8Array {
  const schema = contract.events.get(event)
  if (!schema) {
    const declared = [...contract.events.keys()].join(', ') || 'none'
    throw new CentrumError('not-declared', `event '${event}' is not declared by this channel (declared: ${declared})`)
  }
  const checked: unknown = validate(schema, payload, `event '${event}'`)
  if (isPromise(checked)) {
    checked.catch(() => undefined)
    throw new CentrumError(
      'invalid-definition',
      `the schema of event '${event}' is asynchronous; events need one that is not`,
    )
  }
  return encodeValue(checked)
}
