/**
 * A client's connection across sockets and fronts: one state machine that dials, waits and dials again, and goes on with
 * the same session. Links live in `links.ts`, a single socket in `wire.ts`. Implements `Connection` without its types.
 */
import type { Welcome } from '../protocol/client-frames.js'
import { CentrumError } from '../protocol/errors.js'
import { makeNamed } from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import type { LinkAnswer } from '../session/link-holder.js'
import type { ClientLink } from './channel-link.js'
import type { ClientSettings } from './connect-options.js'
import { Dialler } from './dialler.js'
import { Listeners } from './listeners.js'
import { type LinkSettings, Links } from './links.js'
import { encodePayload, expectFits } from './payload.js'
import { ServerClock } from './server-clock.js'
import type { GoAway, Wire, WirePort } from './wire.js'

/** A connection that lived so long was a good one: the next redial does not wait for the failures before it. */
const STABLE_MS = 5_000
/** Bytes that the network has not taken yet. Beyond it `broadcast` throws `buffer-full`. */
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024
/** After these the client does not dial again. */
const TERMINAL: ReadonlySet<string> = new Set<Reason>(['replaced', 'kicked', 'authentication-refused', 'versions'])

export type Status = 'connecting' | 'connected' | 'reconnecting' | 'closed'

type State =
  | { readonly state: 'dialling'; readonly wire: Wire }
  | Connected
  | { readonly state: 'waiting'; readonly timer: Timer }
  | { readonly state: 'closed' }

interface Connected {
  readonly state: 'connected'
  readonly wire: Wire
  readonly sinceMs: number
  /** To another front, when this one goes away: takes over once it is welcome. */
  successor: Wire | null
  /** Until the successor is dialled. */
  timer: Timer | null
}

export class ClientConnection {
  readonly #settings: ClientSettings
  readonly #serverClock: ServerClock
  readonly #dialler: Dialler
  readonly #links: Links
  readonly #listeners: Listeners<{
    readonly onStatus: readonly [status: Status, reason: Reason | null]
    readonly onProcessor: readonly [link: ClientLink | null, reason: Reason | null]
  }>
  readonly #port: WirePort
  #state: State
  status: Status = 'connecting'
  #reason: Reason | null = null
  /** The message that goes with the reason. */
  #why = 'not connected yet'
  #connects = 0
  #closed: Promise<void> | null = null
  /** While it closes: does so at once. */
  #finish: (() => void) | null = null

  constructor(settings: ClientSettings) {
    const { clock, log } = settings.runtime
    this.#settings = settings
    this.#serverClock = new ServerClock(clock)
    this.#dialler = new Dialler(settings, this.#serverClock)
    this.#listeners = new Listeners(log)
    this.#links = new Links(settings, {
      describe: () => `the connection is ${this.status}: ${this.#why}`,
      ended: (reason, message) => this.#end(reason, message),
      closed: () => this.#checkClosing(),
      processor: (link, reason) => this.#listeners.call('onProcessor', link, reason),
    })
    this.#port = {
      welcome: (wire, welcome) => this.#welcome(wire, welcome),
      frame: (frame) => this.#frame(frame),
      flushing: () => this.#links.flush(),
      lost: (wire, reason, message) => this.#lost(wire, reason, message),
    }
    this.#state = { state: 'dialling', wire: this.#dialler.dial(this.#port) }
  }

  get clientId(): string {
    return this.#dialler.sessionId
  }

  get rttMs(): number {
    return this.#serverClock.rttMs
  }

  get processor(): ClientLink | null {
    return this.#links.processor.current
  }

  onStatus(listener: (status: Status, reason: Reason | null) => void): () => void {
    return this.#listeners.add('onStatus', listener)
  }

  onProcessor(listener: (link: ClientLink | null, reason: Reason | null) => void): () => void {
    return this.#listeners.add('onProcessor', listener)
  }

  link(id: string, settings: LinkSettings = {}): Promise<ClientLink> {
    if (this.#state.state === 'closed' || this.#closed !== null) {
      const problem = `'${id}' cannot be linked: the connection is closed (${this.#why}). Connect anew.`
      return Promise.reject(new CentrumError('stopped', problem))
    }
    return this.#links.link(id, settings)
  }

  setProcessor(link: ClientLink | null): Promise<void> {
    return this.#links.processor.set(link)
  }

  send(message: string, payload?: unknown): void {
    const bytes = encodePayload(payload, `the message '${message}'`)
    expectFits(message, bytes, this.#links.frameBytesMax)
    this.#links.processor.send(message, bytes)
  }

  broadcast(message: string, payload?: unknown): void {
    const bytes = encodePayload(payload, `the message '${message}'`)
    expectFits(message, bytes, this.#links.frameBytesMax)
    const wire = this.#state.state === 'connected' ? this.#state.wire : null
    if (wire === null || wire.backlogBytes > BACKLOG_BYTES_MAX) {
      throw new CentrumError(
        wire === null ? 'connection-lost' : 'buffer-full',
        `'${message}' was not broadcast: the connection is ${this.status}, ${wire?.backlogBytes ?? 0} bytes wait, at most ${BACKLOG_BYTES_MAX}. Try again later.`,
      )
    }
    wire.send({ type: 'broadcast', body: makeNamed(message, bytes) })
  }

  serverNow(): number {
    return this.#serverClock.now()
  }

  inspect(): { readonly [count: string]: number } {
    return { ...this.#links.inspect(), dials: this.#dialler.dials, connects: this.#connects }
  }

  /** Rule L11, and before it each unlink in its stream, so that all that was sent is processed. */
  close(): Promise<void> {
    return (this.#closed ??= new Promise((resolve) => {
      const finish = (): void => {
        timer.cancel()
        if (this.#state.state === 'connected') this.#state.wire.send({ type: 'bye' })
        this.#end(null, 'the connection was closed')
        resolve()
      }
      const timer = this.#settings.runtime.clock.after(this.#settings.closeMs, finish)
      this.#finish = finish
      this.#links.unlinkAll()
      // At once: a page that goes away has no later.
      if (this.#state.state === 'connected') this.#state.wire.flush()
      this.#checkClosing()
    }))
  }

  /** Closes as soon as nothing is waited for: that all links end or, without a connection, what they have not said yet. */
  #checkClosing(): void {
    const { links, retained } = this.#links.inspect()
    if (links === 0 || (this.#state.state !== 'connected' && retained === links)) this.#finish?.()
  }

  #welcome(wire: Wire, welcome: Welcome): void {
    const state = this.#state
    if (state.state === 'closed') return
    if (state.state === 'connected') {
      state.timer?.cancel()
      this.#links.lost('draining')
      state.wire.close()
    }
    const sinceMs = this.#settings.runtime.clock.now()
    this.#dialler.welcomed(welcome)
    this.#connects++
    this.#state = { state: 'connected', wire, sinceMs, successor: null, timer: null }
    this.#links.connected(wire, welcome.sessionId)
    this.#statusIs('connected', null, '')
  }

  #frame(frame: LinkAnswer | GoAway): void {
    if (frame.type !== 'goaway') this.#links.receive(frame)
    else if (this.#state.state === 'connected') this.#goAway(this.#state, frame)
  }

  /** The front is about to close: another socket is made before this one is given up. */
  #goAway(state: Connected, { url, withinMs }: GoAway): void {
    const { clock, random } = this.#settings.runtime
    if (state.timer !== null || state.successor !== null) return
    // Spread over half of the time, so that not all of its clients dial at once and there is time to try again.
    state.timer = clock.after((random.float() * withinMs) / 2, () => {
      state.timer = null
      this.#dialler.failed()
      state.successor = this.#dialler.dial(this.#port, url === '' ? undefined : url)
    })
  }

  #lost(wire: Wire, reason: Reason, message: string): void {
    const state = this.#state
    if (state.state === 'connected' && state.wire === wire) {
      state.timer?.cancel()
      if (this.#settings.runtime.clock.now() - state.sinceMs >= STABLE_MS) this.#dialler.succeeded()
      this.#links.lost(reason)
      if (state.successor !== null) {
        this.#state = { state: 'dialling', wire: state.successor }
        this.#statusIs('reconnecting', reason, message)
        return
      }
    } else if (state.state === 'connected') {
      // The successor's: the connection is there still, and once it is lost it is dialled as ever.
      state.successor = null
      return
    }
    if (TERMINAL.has(reason)) {
      this.#end(reason, message)
      return
    }
    if (reason === 'session-expired' && this.#dialler.resumes) {
      this.#dialler.expired()
      this.#dial()
    } else {
      const timer = this.#settings.runtime.clock.after(this.#dialler.failed(), () => this.#dial())
      this.#state = { state: 'waiting', timer }
    }
    this.#statusIs(this.#connects === 0 ? 'connecting' : 'reconnecting', reason, message)
    this.#checkClosing()
  }

  #dial(): void {
    this.#state = { state: 'dialling', wire: this.#dialler.dial(this.#port) }
  }

  /** It is over for good. `reason` is null where that was asked for. */
  #end(reason: Reason | null, message: string): void {
    const state = this.#state
    if (state.state === 'closed') return
    this.#state = { state: 'closed' }
    if ('timer' in state) state.timer?.cancel()
    if ('successor' in state) state.successor?.close()
    if ('wire' in state) state.wire.close()
    this.#links.end(reason ?? 'closing', message)
    this.#statusIs('closed', reason, message)
  }

  #statusIs(status: Status, reason: Reason | null, message: string): void {
    this.#why = message
    if (status === this.status && reason === this.#reason) return
    this.status = status
    this.#reason = reason
    this.#listeners.call('onStatus', status, reason)
  }
}
