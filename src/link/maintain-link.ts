/**
 * Keeps one link to one master: dials, greets, hands the link out, and dials again when it ends, for ever, with growing and
 * random waits. Knows nothing of what links carry.
 */
import { CentrumError, isRetryable } from '../protocol/errors.js'
import type { ControlPacket, Greeting } from '../protocol/master-packets.js'
import { REASONS, type Reason } from '../protocol/reasons.js'
import type { Log, Runtime, Timer } from '../runtime/runtime.js'
import { Handshake } from './handshake.js'
import type { LinkLimits } from './link-limits.js'
import {
  masterHelloOf,
  judgeWelcome,
  type MasterIdentity,
  peerOf,
  type LinkRefusal,
  type SentHello,
} from './master-identity.js'
import type { LinkEvents, MasterLink } from './master-link.js'
import { isGone } from './socket-errors.js'
import { PeerRegistry } from './peer-registry.js'
import type { Stream, StreamEvents, Transport } from './transport.js'

export interface MaintainLinkEvents {
  /** A link stands. */
  onUp(link: MasterLink): LinkEvents
  /** The open link has closed and its holder was notified; it is dialled again. */
  onDown(reason: Reason, message: string): void
  /** An attempt failed: refused by either side, or without an answer. Called again only when the reason changes. */
  onRefused(reason: Reason, message: string): void
  /** A dial failed. `isAbsent`: because nothing listens at the address. */
  onDialled?(isAbsent: boolean): void
}

export interface MaintainLinkOptions {
  readonly transport: Transport
  readonly address: string
  readonly identity: MasterIdentity
  /** Who must answer there. */
  readonly expectedId: string
  readonly limits: LinkLimits
  readonly runtime: Runtime
  /** Who is linked; shared by all listeners and dials of a master. */
  readonly peers?: PeerRegistry
  /** A last word over the one that answered. */
  readonly check?: (greeting: Greeting) => LinkRefusal | null
  readonly events: MaintainLinkEvents
}

export interface MaintainedLink {
  /** The link while it stands. */
  readonly link: MasterLink | null
  /** Closes the link or gives the attempt up, and dials no more. */
  stop(reason?: Reason, message?: string): void
  inspect(): MaintainedLinkCounts
}

export interface MaintainedLinkCounts {
  readonly state: 'waiting' | 'dialling' | 'greeting' | 'up' | 'stopped'
  /** All dials of this master to that address. */
  readonly dials: number
  /** Attempts in a row that came to nothing, or to a link that did not last. */
  readonly failures: number
  /** Why the last attempt or link ended; null before the first did. */
  readonly lastReason: Reason | null
}

type State =
  | { readonly state: 'waiting'; readonly timer: Timer }
  | { readonly state: 'dialling'; readonly limit: Timer; readonly giveUp: AbortController }
  | { readonly state: 'greeting'; readonly handshake: Handshake }
  | { readonly state: 'up'; readonly link: MasterLink; readonly since: number }
  | { readonly state: 'stopped' }

/** Begins at once. */
export function maintainLink(options: MaintainLinkOptions): MaintainedLink {
  return new Reconnector(options)
}

class Reconnector implements MaintainedLink {
  readonly #options: MaintainLinkOptions
  readonly #peers: PeerRegistry
  readonly #log: Log
  #state: State
  #dials = 0
  #failures = 0
  #lastReason: Reason | null = null
  /** The reason that was reported last. */
  #reported: Reason | null = null

  constructor(options: MaintainLinkOptions) {
    this.#options = options
    this.#peers = options.peers ?? new PeerRegistry()
    this.#log = options.runtime.log.with({
      master: options.identity.id,
      wanted: options.expectedId,
      address: options.address,
    })
    this.#state = { state: 'waiting', timer: options.runtime.clock.soon(() => this.#dial()) }
  }

  get link(): MasterLink | null {
    return this.#state.state === 'up' ? this.#state.link : null
  }

  stop(reason: Reason = 'closing', message = `${this.#options.identity.id} stops`): void {
    const state = this.#state
    this.#state = { state: 'stopped' }
    switch (state.state) {
      case 'waiting':
        state.timer.cancel()
        break
      case 'dialling':
        state.limit.cancel()
        state.giveUp.abort()
        break
      case 'greeting':
        state.handshake.abandon()
        break
      case 'up':
        state.link.close(reason, message)
        break
      case 'stopped':
        break
    }
  }

  inspect(): MaintainedLinkCounts {
    return { state: this.#state.state, dials: this.#dials, failures: this.#failures, lastReason: this.#lastReason }
  }

  #dial(): void {
    const { transport, address, limits, runtime } = this.#options
    const giveUp = new AbortController()
    const limit = runtime.clock.after(limits.dialMs, () => giveUp.abort())
    const dialling: State = { state: 'dialling', limit, giveUp }
    this.#state = dialling
    const connection = ++this.#dials
    transport
      .dial(address, (stream) => this.#greet(stream, connection), giveUp.signal)
      .catch((error: unknown) => {
        if (this.#state !== dialling) return
        this.#options.events.onDialled?.(error instanceof Error && isGone(error.cause))
        this.#failed(refusalOf(error))
      })
  }

  #greet(stream: Stream, connection: number): StreamEvents {
    const { identity, limits, runtime } = this.#options
    let hello: SentHello | null = null
    const handshake: Handshake = new Handshake({
      stream,
      identity,
      limits,
      runtime,
      log: this.#log,
      onPacket: (packet) => {
        if (hello !== null || packet.type !== 'challenge') this.#judge(handshake, hello, packet)
        else hello = this.#answer(handshake, connection, packet.nonce)
      },
      onFailed: (refusal) => this.#failed(refusal),
    })
    if (this.#state.state !== 'dialling') {
      handshake.abandon()
      return handshake.packets
    }
    this.#state.limit.cancel()
    this.#state = { state: 'greeting', handshake }
    return handshake.packets
  }

  #answer(handshake: Handshake, connection: number, nonce: Uint8Array): SentHello {
    const { identity, expectedId, limits } = this.#options
    const hello = masterHelloOf(identity, expectedId, connection, limits, nonce)
    handshake.packets.write(hello.bytes)
    handshake.packets.resume()
    return hello
  }

  #judge(handshake: Handshake, hello: SentHello | null, packet: ControlPacket): void {
    if (packet.type === 'refused') {
      handshake.abandon()
      this.#failed({ reason: packet.reason, message: `${packet.id || 'the other side'} refused: ${packet.message}` })
      return
    }
    if (packet.type !== 'welcome' || hello === null) {
      const due = hello === null ? 'challenge' : 'welcome'
      this.#refuse(handshake, {
        reason: 'protocol-error',
        message: `a ${packet.type} packet arrived, but a ${due} was expected`,
      })
      return
    }
    const { greeting, version } = packet
    const refusal = judgeWelcome(this.#options.identity, hello, packet) ?? this.#options.check?.(greeting) ?? null
    if (refusal !== null) {
      this.#refuse(handshake, refusal)
      return
    }
    const { connection } = hello.greeting
    this.#peers.settle(
      peerOf(greeting, connection, version),
      this.#options.limits.takeoverMs,
      () => this.#enter(handshake, greeting, connection, version),
      (late) => this.#refuse(handshake, late),
    )
  }

  /** Null where the other side has closed meanwhile, or this one was stopped. */
  #enter(handshake: Handshake, greeting: Greeting, connection: number, version: number): MasterLink | null {
    if (handshake.over) return null
    const { events, runtime } = this.#options
    return handshake.open({
      greeting,
      connection,
      version,
      onLink: (link) => {
        this.#reported = null
        this.#state = { state: 'up', link, since: runtime.clock.now() }
        return events.onUp(link)
      },
      onLeaving: (link) => this.#peers.leave(link),
      onLeft: (reason, message) => this.#down(reason, message),
    })
  }

  #down(reason: Reason, message: string): void {
    const { events, limits, runtime } = this.#options
    this.#lastReason = reason
    if (this.#state.state === 'up') {
      // A link that ends as soon as it stands is one more failure: else two masters could keep each other busy for nothing.
      if (runtime.clock.now() - this.#state.since >= limits.backoffMsMax) this.#failures = 0
      this.#wait(true)
    }
    events.onDown(reason, message)
  }

  #refuse(handshake: Handshake, refusal: LinkRefusal): void {
    if (handshake.over) return
    handshake.refuse(refusal, 'close')
    this.#failed(refusal)
  }

  #failed({ reason, message }: LinkRefusal): void {
    if (this.#state.state === 'stopped') return
    this.#lastReason = reason
    this.#wait(isRetryable(reason) || reason === 'replaced')
    if (this.#reported === reason) return
    this.#reported = reason
    this.#log.warn('link.dial-failed', { reason, message })
    this.#options.events.onRefused(reason, message)
  }

  /** `hopeful`: whether the next attempt may fare better without anybody changing anything. */
  #wait(hopeful: boolean): void {
    const { limits, runtime } = this.#options
    if (this.#state.state === 'dialling') this.#state.limit.cancel()
    const grown = Math.min(limits.backoffMsMin * 2 ** Math.min(this.#failures, 30), limits.backoffMsMax)
    this.#failures++
    const delayMs = runtime.random.float() * (hopeful ? grown : limits.backoffTerminalMs)
    this.#state = { state: 'waiting', timer: runtime.clock.after(delayMs, () => this.#dial()) }
  }
}

function refusalOf(error: unknown): LinkRefusal {
  if (error instanceof CentrumError) {
    return { reason: error.code in REASONS ? (error.code as Reason) : 'unreachable', message: error.message }
  }
  return { reason: 'unreachable', message: error instanceof Error ? error.message : String(error) }
}
