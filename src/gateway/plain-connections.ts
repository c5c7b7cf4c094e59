/**
 * Connections to a server of the gateway's own that are not yet upgraded. They use memory and descriptors, too, even if they are silent,
 * so they are limited for each address and in total, and by how often an address connects. Some descriptors of the process are kept free,
 * so that links to backs can always be opened. Knows nothing of WebSockets.
 */
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Log } from '../runtime/runtime.js'
import { addressGroup, plainAddress } from './address-group.js'
import { ConnectRates } from './connect-rates.js'
import type { GatewayLimits } from './gateway-limits.js'
import type { ProxyTrust } from './proxy-trust.js'

/** At least so much lies between two lines about connections that were turned away. */
const QUIET_MS = 10_000

/** How many requests of one connection may wait for their answers; one more closes it, and what it sent behind is not looked at. */
const REQUESTS_WAITING_MAX = 4

export interface PlainConnectionsHost {
  readonly limits: GatewayLimits
  readonly trust: ProxyTrust
  readonly log: Log
  readonly clock: { now(): number }
}

export class PlainConnections {
  /** Turned away since the start. */
  refused = 0
  readonly #host: PlainConnectionsHost
  readonly #open = new Map<Socket, string>()
  readonly #addresses = new Map<string, number>()
  readonly #rates: ConnectRates
  /** Requests that wait for their answers. */
  readonly #waiting = new WeakMap<Socket, number>()
  #toldAt = -Infinity

  constructor(host: PlainConnectionsHost) {
    this.#host = host
    this.#rates = new ConnectRates(host.limits)
  }

  get size(): number {
    return this.#open.size
  }

  /** `descriptorsMax`: what the process may have open; null where that is not known. */
  watch(server: Server, descriptorsMax: number | null): void {
    const { connectionsMax, descriptorsReserved } = this.#host.limits
    // What is above is closed by Node as it comes, before anything is read from it.
    if (descriptorsMax !== null) {
      server.maxConnections = Math.max(1, descriptorsMax - descriptorsReserved)
      server.on('drop', () =>
        this.#turnAway(`the process may open ${descriptorsMax} files, of which descriptorsReserved are kept free`),
      )
    }
    server.on('connection', (socket: Socket) => {
      const address = plainAddress(socket.remoteAddress ?? '')
      const group = addressGroup(address)
      if (!this.#comesInTime(socket, address, group)) return
      const count = (this.#addresses.get(group) ?? 0) + 1
      this.#open.set(socket, group)
      this.#addresses.set(group, count)
      socket.once('close', () => this.upgraded(socket))
      const { connectionsPerAddressMax } = this.#host.limits
      if (this.#open.size > connectionsMax) this.#refuse(socket, `${connectionsMax} are open (connectionsMax)`)
      // All clients behind a proxy come from its address.
      else if (count > connectionsPerAddressMax && !this.#host.trust.trustsPeer(address))
        this.#refuse(socket, `${connectionsPerAddressMax} come from ${group} (connectionsPerAddressMax)`)
    })
  }

  /** All clients behind a proxy come from its address, as often as they like. */
  #comesInTime(socket: Socket, address: string, group: string): boolean {
    const { clock, limits, trust } = this.#host
    if (this.#rates.take(group, clock.now()) || trust.trustsPeer(address)) return true
    const { connectionsPerSecondPerAddressMax: most } = limits
    this.#refuse(socket, `${group} opens more than ${most} a second (connectionsPerSecondPerAddressMax)`)
    return false
  }

  /** It counts as a client's socket from here on, or is gone. */
  upgraded(socket: Socket): void {
    const group = this.#open.get(socket)
    if (group === undefined) return
    this.#open.delete(socket)
    const left = (this.#addresses.get(group) ?? 1) - 1
    if (left > 0) this.#addresses.set(group, left)
    else this.#addresses.delete(group)
  }

  /** Whether a request is to be answered. A client that sends many before it reads is turned away. */
  takes(socket: Socket, response: ServerResponse): boolean {
    if (socket.destroyed) return false
    const waiting = (this.#waiting.get(socket) ?? 0) + 1
    if (waiting > REQUESTS_WAITING_MAX) {
      this.#refuse(socket, `${REQUESTS_WAITING_MAX} requests of one connection wait for their answers`)
      return false
    }
    this.#waiting.set(socket, waiting)
    response.once('close', () => this.#waiting.set(socket, (this.#waiting.get(socket) ?? 1) - 1))
    return true
  }

  #refuse(socket: Socket, message: string): void {
    this.#turnAway(message)
    socket.destroy()
  }

  #turnAway(message: string): void {
    const { clock, log } = this.#host
    this.refused++
    if (clock.now() - this.#toldAt < QUIET_MS) return
    this.#toldAt = clock.now()
    log.warn('connection.refused', { message, refused: this.refused })
  }
}
