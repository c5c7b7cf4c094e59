/**
 * Upgrade requests: which of them are for centrum, which clients are accepted, and the WebSocket that each becomes. Neither input nor
 * functions of the application make this throw. Knows nothing of sessions.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Server as ServerOfWebSockets, WebSocketServer } from 'ws'
import type { Log } from '../runtime/runtime.js'
import { CarrierWebSocket } from './carrier-web-socket.js'
import type { GatewayOptions } from './gateway-options.js'
import { answerRaw } from './answer-http.js'
import { type OriginPolicy, originPolicy } from './origin-policy.js'
import { ProxyTrust } from './proxy-trust.js'

/** What clients ask for in `Sec-WebSocket-Protocol`. */
export const SUBPROTOCOL = 'centrum'

export interface UpgradesOptions extends Pick<GatewayOptions, 'path' | 'origins' | 'trustProxy' | 'addressOf'> {
  /** The server has other uses: without a path only who asks for the subprotocol is meant. */
  readonly shared: boolean
  readonly messageBytesMax: number
  readonly log: Log
  open(webSocket: CarrierWebSocket, request: IncomingMessage, remoteAddress: string): void
}

export class Upgrades {
  readonly trust: ProxyTrust
  readonly #options: UpgradesOptions
  readonly #origins: OriginPolicy
  readonly #webSockets: ServerOfWebSockets<typeof CarrierWebSocket>

  /** Throws a `CentrumError` `invalid-option`. */
  constructor(options: UpgradesOptions) {
    this.#options = options
    this.trust = new ProxyTrust(options.trustProxy)
    this.#origins = originPolicy(options.origins, this.trust)
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      // Answered within the limits of all else: a client that floods and does not read would fill this process.
      autoPong: false,
      maxPayload: options.messageBytesMax,
      WebSocket: CarrierWebSocket,
      handleProtocols: (protocols) => (protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    })
  }

  /** Whether a request is for centrum. */
  isOurs(request: IncomingMessage): boolean {
    const { path, shared } = this.#options
    if (path !== undefined) return requestPath(request) === path
    return !shared || asksForSubprotocol(request)
  }

  /** Lets a client in, or answers why not. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { log, open } = this.#options
    // Someone else was quicker, or it is gone.
    if (!socket.writable) return
    const remoteAddress = this.#addressOf(request)
    const problem = this.#problemOf(request)
    if (problem !== null) {
      const { origin, host } = request.headers
      log.warn('client.refused', { remoteAddress, origin, host, message: problem })
      answerRaw(socket, 403, 'This page may not connect here.')
      return
    }
    try {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.begin(socket)
        open(webSocket, request, remoteAddress)
      })
    } catch (error) {
      log.error('upgrade.failed', { remoteAddress, error })
      socket.destroy()
    }
  }

  #problemOf(request: IncomingMessage): string | null {
    try {
      return this.#origins(request)
    } catch (error) {
      this.#options.log.error('upgrade.failed', { error })
      return "the function 'origins' threw"
    }
  }

  #addressOf(request: IncomingMessage): string {
    const { addressOf, log } = this.#options
    if (addressOf === undefined) return this.trust.addressOf(request)
    try {
      const address: unknown = addressOf(request)
      if (typeof address === 'string' && address !== '') return address
      log.warn('address.unknown', {
        message: `addressOf returned ${typeof address}: the address of the socket is used instead`,
      })
    } catch (error) {
      log.warn('address.unknown', { message: 'addressOf threw: the address of the socket is used instead', error })
    }
    return this.trust.addressOf(request)
  }
}

/** What a client asks for may be anything: it is compared and never parsed. */
export function requestPath(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}

function asksForSubprotocol(request: IncomingMessage): boolean {
  const asked = request.headers['sec-websocket-protocol'] ?? ''
  return asked.split(',').some((protocol) => protocol.trim() === SUBPROTOCOL)
}
