/**
 * WebSocket clients on a front: an HTTP server, or the user's own, whose upgrades become sessions of the front. It says whether the
 * front is ready, and empties it before it ends. The sockets are in `client-sockets.ts`. Knows nothing of channels.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Server as ServerOfWebSockets, WebSocketServer } from 'ws'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { CentrumError } from '../protocol/errors.js'
import { CarrierWebSocket } from './carrier-web-socket.js'
import { ClientSockets, type ClientSocketsInspection } from './client-sockets.js'
import { type DrainTo, readDrainTo } from './drain-to.js'
import type { GatewayFront } from './gateway-core.js'
import type { GatewayLimits } from './gateway-limits.js'
import { GATEWAY_OPTIONS, type GatewayOptions, LISTEN_OPTIONS } from './gateway-options.js'
import { listenOn, stopListening, urlOf } from './listening.js'

export interface GatewayInspection extends ClientSocketsInspection {
  readonly state: 'idle' | 'listening' | 'draining' | 'closed'
}

type State = 'idle' | 'listening' | 'draining' | 'closed'

export class Gateway {
  readonly #front: GatewayFront
  readonly #options: GatewayOptions
  readonly #server: Server
  readonly #webSockets: ServerOfWebSockets<typeof CarrierWebSocket>
  /** Answers health apart from clients; null where the same server does. */
  readonly #admin: Server | null
  readonly #clients: ClientSockets
  readonly #drainTo: readonly string[]
  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void =>
    this.#accept(request, socket, head)
  #state: State = 'idle'

  /** Throws a `CentrumError` `invalid-option`. */
  constructor(front: GatewayFront, options: GatewayOptions = {}) {
    this.#front = front
    this.#options = checkOptions(options)
    this.#drainTo = readDrainTo(options.drainTo)
    this.#clients = new ClientSockets(front, options.limits)
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      // Answered within the limits of all else: a client that floods and does not read would fill this process.
      autoPong: false,
      maxPayload: this.limits.messageBytesMax,
      WebSocket: CarrierWebSocket,
    })
    this.#server = options.server ?? createServer((request, response) => this.#serve(request, response))
    this.#admin =
      options.adminPort === undefined ? null : createServer((request, response) => this.#serveAdmin(request, response))
  }

  get limits(): GatewayLimits {
    return this.#clients.limits
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
    return this.#state === 'listening' && this.#front.ready
  }

  /** Begins to take clients in. Rejects with a `CentrumError` `address-in-use`. */
  async listen(): Promise<void> {
    if (this.#state !== 'idle')
      throw new CentrumError('already-running', `The gateway is ${this.#state}: make a new one.`)
    this.#state = 'listening'
    this.#server.on('upgrade', this.#upgrade)
    const {
      server,
      port = LISTEN_OPTIONS.port.default,
      host = LISTEN_OPTIONS.host.default,
      adminPort = 0,
    } = this.#options
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
    const pathname = pathOf(request)
    if (pathname === '/healthz') respond(response, 200, 'ok')
    else if (pathname === '/readyz')
      respond(response, this.ready ? 200 : 503, this.ready ? 'ready' : this.#unreadiness())
    else return false
    return true
  }

  /**
   * Takes no more clients in and asks those that are here to dial elsewhere. Resolves when all have left; what is left after
   * `withinMs` (the limit `drainMs`) is closed with `draining`. `drainTo` wins over the option of that name. Rejects with a
   * `CentrumError` `invalid-option`: nothing has begun then.
   */
  async drain(options: { readonly withinMs?: number; readonly drainTo?: DrainTo } = {}): Promise<void> {
    if (this.#state === 'closed' || this.#state === 'idle') return
    const { withinMs = this.limits.drainMs } = options
    const drainTo = options.drainTo === undefined ? this.#drainTo : readDrainTo(options.drainTo)
    this.#state = 'draining'
    await this.#clients.drain(withinMs, drainTo)
  }

  /** Closes all sockets with `closing`, then the server unless it is the user's own. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#server.off('upgrade', this.#upgrade)
    await this.#clients.close()
    if (this.#admin !== null) await stopListening(this.#admin)
    if (this.#options.server === undefined) await stopListening(this.#server)
  }

  /** Counts of all that is held and of what was done. */
  inspect(): GatewayInspection {
    return { state: this.#state, ...this.#clients.inspect() }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (this.#admin === null && this.answerHealth(request, response)) return
    if (this.#options.request !== undefined) this.#options.request(request, response)
    else respond(response, 404, 'not found: clients connect here by WebSocket')
  }

  #serveAdmin(request: IncomingMessage, response: ServerResponse): void {
    if (!this.answerHealth(request, response)) respond(response, 404, 'not found: /healthz and /readyz are here')
  }

  #unreadiness(): string {
    return this.#state === 'listening' ? 'not each back has answered yet' : this.#state
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { path } = this.#options
    if (path !== undefined && pathOf(request) !== path) {
      // On a server of the user's own another listener may want it.
      if (this.#options.server === undefined || this.#server.listenerCount('upgrade') === 1) refuseUpgrade(socket)
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#open(request, socket, webSocket))
  }

  #open(request: IncomingMessage, socket: Duplex, webSocket: CarrierWebSocket): void {
    const remoteAddress = this.#options.addressOf?.(request) ?? request.socket.remoteAddress ?? ''
    webSocket.begin(socket)
    webSocket.listen(this.#clients.accept(webSocket, { remoteAddress, headers: headersOf(request) }))
  }
}

function checkOptions(options: GatewayOptions): GatewayOptions {
  const call = { call: 'Gateway' }
  readOptions(call, GATEWAY_OPTIONS, options)
  const both = (['port', 'host', 'request'] as const).find((name) => options[name] !== undefined)
  if (options.server !== undefined && both !== undefined) {
    refuseOption(
      call,
      `server and ${both} are both given. Leave out ${both}, which is for a server of the gateway, or server.`,
    )
  }
  return options
}

/** What a client asks for may be anything: it is compared and never parsed. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function headersOf(request: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  return headers
}

function respond(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}

function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => {})
  socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
}
