/**
 * One client's WebSocket: the handshake, authentication, then frames in and out until it closes. Malformed input closes only this socket,
 * with its code. Knows nothing of channels.
 */
import type { Admitted } from '../front/admission.js'
import type { FrontSession, SessionAnswer, SessionEnd, SessionSink } from '../relay/front-port.js'
import type { SharedBlock } from '../protocol/blocks.js'
import { type ClientFrame, type ClientHello, encodeFrontFrame, type FrontFrame } from '../protocol/client-frames.js'
import type { ConnectionOrder } from '../protocol/connection-order.js'
import { CentrumError } from '../protocol/errors.js'
import { FEATURES } from '../protocol/frame-types.js'
import { closeCodeOf, type Reason } from '../protocol/reasons.js'
import { addressGroup } from './address-group.js'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'
import { causeOf, closeText, isOfFront, isQuiet } from './close-cause.js'
import type { Flushable } from './flush-queue.js'
import type { GatewayCore, GatewaySocket } from './gateway-core.js'
import type { GatewayLimits } from './gateway-limits.js'
import { agreeOnVersion, type ClientRequest, identify, keptOf, welcomeOf } from './identify.js'
import { type RatedFrame, refusedFor } from './rated-frame.js'
import { overdue } from './overdue.js'
import { type ClientSocketState, type OpenSocket, orderOf, timerOf } from './client-socket-state.js'
import { SocketIntake } from './socket-intake.js'
import { SocketOutput } from './socket-output.js'

const LOST = 'connection-lost'

export class ClientSocket implements SessionSink, CarrierEvents, Flushable, GatewaySocket {
  readonly wantsKeyframe = false
  readonly remoteAddress: string
  /** Under which its client is counted. */
  readonly address: string
  /** '' before it is known who the client is. */
  sessionId = ''
  readonly #core: GatewayCore
  readonly #carrier: ClientCarrier
  readonly #output: SocketOutput
  #state: ClientSocketState
  readonly #intake: SocketIntake
  /** The connection has ended. */
  #isLost = false
  /** The page is hidden: its timers may stand still. */
  #isHidden = false
  /** The newest ping that there was no room to answer. */
  #unanswered: Uint8Array | null = null

  constructor(core: GatewayCore, carrier: ClientCarrier, request: ClientRequest) {
    const { clock, limits } = core
    this.#core = core
    this.#carrier = carrier
    this.remoteAddress = request.remoteAddress
    this.address = addressGroup(request.remoteAddress)
    this.#intake = new SocketIntake(core, carrier, this, this.address)
    this.#output = new SocketOutput(core, carrier)
    const late = `No HELLO arrived within ${limits.handshakeMs} ms.`
    const limit = clock.after(limits.handshakeMs, () => this.close('handshake-timeout', late))
    this.#state = { state: 'handshaking', limit, request }
  }

  get state(): ClientSocketState['state'] {
    return this.#state.state
  }

  get order(): ConnectionOrder {
    return orderOf(this.#state)
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
    const silentMs = this.#intake.isPaused ? 0 : now - this.#intake.receivedAt
    const slowMs = this.#output.congestedSince === null ? 0 : now - this.#output.congestedSince
    const end = overdue({ silentMs, slowMs }, this.#core.limits)
    if (end !== null) this.close(end.reason, end.message)
    else if (!this.congested && now - state.welcomedAt >= this.#core.front.limits.tokenMs / 2)
      this.#welcome({ ...state, welcomedAt: now })
    if (this.#isHidden && silentMs >= this.#core.limits.heartbeatMs / 2) this.#carrier.ping()
    if (state.asked === null && this.#core.front.admission.isStale(state.authenticatedAt)) this.#askForToken()
  }

  /** Who the client is was found out too long ago. */
  #askForToken(): void {
    const state = this.#state
    if (state.state !== 'open') return
    const { clock, limits } = this.#core
    const { authenticateMs: withinMs } = limits
    const asked = clock.after(withinMs, () =>
      this.close('session-expired', `No token arrived within ${withinMs} ms (authenticateMs). Begin a new session.`),
    )
    this.#state = { ...state, asked }
    this.#send({ type: 'authenticate', withinMs })
  }

  async #authenticateAgain(state: OpenSocket, token: string): Promise<void> {
    const { clock, front } = this.#core
    try {
      const { identity } = state.session
      const request = { token: token === '' ? null : token, ...state.request }
      const authenticatedAt = await front.admission.authenticateAgain(identity, request)
      if (this.#state.state !== 'open') return
      state.asked?.cancel()
      this.#welcome({ ...this.#state, authenticatedAt, asked: null, welcomedAt: clock.now() })
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Asks the client to leave. */
  goAway(reason: Reason, withinMs: number, url = this.#core.elsewhere()): void {
    if (this.#state.state === 'open') this.#send({ type: 'goaway', reason, url, withinMs })
  }

  /** Closes with the code of a reason. The session may come back. */
  close(reason: Reason, message: string): void {
    this.#close(reason, message)
  }

  /** Breaks off at once a socket that closes. */
  cutOff(): void {
    this.#carrier.terminate()
  }

  answer(frame: SessionAnswer): void {
    this.#send(frame)
  }

  shared(block: SharedBlock): void {
    this.#hold('shared', block.frame, block)
  }

  ended({ reason, message }: SessionEnd): void {
    this.#close(reason, message, null)
  }

  #send(frame: FrontFrame): void {
    if (this.#state.state !== 'closing' && this.#state.state !== 'closed')
      this.#hold(frame.type, encodeFrontFrame(frame), null)
  }

  /** The frame goes out with all else of this macrotask. */
  #hold(type: FrontFrame['type'], bytes: Uint8Array, block: SharedBlock | null): void {
    const state = this.#state
    if (state.state === 'closing' || state.state === 'closed') return
    if (state.state === 'open' && bytes.length > state.frameBytesMax) {
      const message = `A ${type} of ${bytes.length} bytes should be sent, but the client accepts at most ${state.frameBytesMax} (its frameBytesMax).`
      this.close('too-large', message)
      return
    }
    if (!this.#output.holds) this.#core.flushes.add(this)
    if (this.#output.hold(bytes, block)) return
    const { clientBufferedBytesMax } = this.#core.limits
    const message = `${this.#output.buffered} bytes wait to be read, the limit is ${clientBufferedBytesMax} (clientBufferedBytesMax).`
    this.close('overflow', message)
  }

  flush(): void {
    if (this.#flush()) this.drained()
  }

  #flush(): boolean {
    return this.#output.flush(this.#state.state === 'open' ? this.#state.frameBytesMax : Infinity)
  }

  drained(): void {
    if (this.#unanswered !== null) this.#carrier.pong(this.#unanswered)
    this.#unanswered = null
    if (this.#output.drained() && this.#state.state === 'open') this.#state.session.drained()
  }

  /** The carrier closes with a code of its own; what is left is to let go of the session. */
  failed(message: string): void {
    this.#fail(new CentrumError('protocol-error', message))
  }

  get isReading(): boolean {
    return this.#state.state !== 'closing' && this.#state.state !== 'closed'
  }

  message(data: Uint8Array, isBinary: boolean): void {
    try {
      if (this.isReading) this.#intake.message(data, isBinary)
    } catch (error) {
      this.#fail(error)
    }
  }

  received(bytes: number): void {
    this.guard(() => this.#intake.counted(bytes))
  }

  /** While the client does not read only the newest ping is kept, for when it does. */
  pinged(data: Uint8Array): boolean {
    this.guard(() => this.#intake.pinged())
    if (!this.isReading) return false
    const answers = this.#output.buffered < this.#core.limits.congestedBytes
    this.#unanswered = answers ? null : data.slice()
    return answers
  }

  /** What a browser answers by itself says nothing of its page, unless that is hidden and may not speak. */
  ponged(): void {
    this.guard(() => this.#intake.ponged(this.#isHidden))
  }

  waits(isWaiting: boolean): void {
    if (this.isReading) this.#intake.hold(isWaiting)
  }

  guard(run: () => void): void {
    try {
      if (this.isReading) run()
    } catch (error) {
      this.#fail(error)
    }
  }

  receive(frame: ClientFrame, now: number): void {
    const state = this.#state
    switch (state.state) {
      case 'handshaking':
        if (frame.type !== 'hello') throw new CentrumError('protocol-error', `${frame.type} arrived instead of HELLO`)
        state.limit.cancel()
        this.#authenticate(frame, state.request)
        return
      case 'authenticating':
        throw new CentrumError('protocol-error', `${frame.type} arrived before WELCOME`)
      case 'open':
        this.#handle(frame, state, now)
        return
      case 'closing':
      case 'closed':
        return
    }
  }

  #authenticate(hello: ClientHello, request: ClientRequest): void {
    const { clock, limits, refusal } = this.#core
    const version = agreeOnVersion(hello)
    const refused = refusal()
    if (refused !== null) throw refused
    const { authenticateMs } = limits
    const late = `The server could not authenticate you within ${authenticateMs} ms (authenticateMs). Try again.`
    const limit = clock.after(authenticateMs, () => this.close('authentication-failed', late))
    const authenticating = { state: 'authenticating', limit } as const
    this.#state = authenticating
    void this.#identify(hello, request, version, authenticating)
  }

  async #identify(
    hello: ClientHello,
    request: ClientRequest,
    version: number,
    authenticating: Extract<ClientSocketState, { readonly state: 'authenticating' }>,
  ): Promise<void> {
    try {
      const admitted = await identify(this.#core.front.admission, hello, request)
      // It may have been closed meanwhile.
      if (this.#state !== authenticating) return
      authenticating.limit.cancel()
      this.#open(hello, version, admitted, keptOf(request))
    } catch (error) {
      this.#fail(error)
    }
  }

  #open(hello: ClientHello, version: number, { identity, authenticatedAt }: Admitted, request: ClientRequest): void {
    const { clock, connect, dropped, front, log, rates } = this.#core
    const { connectionAttempt, frameBytesMax } = hello
    this.sessionId = identity.sessionId
    connect(this, { tokenGeneration: identity.tokenGeneration, connectionAttempt })
    const session = front.port.attach(identity, connectionAttempt, this)
    dropped.delete(identity, this.address)
    const { sessionId, userId } = identity
    this.#intake.open(rates.open(sessionId, sessionId === userId ? this.address : userId))
    const features = hello.features & FEATURES
    const agreed = { session, connectionAttempt, frameBytesMax, version, features, authenticatedAt, request }
    this.#welcome({ state: 'open', ...agreed, welcomedAt: clock.now(), asked: null })
    log.debug('client.welcomed', { ...this.#logged(), connectionAttempt, resumed: hello.resume !== '' })
  }

  /** The socket is open, or open still: the client gets its WELCOME, or the next one (H6). */
  #welcome(open: OpenSocket): void {
    this.#state = open
    this.#send(welcomeOf(this.#core, open))
  }

  #handle(frame: ClientFrame, state: OpenSocket, now: number): void {
    const { session } = state
    switch (frame.type) {
      case 'hello':
        throw new CentrumError('protocol-error', 'HELLO arrived a second time')
      case 'ping':
        this.#send({ type: 'pong', sent: frame.sent, now: this.#core.clock.wall() })
        return
      case 'away':
        this.#close(LOST, 'The user left the page.', () => this.#drop(session, LOST, frame.graceMs))
        return
      case 'hidden':
        this.#isHidden = frame.hidden
        return
      case 'bye':
        session.end('unlinked')
        this.#close('unlinked', 'The client said goodbye.', null)
        return
      case 'token':
        if (state.asked === null) throw new CentrumError('protocol-error', 'TOKEN arrived without a request')
        void this.#authenticateAgain(state, frame.token)
        return
      case 'seen':
        session.receive(frame)
        return
      case 'link':
      case 'entry':
      case 'broadcast': {
        const over = this.#intake.holdsBack(frame, now)
        if (over === null) session.receive(frame)
        else this.#refuse(frame, over, session)
      }
    }
  }

  #refuse(frame: RatedFrame, over: keyof GatewayLimits, session: FrontSession): void {
    const { instead, answer } = refusedFor(frame, this.#core.limits, over)
    if (instead !== undefined) session.receive(instead)
    if (answer !== undefined) this.#send(answer)
  }

  #fail(error: unknown): void {
    const cause = causeOf(error)
    if (cause === null) this.#core.log.error('client.faulted', { ...this.#logged(), error })
    this.close(cause?.reason ?? 'faulted', cause?.message ?? 'The server failed.')
  }

  /** `drop` lets go of the session; null where it ended anyway. */
  #close(
    reason: Reason,
    message: string,
    drop: ((session: FrontSession) => void) | null = (session) => this.#drop(session, reason),
  ): void {
    const state = this.#state
    if (state.state === 'closing' || state.state === 'closed') return
    timerOf(state)?.cancel()
    this.#intake.stop()
    if (state.state !== 'open') {
      const url = isOfFront(reason) ? this.#core.elsewhere() : ''
      this.#output.hold(encodeFrontFrame({ type: 'refused', reason, message, url }))
    }
    this.#flush()
    const { clock, limits, log } = this.#core
    this.#state = { state: 'closing', limit: clock.after(limits.closeMs, () => this.#carrier.terminate()) }
    this.#core.disconnect(this, reason)
    if (isQuiet(reason)) log.debug('client.closed', { ...this.#logged(), reason, message })
    else log.warn('client.closed', { ...this.#logged(), reason, message })
    if (state.state === 'open') drop?.(state.session)
    if (this.#isLost) this.finished()
    else this.#carrier.close(closeCodeOf(reason), closeText(message))
  }

  /** The connection has ended, whichever side ended it. */
  closed(): void {
    this.#isLost = true
    if (!this.isReading || !this.#intake.finish()) this.finished()
  }

  finished(): void {
    const state = this.#state
    this.#state = { state: 'closed' }
    if (state.state === 'closed') return
    timerOf(state)?.cancel()
    this.#intake.stop()
    if (state.state === 'open') this.#drop(state.session, 'connection-lost')
    if (state.state !== 'closing') this.#core.disconnect(this, 'connection-lost')
    this.#core.remove(this)
  }

  /** Of too many that are waited for already the session is not. */
  #drop(session: FrontSession, reason: Reason, graceMs = 0): void {
    session.drop(reason, this.#core.dropped.add(session, this.address, this.#core.clock.now()) || graceMs)
  }

  /** The fields that each line about this client carries. */
  #logged(): { readonly remoteAddress: string; readonly session?: string } {
    const { remoteAddress, sessionId } = this
    return sessionId === '' ? { remoteAddress } : { remoteAddress, session: sessionId }
  }
}
