/**
 * A client's connection as its user sees it: links, the processor, and broadcasts. `Reconnector` reaches a front, and reaches one again
 * after each break; the links are those of `session/link-set.ts`. Implements `Connection` without its types.
 */
import type { ConnectionInspection } from '../channel/connection-inspection.js'
import { CentrumError } from '../protocol/errors.js'
import { makeNamed } from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import { LinkSet } from '../session/link-set.js'
import { type Listeners, newListeners } from '../session/listeners.js'
import type { WaitOptions } from '../session/wait-for.js'
import { type ClientLink, type ClientLinkHost, newClientLink } from './client-link.js'
import type { ClientSettings } from './connect-options.js'
import type { ViewMirror } from './link-view.js'
import { Pacer } from './pacer.js'
import { encodePayload } from './payload.js'
import { Reconnector, type Status } from './reconnector.js'
import { newServerClock, type ServerClock } from './server-clock.js'

/** Bytes that a client's socket may not have sent yet; beyond this `broadcast` throws `buffer-full`. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024

export interface ClientLinkSettings extends WaitOptions {
  readonly options?: unknown
  readonly processor?: boolean
}

export interface ClientConnection {
  readonly status: Status
  readonly clientId: string
  readonly rttMs: number
  readonly processor: ClientLink | null
  onStatus(listener: (status: Status, reason: Reason | null) => void): () => void
  onProcessor(listener: (link: ClientLink | null, reason: Reason | null) => void): () => void
  link(id: string, settings?: ClientLinkSettings): Promise<ClientLink>
  linked(id: string): ClientLink | null
  setProcessor(link: ClientLink | null): Promise<void>
  send(message: string, payload?: unknown): void
  broadcast(message: string, payload?: unknown): void
  serverNow(): number
  inspect(): ConnectionInspection
  close(): Promise<void>
}

/** What listeners are called with. */
type Calls = {
  readonly onStatus: readonly [status: Status, reason: Reason | null]
  readonly onProcessor: readonly [link: ClientLink | null, reason: Reason | null]
}

/** A connection's parts, joined: frames go from links through the pacer to the socket, and from the socket to links. */
class Parts implements ClientLinkHost {
  readonly runtime: Runtime
  readonly newMirror: () => ViewMirror
  readonly listeners: Listeners<Calls>
  readonly serverClock: ServerClock
  readonly links: LinkSet<ClientLink>
  readonly pacer: Pacer
  readonly reconnector: Reconnector
  /** The longest frame that the front takes; 0 where it is not known yet. */
  frameBytesMax = 0
  closed: Promise<void> | null = null
  readonly #settings: ClientSettings
  /** While it closes: does so at once. */
  #finish: (() => void) | null = null

  constructor(settings: ClientSettings, newMirror: () => ViewMirror) {
    const { clock, log } = settings.runtime
    this.#settings = settings
    this.runtime = settings.runtime
    this.newMirror = newMirror
    this.listeners = newListeners<Calls>(log)
    this.serverClock = newServerClock(clock)
    this.pacer = new Pacer(clock, (frame) => this.reconnector.wire?.send(frame))
    this.links = new LinkSet<ClientLink>({
      ...settings,
      shares: true,
      send: (frame) => this.pacer.send(frame),
      flush: () => this.reconnector.wire?.flush(),
      describe: () => `the connection is ${this.reconnector.status}: ${this.reconnector.why}`,
      sessionEnded: (reason, message) => this.reconnector.end(reason, message),
      linkClosed: () => this.#checkClosing(),
      processorChanged: (link, because) => void this.listeners.call('onProcessor', link, because),
      unsent: (to, count, { message }) => log.warn('message.dropped', { channel: to.id, count, why: message }),
    })
    this.reconnector = new Reconnector(settings, this.serverClock, {
      links: this.links,
      connected: (wire, { sessionId, messagesPerSecond, messagesBurst }) => {
        this.frameBytesMax = wire.frameBytesMax
        this.pacer.begin(messagesPerSecond, messagesBurst)
        this.links.connected(sessionId)
      },
      disconnected: (reason) => {
        this.pacer.end()
        this.links.disconnected(reason)
      },
      ended: (reason, message) => {
        this.pacer.end()
        this.links.close(reason ?? 'closing', message)
      },
      status: (status, reason) => {
        this.listeners.call('onStatus', status, reason)
        this.#checkClosing()
      },
    })
  }

  serverNow(): number {
    return this.serverClock.now()
  }

  get status(): Status {
    return this.closed === null ? this.reconnector.status : 'closed'
  }

  /** Closes as soon as nothing is waited for: that all links close or, without a connection, that what they sent is processed. */
  #checkClosing(): void {
    if (this.#finish === null) return
    const { links, retained } = this.links.inspect()
    if (links === 0 || (this.reconnector.wire === null && retained === links)) this.#finish()
  }

  encode(what: string, name: string, payload: unknown): Uint8Array {
    return encodePayload(what, name, payload, this.frameBytesMax)
  }

  async link(id: string, { options, processor = false, ...wait }: ClientLinkSettings): Promise<ClientLink> {
    if (this.closed !== null || this.reconnector.isClosed) {
      const problem = `'${id}' cannot be linked: the connection is closed (${this.reconnector.why}). Connect anew.`
      throw new CentrumError('stopped', problem)
    }
    const encoded = options === undefined ? null : this.encode('link', id, options)
    return this.links.link(id, { options: encoded, processor }, wait, (end, carrier) =>
      newClientLink(this, end, carrier),
    )
  }

  broadcast(message: string, payload: unknown): void {
    const bytes = this.encode('message', message, payload)
    const { wire, status } = this.reconnector
    const backlogBytes = wire?.backlogBytes ?? 0
    if (wire === null || backlogBytes > BACKLOG_BYTES_MAX) {
      throw new CentrumError(
        wire === null ? 'connection-lost' : 'buffer-full',
        `'${message}' was not broadcast: the connection is ${status}, ${backlogBytes} bytes wait, at most ${BACKLOG_BYTES_MAX}. Try again later.`,
      )
    }
    wire.send({ type: 'broadcast', body: makeNamed(message, bytes) })
  }

  /** Rule L11, and before it each unlink in its stream, so that all that was sent is processed. */
  close(): Promise<void> {
    return (this.closed ??= new Promise((resolve) => {
      this.#finish = () => {
        this.#finish = null
        timer.cancel()
        this.reconnector.wire?.send({ type: 'bye' })
        this.reconnector.end(null, 'the connection was closed')
        resolve()
      }
      const timer = this.runtime.clock.after(this.#settings.closeMs, () => this.#finish?.())
      this.links.unlinkAll()
      // At once: a page that goes away has no later.
      this.reconnector.wire?.flush()
      this.#checkClosing()
    }))
  }
}

/** `newMirror`: what holds the state of each link. */
export function newConnection(settings: ClientSettings, newMirror: () => ViewMirror): ClientConnection {
  const parts = new Parts(settings, newMirror)
  const { links, listeners, reconnector, serverClock } = parts
  return {
    get status() {
      return parts.status
    },
    get clientId() {
      return reconnector.dialler.sessionId
    },
    get rttMs() {
      return serverClock.rttMs
    },
    get processor() {
      return links.processor.current
    },
    onStatus: (listener) => listeners.add('onStatus', listener),
    onProcessor: (listener) => listeners.add('onProcessor', listener),
    link: (id, linkSettings = {}) => parts.link(id, linkSettings),
    linked: (id) => links.linked(id),
    setProcessor: (link) => links.processor.set(link),
    send: (message, payload) => links.processor.send(message, parts.encode('message', message, payload)),
    broadcast: (message, payload) => parts.broadcast(message, payload),
    serverNow: serverClock.now,
    inspect: () => ({ ...links.inspect(), dials: reconnector.dialler.dials, connects: reconnector.connects }),
    close: () => parts.close(),
  }
}
