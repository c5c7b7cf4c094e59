/**
 * One client's WebSocket: handshake, who it is, then frames in and out until it closes. Whatever is wrong with what comes in
 * closes this socket with its code, and nobody else notices. Knows nothing of channels.
 */
import type { FrontSession, SessionAnswer, SessionFrame, SessionSink } from '../front/relay/front-port.js'
import type { ConnectionOrder } from '../protocol/connection-order.js'
import type { SharedBlock } from '../protocol/blocks.js'
import {
  type ClientFrame,
  decodeClientFrame,
  encodeFrontFrame,
  type FrontFrame,
  type ClientHello,
  type ClientWelcome,
} from '../protocol/client-frames.js'
import { CentrumError } from '../protocol/errors.js'
import { unpackFrames } from '../protocol/frame-pack.js'
import { ENTRY, FEATURES } from '../protocol/frame-types.js'
import { makeCancelled } from '../protocol/link-frames.js'
import type { Identity } from '../protocol/master-frames.js'
import { closeCodeOf, type Reason, REASONS } from '../protocol/reasons.js'
import type { Log, Timer } from '../runtime/runtime.js'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'
import type { GatewayCore } from './gateway-core.js'
import { agreeOnVersion, type ClientRequest, identify } from './handshake.js'
import { RateLimit } from './rate-limit.js'
import { SocketOutput } from './socket-output.js'

type State =
  /** Until HELLO. */
  | { readonly state: 'handshaking'; readonly limit: Timer }
  /** Until it is known who that is. */
  | { readonly state: 'authenticating'; readonly limit: Timer }
  | {
      readonly state: 'open'
      readonly session: FrontSession
      readonly order: ConnectionOrder
      readonly frameBytesMax: number
      readonly agreed: Pick<ClientWelcome, 'version' | 'features'>
      /** When the session was given its last resume token. */
      readonly welcomedAt: number
    }
  /** Nothing is read any more; broken off at `limit`. */
  | { readonly state: 'closing'; readonly limit: Timer }
  | { readonly state: 'closed' }

/** What a close frame's text may have at most, in bytes. */
const CLOSE_TEXT_BYTES_MAX = 123

export class ClientSocket implements SessionSink, CarrierEvents {
  readonly wantsKeyframe = false
  readonly remoteAddress: string
  readonly #core: GatewayCore
  readonly #carrier: ClientCarrier
  readonly #output: SocketOutput
  readonly #request: ClientRequest
  readonly #messages: RateLimit
  readonly #frames: RateLimit
  #log: Log
  #state: State
  #heardAt: number

  constructor(core: GatewayCore, carrier: ClientCarrier, request: ClientRequest) {
    const { clock, limits, log } = core
    const now = clock.now()
    this.#core = core
    this.#carrier = carrier
    this.#request = request
    this.remoteAddress = request.remoteAddress
    this.#log = log.with({ remoteAddress: request.remoteAddress })
    this.#heardAt = now
    this.#messages = new RateLimit(limits.messagesPerSecondMax, limits.messagesBurstMax, now)
    this.#frames = new RateLimit(limits.framesPerSecondMax, limits.framesPerSecondMax * 2, now)
    this.#output = new SocketOutput(carrier, clock, limits)
    const { handshakeMs } = limits
    const limit = clock.after(handshakeMs, () =>
      this.close('handshake-timeout', `No HELLO came within ${handshakeMs} ms.`),
    )
    this.#state = { state: 'handshaking', limit }
  }

  get state(): State['state'] {
    return this.#state.state
  }

  get order(): ConnectionOrder {
    return this.#state.state === 'open' ? this.#state.order : { tokenGeneration: 0, connectionAttempt: 0 }
  }

  get congested(): boolean {
    return this.#output.congested
  }

  get frameBytesMax(): number {
    return this.#state.state === 'open' ? this.#state.frameBytesMax : 0
  }

  get buffered(): number {
    return this.#output.buffered
  }

  /** Closes the socket where the client has been silent or slow for too long, and gives it a fresh resume token in good time (H6). */
  check(now: number): void {
    const state = this.#state
    if (state.state !== 'open') return
    const { heartbeatMs, heartbeatsMissedMax, slowMsMax } = this.#core.limits
    const silentMs = now - this.#heardAt
    const slowMs = this.#output.congestedSince === null ? 0 : now - this.#output.congestedSince
    if (silentMs > heartbeatMs * heartbeatsMissedMax) {
      this.close('heartbeat-lost', `Nothing was heard for ${Math.round(silentMs)} ms.`)
    } else if (slowMs > slowMsMax) {
      this.close(
        'slow',
        `What was sent was not read for ${Math.round(slowMs)} ms, the limit is ${slowMsMax} (slowMsMax).`,
      )
    } else if (!this.congested && now - state.welcomedAt >= this.#core.front.limits.sessionMs / 2) {
      this.#state = { ...state, welcomedAt: now }
      this.#sayWelcome(state)
    }
  }

  /** Asks the client to leave. */
  goAway(reason: Reason, url: string, withinMs: number): void {
    if (this.#state.state === 'open') this.#send({ type: 'goaway', reason, url, withinMs })
  }

  /** Closes with the code of a reason. The session may come back. */
  close(reason: Reason, message: string): void {
    this.#close(reason, message, 'drop')
  }

  answer(frame: SessionAnswer): void {
    this.#send(frame)
  }

  shared(block: SharedBlock): void {
    if (this.#state.state !== 'open') return
    if (block.frame.length > this.#state.frameBytesMax) this.#send({ type: 'shared', block })
    else if (!this.#output.message(this.#core.messageOf(block))) this.#overflow()
  }

  kicked(message: string): void {
    this.#close('kicked', message, 'kept')
  }

  #send(frame: FrontFrame): void {
    if (this.#state.state === 'closing' || this.#state.state === 'closed') return
    const bytes = encodeFrontFrame(frame)
    if (this.#state.state === 'open' && bytes.length > this.#state.frameBytesMax) {
      const message = `A ${frame.type} of ${bytes.length} bytes is due, the client takes ${this.#state.frameBytesMax} (its frameBytesMax).`
      this.close('too-large', message)
    } else if (!this.#output.frame(bytes)) {
      this.#overflow()
    }
  }

  #overflow(): void {
    const { clientBufferedBytesMax } = this.#core.limits
    const message = `${this.#output.buffered} bytes wait to be read, the limit is ${clientBufferedBytesMax} (clientBufferedBytesMax).`
    this.close('overflow', message)
  }

  drained(): void {
    if (this.#output.drained() && this.#state.state === 'open') this.#state.session.drained()
  }

  /** The socket was told its code already (`coded-web-socket.ts`); what is left is to let go of it. */
  failed(message: string): void {
    this.#fail(new CentrumError('protocol-error', message))
  }

  message(data: Uint8Array, isBinary: boolean): void {
    const { clock, limits } = this.#core
    const now = clock.now()
    this.#heardAt = now
    try {
      if (!isBinary) throw new CentrumError('protocol-error', 'A text message came; all messages are binary.')
      if (this.#state.state !== 'open') expectBytes(data.length, limits.handshakeBytesMax, 'handshakeBytesMax')
      for (const bytes of unpackFrames(data, limits.messageBytesMax)) {
        if (this.#state.state === 'closing' || this.#state.state === 'closed') return
        expectBytes(bytes.length, limits.frameBytesMax, 'frameBytesMax')
        if (!this.#frames.take(now)) throw this.#tooFast()
        this.#frame(decodeClientFrame(bytes), now)
      }
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A ping of WebSocket's own counts as a frame, and is not answered while the client does not read. */
  pinged(): boolean {
    const now = this.#core.clock.now()
    if (this.#state.state === 'closing' || this.#state.state === 'closed') return false
    if (this.#frames.take(now)) {
      this.#heardAt = now
      return this.#output.buffered < this.#core.limits.congestedBytes
    }
    this.#fail(this.#tooFast())
    return false
  }

  #tooFast(): CentrumError {
    const { framesPerSecondMax } = this.#core.limits
    return new CentrumError(
      'rate-limited',
      `More than ${framesPerSecondMax} frames a second came (framesPerSecondMax).`,
    )
  }

  #frame(frame: ClientFrame, now: number): void {
    const state = this.#state
    switch (state.state) {
      case 'handshaking':
        if (frame.type !== 'hello') throw new CentrumError('protocol-error', `${frame.type} came where HELLO was due`)
        this.#greet(frame)
        return
      case 'authenticating':
        throw new CentrumError('protocol-error', `${frame.type} came before WELCOME`)
      case 'open':
        this.#heed(frame, state.session, now)
        return
      case 'closing':
      case 'closed':
        return
    }
  }

  #greet(hello: ClientHello): void {
    const { clock, limits, refusal } = this.#core
    if (this.#state.state === 'handshaking') this.#state.limit.cancel()
    const version = agreeOnVersion(hello)
    const refused = refusal(this)
    if (refused !== null) throw refused
    const { authenticateMs } = limits
    const limit = clock.after(authenticateMs, () =>
      this.close(
        'authentication-failed',
        `The server did not find out within ${authenticateMs} ms who you are. Try again.`,
      ),
    )
    const authenticating: State = { state: 'authenticating', limit }
    this.#state = authenticating
    void this.#identify(hello, version, authenticating)
  }

  async #identify(hello: ClientHello, version: number, authenticating: State): Promise<void> {
    try {
      const identity = await identify(this.#core.front.admission, hello, this.#request)
      // It may have been closed meanwhile.
      if (this.#state === authenticating) this.#welcome(hello, version, identity)
    } catch (error) {
      this.#fail(error)
    }
  }

  #welcome(hello: ClientHello, version: number, identity: Identity): void {
    const { clock, front } = this.#core
    if (this.#state.state === 'authenticating') this.#state.limit.cancel()
    const { connectionAttempt, frameBytesMax } = hello
    const order = { tokenGeneration: identity.tokenGeneration, connectionAttempt }
    this.#core.enter(this, identity.sessionId, order)
    const session = front.port.attach(identity, connectionAttempt, this)
    this.#log = this.#log.with({ session: identity.sessionId })
    const agreed = { version, features: hello.features & FEATURES }
    const open = { state: 'open', session, order, frameBytesMax, agreed, welcomedAt: clock.now() } as const
    this.#state = open
    this.#sayWelcome(open)
    this.#log.debug('client.welcomed', { connectionAttempt, resumed: hello.resume !== '' })
  }

  #sayWelcome({ session, order, agreed }: Extract<State, { state: 'open' }>): void {
    const { clock, front, limits } = this.#core
    const { identity } = session
    this.#send({
      type: 'welcome',
      ...agreed,
      frameBytesMax: limits.frameBytesMax,
      sessionId: identity.sessionId,
      userId: identity.userId,
      resume: front.admission.tokenFor(identity),
      connectionAttempt: order.connectionAttempt,
      heartbeatMs: limits.heartbeatMs,
      now: clock.wall(),
      frontId: front.id,
      incarnation: front.incarnation,
    })
  }

  #heed(frame: ClientFrame, session: FrontSession, now: number): void {
    switch (frame.type) {
      case 'hello':
        throw new CentrumError('protocol-error', 'HELLO came a second time')
      case 'ping':
        this.#send({ type: 'pong', sent: frame.sent, now: this.#core.clock.wall() })
        return
      case 'bye':
        session.end('unlinked')
        this.#close('unlinked', 'The client said good-bye.', 'kept')
        return
      case 'seen':
        session.receive(frame)
        return
      case 'link':
      case 'entry':
      case 'broadcast': {
        const within = this.#withinRate(frame, now)
        if (within !== null) session.receive(within)
        return
      }
    }
  }

  /** L13: what comes too fast is refused, each in the way in which it can be told. */
  #withinRate(
    frame: Extract<SessionFrame, { type: 'link' | 'entry' | 'broadcast' }>,
    now: number,
  ): SessionFrame | null {
    // What steers a link is not held back: it ends things, and there is little of it.
    const steers = frame.type === 'entry' && frame.entry.kind !== ENTRY.message && frame.entry.kind !== ENTRY.request
    if (steers || this.#messages.take(now)) return frame
    this.#core.counts.rateLimited++
    if (frame.type === 'entry') {
      return {
        ...frame,
        entry: {
          clientSeq: frame.entry.clientSeq,
          kind: ENTRY.cancelled,
          context: null,
          body: makeCancelled('rate-limited'),
        },
      }
    }
    if (frame.type === 'link') {
      const message = `More than ${this.#core.limits.messagesPerSecondMax} messages a second came (messagesPerSecondMax).`
      this.#send({ type: 'detached', link: frame.link, reason: 'rate-limited', relink: false, message, details: null })
    }
    return null
  }

  #fail(error: unknown): void {
    if (error instanceof CentrumError && error.code in REASONS) {
      this.close(error.code as Reason, error.message)
    } else if (error instanceof Error && error.name === 'DecodeError') {
      this.close('protocol-error', error.message)
    } else if (error instanceof CentrumError && error.code === 'stopped') {
      this.close('closing', error.message)
    } else {
      this.#log.error('client.faulted', { error })
      this.close('faulted', 'The server failed.')
    }
  }

  /** `session`: whether its session is dropped, or is over anyway. */
  #close(reason: Reason, message: string, session: 'drop' | 'kept'): void {
    const state = this.#state
    if (state.state === 'closing' || state.state === 'closed') return
    if (state.state === 'handshaking' || state.state === 'authenticating') {
      state.limit.cancel()
      this.#output.frame(encodeFrontFrame({ type: 'refused', reason, message }))
    }
    const { clock, limits } = this.#core
    this.#state = { state: 'closing', limit: clock.after(limits.closeMs, () => this.#carrier.terminate()) }
    this.#core.left(this, reason)
    if (QUIET.has(reason)) this.#log.debug('client.closed', { reason, message })
    else this.#log.warn('client.closed', { reason, message })
    if (state.state === 'open' && session === 'drop') state.session.drop(reason)
    this.#carrier.close(closeCodeOf(reason), cut(message))
  }

  /** The socket is gone, whoever ended it. */
  closed(): void {
    const state = this.#state
    this.#state = { state: 'closed' }
    switch (state.state) {
      case 'handshaking':
      case 'authenticating':
      case 'closing':
        state.limit.cancel()
        break
      case 'open':
        state.session.drop('connection-lost')
        break
      case 'closed':
        return
    }
    if (state.state !== 'closing') this.#core.left(this, 'connection-lost')
    this.#core.gone(this)
  }
}

/** Ends of connections that are nobody's fault. */
const QUIET: ReadonlySet<Reason> = new Set(['unlinked', 'replaced', 'draining', 'closing', 'session-expired'])

function expectBytes(bytes: number, limit: number, name: string): void {
  if (bytes > limit)
    throw new CentrumError('too-large', `${bytes} bytes came at once, the limit is ${limit} (${name}).`)
}

/** As much of a text as a close frame has room for. */
function cut(text: string): string {
  if (Buffer.byteLength(text) <= CLOSE_TEXT_BYTES_MAX) return text
  return Buffer.from(text)
    .subarray(0, CLOSE_TEXT_BYTES_MAX)
    .toString('utf8')
    .replace(/\ufffd+$/, '')
}
