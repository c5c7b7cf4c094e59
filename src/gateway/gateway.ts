/**
 * WebSocket clients on a front: an HTTP server, or the user's own, whose upgrades become sessions of the front. It says whether the front
 * is ready, and drains it before it ends. The sockets are in `client-sockets.ts`. Knows nothing of channels.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { CentrumError } from '../protocol/errors.js'
import { Deadline } from '../runtime/deadline.js'
import { descriptorsMax } from '../runtime/descriptors-max.js'
import { ClientSockets, type ClientSocketsInspection } from './client-sockets.js'
import { type DrainTo, readDrainTo } from './drain-to.js'
import type { GatewayFront } from './gateway-core.js'
import type { GatewayLimits } from './gateway-limits.js'
import { GATEWAY_OPTIONS, type GatewayOptions, LISTEN_OPTIONS } from './gateway-options.js'
import { plainAddress } from './address-group.js'
import { answerHttp, answerRaw } from './answer-http.js'
import { interceptUpgrades } from './intercept-upgrades.js'
import { listenOn, stopListening, urlOf } from './listening.js'
import { PlainConnections } from './plain-connections.js'
import { requestPath, Upgrades } from './upgrades.js'

export interface GatewayInspection extends ClientSocketsInspection {
  readonly state: 'idle' | 'listening' | 'draining' | 'closed'
  /** Connections to a server of the gateway's own that are not upgraded, and those that were turned away as they came. */
  readonly connections: { readonly plain: number; readonly refused: number }
}

type State = 'idle' | 'listening' | 'draining' | 'closed'

export class Gateway {
  readonly #front: GatewayFront
  readonly #options: GatewayOptions
  readonly #server: Server
  readonly #upgrades: Upgrades
  readonly #connections: PlainConnections
  #stopUpgrades = (): void => {}
  /** Answers health apart from clients; null where the same server does. */
  readonly #admin: Server | null
  readonly #clients: ClientSockets
  #state: State = 'idle'
  #closeMs: number

  /** Throws a `CentrumError` `invalid-option`. */
  constructor(front: GatewayFront, options: GatewayOptions = {}) {
    this.#front = front
    this.#options = checkOptions(options)
    this.#clients = new ClientSockets(front, options.limits, readDrainTo(options.drainTo))
    this.#closeMs = this.limits.shutdownMs
    const { path, origins, trustProxy, addressOf, server } = options
    this.#upgrades = new Upgrades({
      ...{ path, origins, trustProxy, addressOf },
      shared: server !== undefined,
      messageBytesMax: this.limits.messageBytesMax,
      log: front.runtime.log,
      open: (webSocket, request, remoteAddress) =>
        webSocket.listen(this.#clients.accept(webSocket, { remoteAddress, headers: headersOf(request) })),
    })
    const { clock, log } = front.runtime
    this.#connections = new PlainConnections({ limits: this.limits, trust: this.#upgrades.trust, clock, log })
    this.#server = server ?? this.#makeServer()
    this.#admin =
      options.adminPort === undefined ? null : createServer((request, response) => this.#serveAdmin(request, response))
  }

  get limits(): GatewayLimits {
    return this.#clients.limits
  }

  /** What a drain has left of `shutdownMs` for what closes behind it, in milliseconds. */
  get closeMs(): number {
    return this.#closeMs
  }

  /** `http://host:port`. Throws a `CentrumError` `stopped` where nothing listens. */
  get url(): string {
    const url = urlOf(this.#server)
    if (url !== null) return url
    throw new CentrumError(
      'stopped',
      'The gateway does not listen on a port: call listen() first, and not after close().',
    )
  }

  /** Where /healthz and /readyz are answered: `url`, unless there is an `adminPort`. */
  get adminUrl(): string {
    return (this.#admin === null ? null : urlOf(this.#admin)) ?? this.url
  }

  /** Whether clients are taken in: each back answered once, and the front is not draining. */
  get ready(): boolean {
    return this.#unreadiness() === null
  }

  /** Begins to take clients in. Rejects with a `CentrumError` `address-in-use`. */
  async listen(): Promise<void> {
    if (this.#state !== 'idle')
      throw new CentrumError('already-running', `The gateway is ${this.#state}: create a new one.`)
    this.#state = 'listening'
    const {
      server,
      port = LISTEN_OPTIONS.port.default,
      host = LISTEN_OPTIONS.host.default,
      adminPort = 0,
    } = this.#options
    this.#stopUpgrades = this.#listenForUpgrades()
    try {
      if (server === undefined) await listenOn(this.#server, port, host)
      if (this.#admin !== null) await listenOn(this.#admin, adminPort, host)
    } catch (error) {
      await this.close()
      throw error
    }
    if (server !== undefined) return
    this.#front.runtime.log.info('gateway.listening', { url: this.url })
  }

  /**
   * Answers /healthz and /readyz, for a `server` of one's own. False for any other path: nothing was answered.
   */
  answerHealth(request: IncomingMessage, response: ServerResponse): boolean {
    const pathname = requestPath(request)
    if (pathname === '/healthz') answerHttp(response, 200, 'ok')
    else if (pathname === '/readyz')
      answerHttp(response, this.ready ? 200 : 503, this.#unreadiness() ?? `ready${this.#unreached()}`)
    else return false
    return true
  }

  /**
   * For an upgrade listener of one's own, on any server: takes the request if it is for centrum, by `path` or, where there is none and the
   * server is the application's, by the subprotocol `centrum`. False: nothing was done with it. Never throws.
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.#state === 'idle' || this.#state === 'closed' || !this.#upgrades.isOurs(request)) return false
    this.#connections.upgraded(request.socket)
    if (this.#passesOn(request)) answerRaw(socket, 503, 'draining')
    else this.#upgrades.take(request, socket, head)
    return true
  }

  /** A proxy tries another front itself where it gets a 503. Without one, or with `drainTo`, clients are refused by a frame. */
  #passesOn({ socket }: IncomingMessage): boolean {
    if (this.#state !== 'draining' || this.#clients.directs) return false
    return this.#upgrades.trust.trustsPeer(plainAddress(socket.remoteAddress ?? ''))
  }

  /**
   * Takes no more clients in and asks those that are here to dial elsewhere. Resolves when all have left; what is left after
   * `withinMs` (the limit `drainMs`) is closed with `draining`. `drainTo` wins over the option of that name. Rejects with a
   * `CentrumError` `invalid-option`: nothing has begun then.
   */
  async drain(options: { readonly withinMs?: number; readonly drainTo?: DrainTo } = {}): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'idle') return
    const { withinMs = this.limits.drainMs } = options
    const drainTo = options.drainTo === undefined ? undefined : readDrainTo(options.drainTo)
    this.#state = 'draining'
    const deadline = new Deadline(this.#front.runtime.clock, this.limits.shutdownMs)
    await this.#clients.drain(withinMs, drainTo)
    this.#closeMs = Math.max(deadline.leftMs, this.#clients.lastMs)
  }

  /**
   * Closes all sockets with `closing`, then the server unless it is the user's own. Sockets that are open still after `withinMs` are broken
   * off: what a drain has left of the limit `shutdownMs`.
   */
  async close({ withinMs = this.#closeMs }: { readonly withinMs?: number | undefined } = {}): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#stopUpgrades()
    await this.#clients.close(withinMs)
    if (this.#admin !== null) await stopListening(this.#admin)
    if (this.#options.server === undefined) await stopListening(this.#server)
  }

  /** Counts of all that is held and of what was done. */
  inspect(): GatewayInspection {
    const { size, refused } = this.#connections
    return { state: this.#state, connections: { plain: size, refused }, ...this.#clients.inspect() }
  }

  #makeServer(): Server {
    const { handshakeMs } = this.limits
    // What is silent, or slow to say what it wants, goes as a silent WebSocket does.
    const settings = { connectionsCheckingInterval: Math.min(handshakeMs, 5_000), headersTimeout: handshakeMs }
    const server = createServer(settings, (request, response) => {
      if (this.#connections.takes(request.socket, response)) this.#serve(request, response)
    })
    this.#connections.watch(server, descriptorsMax())
    return server
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#admin === null && this.answerHealth(request, response)) return
    if (this.#options.request !== undefined) this.#handOn(this.#options.request, request, response)
    else if (this.#state === 'closed') answerHttp(response, 503, 'closing')
    else answerHttp(response, 404, 'not found: clients connect here by WebSocket')
  }

  /** What the application throws costs its request. */
  #handOn(listener: RequestListener, request: IncomingMessage, response: ServerResponse): void {
    try {
      listener(request, response)
    } catch (error) {
      this.#front.runtime.log.error('request.failed', { error })
      if (response.headersSent) response.destroy()
      else answerHttp(response, 500, 'The server failed.')
    }
  }

  #serveAdmin(request: IncomingMessage, response: ServerResponse): void {
    if (!this.answerHealth(request, response)) answerHttp(response, 404, 'not found: /healthz and /readyz are here')
  }

  /** Why it is not ready, as `readyWhen` says; null where it is. */
  #unreadiness(): string | null {
    if (this.#state !== 'listening') return this.#state
    const { ready, unreached, backCount } = this.#front
    switch (this.#options.readyWhen ?? 'joined') {
      case 'any':
        return unreached.length < backCount ? null : `no back is reachable${this.#unreached()}`
      case 'all':
        return ready && unreached.length === 0 ? null : `not all backs are reachable${this.#unreached()}`
      default:
        return ready ? null : `some backs have not answered yet${this.#unreached()}`
    }
  }

  #unreached(): string {
    const { unreached } = this.#front
    return unreached.length === 0 ? '' : `; not reached: ${unreached.join(', ')}`
  }

  /** On a server of the application's own only what is centrum's is touched; on the gateway's own all else is refused. */
  #listenForUpgrades(): () => void {
    const take = (request: IncomingMessage, socket: Duplex, head: Buffer): boolean =>
      this.upgrade(request, socket, head)
    const refuse = (socket: Duplex): void => answerRaw(socket, 404, 'not found')
    if (this.#options.server !== undefined) return interceptUpgrades(this.#server, take, refuse)
    const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      if (!take(request, socket, head)) refuse(socket)
    }
    this.#server.on('upgrade', listener)
    return () => this.#server.off('upgrade', listener)
  }
}

function checkOptions(options: GatewayOptions): GatewayOptions {
  const call = { call: 'Gateway' }
  readOptions(call, GATEWAY_OPTIONS, options)
  const both = (['port', 'host', 'request'] as const).find((name) => options[name] !== undefined)
  if (options.server !== undefined && both !== undefined) {
    refuseOption(
      call,
      `server and ${both} cannot be combined. Leave out ${both}, which is for a server that the gateway creates, or leave out server.`,
    )
  }
  return options
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  return headers
}
