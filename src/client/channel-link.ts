/**
 * A client's link to a channel as its user sees it: the state as a plain object, listeners, messages and requests. What
 * keeps it alive is `LinkEnd`; what carries it, the connection. Implements `ChannelLink` without its types.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import { type LinkEnd, newLinkEnd } from '../session/link-end.js'
import type { EndStatus, LinkFrame, Missed } from '../session/link-holder.js'
import { PlainMirror } from '../state/mirror/plain-mirror.js'
import { DecodeError } from '../value/decode-error.js'
import { decodeValue } from '../value/decode-value.js'
import { newListeners } from './listeners.js'
import { encodePayload } from './payload.js'
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

export interface ClientLink {
  readonly id: string
  /** The connection's, not for users: the types that they see do not have it. */
  readonly end: LinkEnd
  readonly state: object
  readonly version: number
  readonly epoch: number
  readonly reply: unknown
  readonly status: EndStatus
  /** Why it is not live; null where it is. */
  readonly reason: Reason | null
  readonly acknowledged: number
  onStatus(listener: (...heard: Heard['onStatus']) => void): Listening
  onChange(listener: (...heard: Heard['onChange']) => void): Listening
  onReset(listener: (...heard: Heard['onReset']) => void): Listening
  onRefused(listener: (...heard: Heard['onRefused']) => void): Listening
  onMissed(listener: (...heard: Heard['onMissed']) => void): Listening
  on(event: string, listener: (payload: unknown) => void): Listening
  send(message: string, payload?: unknown): number
  request(name: string, input?: unknown, settings?: WaitSettings): Promise<unknown>
  unlink(): Promise<void>
}

/** `opening`: who waits for it to be live. */
export function newClientLink(host: ClientLinkHost, options: LinkEndOptions, opening: Waiting<ClientLink>): ClientLink {
  const id = options.channelId
  const log = host.runtime.log.with({ channel: id })
  const listeners = newListeners<Heard>(log)
  const mirror = new PlainMirror()
  let reason: Reason | null = null
  let reply: unknown = undefined
  let wasLive = false
  let warned = false

  /** Undefined, and a line in the log, for what cannot be read: the server has another idea of what a payload is. */
  const decode = (what: string, bytes: Uint8Array): unknown => {
    try {
      return decodeValue(bytes)
    } catch (error) {
      log.error('undecodable', { what, error })
      return undefined
    }
  }

  const end = newLinkEnd(options, {
    send: (frame) => host.send(frame),
    linked(linked) {
      reply = linked.reply === null ? undefined : decode('reply', linked.reply)
    },
    load({ encoding, bytes }) {
      if (encoding !== 0) throw new DecodeError(`unknown encoding ${encoding}`)
      mirror.load(bytes)
    },
    patch: (patch) => mirror.patch(patch),
    changed: (version) => listeners.call('onChange', mirror.state as object, version),
    acknowledged: () => host.processor.drain(),
    event(name, payload) {
      const kind = `on ${name}` as const
      if (listeners.has(kind)) listeners.call(kind, decode(name, payload))
    },
    status(status, because, message) {
      reason = because
      if (status === 'live' && !wasLive) {
        wasLive = true
        host.processor.ready(link)
        opening.resolve(link)
        // What comes behind is handed on after the code behind `await link()` has run.
        host.runtime.clock.soon(() => {
          end.go()
          host.heard(link)
        })
      }
      if (status === 'closed' && reason !== null) {
        host.closed(link, reason, message)
        opening.reject(new CentrumError(reason, message || `the link to '${id}' ended: ${reason}`))
      }
      listeners.call('onStatus', status, reason)
    },
    reset: (because) => listeners.call('onReset', because),
    missed: (missed) => listeners.call('onMissed', missed),
    refused(n, error) {
      listeners.call('onRefused', n, error)
      if (warned || listeners.has('onRefused')) return
      warned = true
      const { code, message } = error
      log.warn('message-refused', { n, code, message })
    },
    processor: (is, because) => host.processor.told(link, is, because),
    again: (failures) => host.again(link, failures),
  })

  const listen =
    <K extends keyof Heard>(kind: K) =>
    (listener: (...heard: Heard[K]) => void): Listening =>
      listeners.add(kind, listener)

  const link: ClientLink = {
    id,
    end,
    get state() {
      return mirror.state as object
    },
    get version() {
      return end.at.version
    },
    get epoch() {
      return end.at.epoch
    },
    get reply() {
      return reply
    },
    get status() {
      return end.status ?? 'stalled'
    },
    get reason() {
      return reason
    },
    get acknowledged() {
      return end.acknowledged
    },
    onStatus: listen('onStatus'),
    onChange: listen('onChange'),
    onReset: listen('onReset'),
    onRefused: listen('onRefused'),
    onMissed: listen('onMissed'),
    on: (event, listener) => listeners.add(`on ${event}`, listener),
    send: (message, payload) => end.send(message, encodePayload('message', message, payload, host.frameBytesMax)),
    request(name, input, settings = {}) {
      const describe = (): string => {
        const why = end.status === 'live' ? '' : ` (the link is ${link.status}: ${String(reason)})`
        return `the request '${name}' to '${id}' was not answered${why}`
      }
      return waitFor(host, settings, describe, ({ resolve, reject }) => {
        const n = end.send(name, encodePayload('request', name, input, host.frameBytesMax), {
          answer: (result) => resolve(decode(name, result)),
          failed: reject,
        })
        return () => end.withdraw(n)
      })
    },
    unlink: () =>
      new Promise((resolve) => {
        if (end.status === 'closed') return resolve()
        link.onStatus((status) => {
          if (status === 'closed') resolve()
        })
        end.unlink()
      }),
  }
  return link
}
