/**
 * All clients' sockets of a front, whatever carries them: how many there are, from which addresses, which socket belongs to which
 * session, which are silent or slow, and how they are asked to leave. Knows nothing of HTTP and of channels.
 */
import { type ConnectionOrder, isOlder } from '../protocol/connection-order.js'
import type { SharedBlock } from '../protocol/blocks.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import { Sweep } from '../runtime/sweep.js'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'
import { ClientSocket } from './client-socket.js'
import { DroppedSessions } from './dropped-sessions.js'
import { FlushQueue } from './flush-queue.js'
import type { GatewayCore, GatewayCounts, GatewayFront, GatewaySocket } from './gateway-core.js'
import { type GatewayLimits, gatewayLimits } from './gateway-limits.js'
import type { GatewayOptions } from './gateway-options.js'
import type { ClientRequest } from './identify.js'
import { addressGroup } from './address-group.js'
import { HandshakeBudget } from './handshake-budget.js'
import { RateBook } from './rate-book.js'
import { RateLimit } from './rate-limit.js'
import { SharedAddress } from './shared-address.js'
import { wholeWebSocketFrameOf } from './web-socket-frame.js'

export interface ClientSocketsInspection {
  readonly sockets: {
    readonly total: number
    readonly handshaking: number
    readonly authenticating: number
    readonly open: number
    readonly closing: number
  }
  readonly sessions: number
  readonly addresses: number
  /** Bytes of sockets that are not let in yet. */
  readonly handshakeBytes: number
  /** Sessions that were dropped and that channels may still wait for: twice where users are known. */
  readonly dropped: number
  /** Sessions and users whose rates are remembered. */
  readonly rated: number
  /** Sockets whose clients do not keep up. */
  readonly congested: number
  /** Bytes that wait for clients. */
  readonly bufferedBytes: number
  readonly timers: number
  readonly done: Readonly<GatewayCounts>
}

const LEAVE = 'The front is draining. Try another one.'

export class ClientSockets {
  readonly limits: GatewayLimits
  readonly #core: GatewayCore
  readonly #sockets = new Set<ClientSocket>()
  /** The open socket of each session. */
  readonly #sessions = new Map<string, GatewaySocket>()
  readonly #addresses = new Map<string, number>()
  readonly #counts: GatewayCounts = { accepted: 0, welcomed: 0, rateLimited: 0, undeclared: 0, closed: {} }
  readonly #onEmpty = new Set<() => void>()
  readonly #rates: RateBook
  readonly #dropped: DroppedSessions
  readonly #shared: SharedAddress
  #state: 'open' | 'draining' | 'closed' = 'open'
  /** The URLs of other fronts, as given. */
  #drainTo: readonly string[]
  /** How many clients were told of one. */
  #directed = 0
  readonly #sweep: Sweep
  /** The turn that was written last, with its message: a channel's turn goes to all its sockets in a row. */
  #built: { readonly block: SharedBlock; readonly message: readonly Uint8Array[] } | null = null

  /** Throws a `CentrumError` `invalid-option`. */
  constructor(front: GatewayFront, limits: GatewayOptions['limits'], drainTo: readonly string[] = []) {
    this.#drainTo = drainTo
    this.limits = gatewayLimits(limits)
    if (this.limits.frameBytesMax < front.limits.payloadBytesMax) {
      throw new CentrumError(
        'invalid-option',
        `Gateway: frameBytesMax is ${this.limits.frameBytesMax}, less than the front's payloadBytesMax of ${front.limits.payloadBytesMax}. Raise the former, or lower the latter.`,
      )
    }
    this.#rates = new RateBook(this.limits)
    this.#dropped = new DroppedSessions(this.limits, front.limits.ringMs)
    this.#shared = new SharedAddress(front.runtime.log)
    this.#core = this.#makeCore(front)
    this.#sweep = new Sweep(front.runtime.clock, (now) => this.#check(now))
  }

  /** Takes a client's socket in. What comes by it is for the events that this returns. Where there are too many it is closed at once. */
  accept(carrier: ClientCarrier, request: ClientRequest): CarrierEvents {
    const { remoteAddress } = request
    this.#counts.accepted++
    const group = addressGroup(remoteAddress)
    const ofAddress = (this.#addresses.get(group) ?? 0) + 1
    this.#addresses.set(group, ofAddress)
    this.#shared.note(group, ofAddress, this.#sockets.size + 1)
    const client = new ClientSocket(this.#core, carrier, request)
    this.#sockets.add(client)
    if (this.#state !== 'closed') this.#sweep.within(this.#sweepMs)
    const refusal = this.#crowded(client)
    if (this.#state === 'closed') client.close('closing', 'The server is closing.')
    else if (refusal !== null) client.close('too-many', refusal)
    return client
  }

  /**
   * Takes no more clients in and asks those that are here to dial elsewhere: at these URLs, spread evenly, or as they please where there
   * are none. Resolves when all have left; what is left after `withinMs` is closed with `draining`, of which some are waited for.
   */
  async drain(withinMs: number, drainTo: readonly string[] = this.#drainTo): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'draining'
    this.#drainTo = drainTo
    this.#core.front.withdraw()
    for (const socket of this.#sockets) {
      if (socket.state === 'open') socket.goAway('draining', withinMs)
      else socket.close('draining', LEAVE)
    }
    await this.#empty(withinMs)
    for (const socket of [...this.#sockets]) socket.close('draining', LEAVE)
    await this.#empty(Math.min(this.limits.closeMs * 2, this.lastMs))
  }

  /** Whether it knows other fronts, and names them to clients. */
  get directs(): boolean {
    return this.#drainTo.length > 0
  }

  /** What a drain leaves of `shutdownMs` in any case: half for the sockets that it closes, half for what closes behind it. */
  get lastMs(): number {
    return (this.limits.shutdownMs - this.limits.drainMs) / 2
  }

  /** Closes all sockets with `closing`, and resolves when they are gone. What is not within `withinMs` is broken off. */
  async close(withinMs: number = this.limits.shutdownMs): Promise<void> {
    this.#state = 'closed'
    for (const socket of [...this.#sockets]) socket.close('closing', 'The server is closing.')
    await this.#empty(Math.min(this.limits.closeMs * 2, withinMs))
    const { size } = this.#sockets
    if (size > 0) this.#core.log.warn('gateway.cut-off', { sockets: size, withinMs: Math.round(withinMs) })
    for (const socket of [...this.#sockets]) socket.cutOff()
    this.#sweep.stop()
  }

  /** Counts of all that is held and of what was done. */
  inspect(): ClientSocketsInspection {
    const sockets = { total: 0, handshaking: 0, authenticating: 0, open: 0, closing: 0 }
    let congested = 0
    let bufferedBytes = 0
    for (const socket of this.#sockets) {
      if (socket.state === 'closed') continue
      sockets.total++
      sockets[socket.state]++
      bufferedBytes += socket.buffered
      if (socket.congested) congested++
    }
    return {
      sockets,
      sessions: this.#sessions.size,
      addresses: this.#addresses.size,
      handshakeBytes: this.#core.handshakes.total,
      dropped: this.#dropped.size,
      rated: this.#rates.size,
      congested,
      bufferedBytes,
      timers: this.#sweep.timers,
      done: { ...this.#counts, closed: { ...this.#counts.closed } },
    }
  }

  #crowded(client: ClientSocket): string | null {
    const { connectionsMax, connectionsPerAddressMax } = this.limits
    if (this.#sockets.size > connectionsMax)
      return `This front has ${connectionsMax} connections and accepts no more (connectionsMax).`
    if ((this.#addresses.get(addressGroup(client.remoteAddress)) ?? 0) <= connectionsPerAddressMax) return null
    return `Your address has ${connectionsPerAddressMax} connections, which is the limit (connectionsPerAddressMax).`
  }

  #makeCore(front: GatewayFront): GatewayCore {
    const { clock, log } = front.runtime
    const { limits } = this
    return {
      front,
      clock,
      log,
      limits,
      counts: this.#counts,
      flushes: new FlushQueue(clock),
      rates: this.#rates,
      dropped: this.#dropped,
      handshakes: new HandshakeBudget(limits),
      frameRate: new RateLimit(limits.framesPerSecondMax, limits.framesPerSecondMax * 2),
      messageOf: (block) => {
        if (this.#built?.block !== block) this.#built = { block, message: wholeWebSocketFrameOf([block.frame]) }
        return this.#built.message
      },
      elsewhere: () => {
        const urls = this.#drainTo.length > 0 ? this.#drainTo : front.otherUrls
        return urls[this.#directed++ % urls.length] ?? ''
      },
      refusal: () => (this.#state === 'draining' ? new CentrumError('draining', LEAVE) : null),
      connect: (socket, order) => this.#connect(socket, order),
      disconnect: (socket, reason) => this.#disconnect(socket, reason),
      remove: (socket) => this.#remove(socket as ClientSocket),
    }
  }

  #connect(socket: GatewaySocket, order: ConnectionOrder): void {
    const { sessionId } = socket
    const older = this.#sessions.get(sessionId)
    if (older !== undefined && isOlder(order, older.order)) {
      throw new CentrumError('replaced', 'A newer connection of the same session is open.')
    }
    older?.close('replaced', 'A newer connection of the same session took its place.')
    this.#counts.welcomed++
    this.#sessions.set(sessionId, socket)
  }

  #disconnect(socket: GatewaySocket, reason: Reason): void {
    this.#counts.closed[reason] = (this.#counts.closed[reason] ?? 0) + 1
    if (this.#sessions.get(socket.sessionId) === socket) this.#sessions.delete(socket.sessionId)
  }

  #remove(socket: ClientSocket): void {
    this.#sockets.delete(socket)
    const group = addressGroup(socket.remoteAddress)
    const left = (this.#addresses.get(group) ?? 1) - 1
    if (left > 0) this.#addresses.set(group, left)
    else this.#addresses.delete(group)
    if (this.#sockets.size > 0) return
    for (const emptied of [...this.#onEmpty]) emptied()
  }

  /** Resolves when no socket is left, or after so long. */
  async #empty(withinMs: number): Promise<void> {
    if (this.#sockets.size === 0) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel()
        this.#onEmpty.delete(done)
        resolve()
      }
      const timer = this.#core.clock.after(withinMs, done)
      this.#onEmpty.add(done)
    })
  }

  /** How often sockets are looked at. */
  get #sweepMs(): number {
    const { heartbeatMs, slowMsMax } = this.limits
    const { sessionAgeMsMax, tokenMs } = this.#core.front.limits
    return Math.max(10, Math.min(heartbeatMs, slowMsMax, tokenMs / 2, sessionAgeMsMax) / 2)
  }

  /** Finds sockets that are silent or slow, and those whose resume token is to be renewed before it expires. */
  #check(now: number): number | null {
    for (const socket of [...this.#sockets]) socket.check(now)
    this.#rates.sweep(now)
    this.#dropped.sweep(now)
    const remembers = this.#rates.size > 0 || this.#dropped.size > 0
    return (this.#sockets.size > 0 || remembers) && this.#state !== 'closed' ? this.#sweepMs : null
  }
}
