/**
 * A client's link to a channel as its user sees it: the state as a plain object, listeners, messages and requests. What
 * keeps it alive is `LinkEnd`; what carries it, the connection. Implements `ChannelLink` without its types.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import { LinkEnd } from '../session/link-end.js'
import type { EndStatus, LinkFrame, LinkHolder, Missed } from '../session/link-holder.js'
import { PlainMirror } from '../state/plain-mirror.js'
import { DecodeError } from '../value/decode-error.js'
import { decodeValue } from '../value/decode-value.js'
import { Listeners } from './listeners.js'
import { encodePayload, expectFits } from './payload.js'
import { waitFor, type Waiting, type WaitSettings } from './wait.js'

/** What a link asks of its connection. */
export interface ClientLinkHost {
  readonly runtime: Runtime
  /** How long requests wait unless told otherwise. */
  readonly timeoutMs: number
  /** The longest frame that the front takes; 0 where it has not said it yet. */
  readonly frameBytesMax: number
  readonly processor: {
    drain(): void
    /** Live for the first time. */
    ready(link: ClientLink): void
    told(link: ClientLink, is: boolean, reason: Reason | null): void
  }
  send(frame: LinkFrame): void
  /** It is to be opened again, after so many failures in a row. */
  again(link: ClientLink, failures: number): void
  /** Something was heard of it, and may have been seen. */
  heard(link: ClientLink): void
  closed(link: ClientLink, reason: Reason, message: string): void
}

type Listening = () => void

/** What listeners hear. Those of the channel's events are kept apart by a blank, which no other kind has. */
type Heard = {
  readonly [event: `on ${string}`]: readonly [payload: unknown]
  readonly onStatus: readonly [status: EndStatus, reason: Reason | null]
  readonly onChange: readonly [state: object, version: number]
  readonly onReset: readonly [reason: Reason]
  readonly onRefused: readonly [n: number, error: CentrumError]
  readonly onMissed: readonly [missed: Missed]
}

export class ClientLink {
  readonly id: string
  /** The connection's, not for users: the types that they see do not have it. */
  readonly end: LinkEnd
  readonly #host: ClientLinkHost
  readonly #log: Log
  readonly #mirror = new PlainMirror()
  readonly #listeners: Listeners<Heard>
  #status: EndStatus = 'stalled'
  #reason: Reason | null = null
  #wasLive = false
  #reply: unknown = undefined
  #warned = false

  /** `opening`: who waits for it to be live. */
  constructor(host: ClientLinkHost, options: LinkEndOptions, opening: Waiting<ClientLink>) {
    this.id = options.channelId
    this.#host = host
    this.#log = host.runtime.log.with({ channel: this.id })
    this.#listeners = new Listeners(this.#log)
    this.end = new LinkEnd(options, this.#holder(opening))
  }

  get state(): object {
    return this.#mirror.state as object
  }

  get version(): number {
    return this.end.version
  }

  get epoch(): number {
    return this.end.epoch
  }

  get reply(): unknown {
    return this.#reply
  }

  get status(): EndStatus {
    return this.#status
  }

  /** Why it is not live; null where it is. */
  get reason(): Reason | null {
    return this.#reason
  }

  get acknowledged(): number {
    return this.end.acknowledged
  }

  onStatus(listener: (...heard: Heard['onStatus']) => void): Listening {
    return this.#listeners.add('onStatus', listener)
  }

  onChange(listener: (...heard: Heard['onChange']) => void): Listening {
    return this.#listeners.add('onChange', listener)
  }

  onReset(listener: (...heard: Heard['onReset']) => void): Listening {
    return this.#listeners.add('onReset', listener)
  }

  onRefused(listener: (...heard: Heard['onRefused']) => void): Listening {
    return this.#listeners.add('onRefused', listener)
  }

  onMissed(listener: (...heard: Heard['onMissed']) => void): Listening {
    return this.#listeners.add('onMissed', listener)
  }

  on(event: string, listener: (payload: unknown) => void): Listening {
    return this.#listeners.add(`on ${event}`, listener)
  }

  send(message: string, payload?: unknown): number {
    const bytes = encodePayload(payload, `the message '${message}'`)
    expectFits(message, bytes, this.#host.frameBytesMax)
    return this.end.send(message, bytes)
  }

  request(name: string, input?: unknown, settings: WaitSettings = {}): Promise<unknown> {
    const describe = (): string => {
      const why = this.#status === 'live' ? '' : ` (the link is ${this.#status}: ${String(this.#reason)})`
      return `the request '${name}' to '${this.id}' was not answered${why}`
    }
    return waitFor(this.#host, settings, describe, (waiting) => {
      const bytes = encodePayload(input, `the input of the request '${name}'`)
      expectFits(name, bytes, this.#host.frameBytesMax)
      const n = this.end.request(name, bytes, {
        answer: (result) => waiting.resolve(this.#decode(name, result)),
        failed: waiting.reject,
      })
      return () => this.end.withdraw(n)
    })
  }

  unlink(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#status === 'closed') {
        resolve()
        return
      }
      this.onStatus((status) => {
        if (status === 'closed') resolve()
      })
      this.end.unlink()
    })
  }

  #holder(opening: Waiting<ClientLink>): LinkHolder {
    const host = this.#host
    return {
      send: (frame) => host.send(frame),
      linked: ({ reply }) => {
        this.#reply = reply === null ? undefined : this.#decode('reply', reply)
      },
      load: ({ encoding, bytes }) => {
        if (encoding !== 0) throw new DecodeError(`unknown encoding ${encoding}`)
        this.#mirror.load(bytes)
      },
      patch: (patch) => this.#mirror.patch(patch),
      changed: (version) => this.#listeners.call('onChange', this.state, version),
      acknowledged: () => host.processor.drain(),
      event: (name, payload) => {
        const kind = `on ${name}` as const
        if (this.#listeners.has(kind)) this.#listeners.call(kind, this.#decode(name, payload))
      },
      status: (status, reason, message) => this.#statusIs(status, reason, message, opening),
      reset: (reason) => this.#listeners.call('onReset', reason),
      missed: (missed) => this.#listeners.call('onMissed', missed),
      refused: (n, error) => this.#refused(n, error),
      processor: (is, reason) => host.processor.told(this, is, reason),
      again: (failures) => host.again(this, failures),
    }
  }

  #statusIs(status: EndStatus, reason: Reason | null, message: string, opening: Waiting<ClientLink>): void {
    const host = this.#host
    this.#status = status
    this.#reason = reason
    if (status === 'live' && !this.#wasLive) {
      this.#wasLive = true
      host.processor.ready(this)
      opening.resolve(this)
      // What comes behind is handed on after the code behind `await link()` has run.
      host.runtime.clock.soon(() => {
        this.end.go()
        host.heard(this)
      })
    }
    if (status === 'closed' && reason !== null) {
      host.closed(this, reason, message)
      opening.reject(new CentrumError(reason, message || `the link to '${this.id}' ended: ${reason}`))
    }
    this.#listeners.call('onStatus', status, reason)
  }

  #refused(n: number, error: CentrumError): void {
    this.#listeners.call('onRefused', n, error)
    if (this.#warned || this.#listeners.has('onRefused')) return
    this.#warned = true
    const { code, message } = error
    this.#log.warn('message-refused', { n, code, message, hint: 'said once a link: listen with onRefused' })
  }

  /** Undefined, and a line in the log, for what cannot be read: the server has another idea of what a payload is. */
  #decode(what: string, bytes: Uint8Array): unknown {
    try {
      return decodeValue(bytes)
    } catch (error) {
      this.#log.error('undecodable', { what, error })
      return undefined
    }
  }
}
