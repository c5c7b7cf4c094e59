/**
 * A client's link to a channel as its user sees it: the state as a plain object, listeners, messages and requests. `LinkEnd` keeps the
 * link alive; the connection carries it. Implements `ChannelLink` without its types.
 */
import type { Key } from '../state/format/fields.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import { LinkEnd } from '../session/link-end.js'
import type { EndStatus, LinkCarrier, LinkHolder, Missed } from '../session/link-holder.js'
import type { LinkSet } from '../session/link-set.js'
import { newListeners } from '../session/listeners.js'
import type { WaitOptions } from '../session/wait-for.js'
import type { ChangeHandlers } from '../state/mirror/watch.js'
import { WatchedMirror } from '../state/mirror/watched-mirror.js'
import { DecodeError } from '../value/decode-error.js'
import { decodeValue } from '../value/decode-value.js'
import { developmentHelp } from './development-help.js'
import { encodePayload } from './payload.js'

/** What a link needs of its connection. */
export interface ClientLinkHost {
  readonly runtime: Runtime
  /** The longest frame that the front takes; 0 where it is not known yet. */
  readonly frameBytesMax: number
  readonly links: LinkSet<ClientLink>
  /** Milliseconds since 1970 by the server's clock, as far as known. */
  serverNow(): number
}

type Listening = () => void

/** What listeners are called with. Those of the channel's events are kept apart by a blank, which no other kind has. */
type Calls = {
  readonly [event: `on ${string}`]: readonly [payload: unknown]
  readonly onStatus: readonly [status: EndStatus, reason: Reason | null]
  readonly onChange: readonly [state: object, version: number]
  readonly onReset: readonly [reason: ResetReason, reset: Reset]
  readonly onRefused: readonly [clientSeq: number, error: CentrumError]
  readonly onMissed: readonly [missed: Missed]
}

export interface ClientLink {
  readonly id: string
  /** The connection's, not for users: the types that they see do not have it. */
  readonly end: LinkEnd
  readonly state: object
  readonly version: number
  readonly changedAt: number
  readonly epoch: number
  readonly reply: unknown
  readonly status: EndStatus
  readonly acknowledged: number
  onStatus(listener: (...call: Calls['onStatus']) => void): Listening
  onChange(listener: (...call: Calls['onChange']) => void): Listening
  onReset(listener: (...call: Calls['onReset']) => void): Listening
  onRefused(listener: (...call: Calls['onRefused']) => void): Listening
  onMissed(listener: (...call: Calls['onMissed']) => void): Listening
  on(event: string, listener: (payload: unknown) => void): Listening
  on(path: readonly Key[], handlers: ChangeHandlers): Listening
  snapshot(): object
  send(message: string, payload?: unknown): number
  request(name: string, input?: unknown, settings?: WaitOptions): Promise<unknown>
  unlink(): Promise<void>
}

export function newClientLink(host: ClientLinkHost, options: LinkEndOptions, carrier: LinkCarrier): ClientLink {
  const id = options.channelId
  const log = host.runtime.log.with({ channel: id })
  const listeners = newListeners<Calls>(log)
  const mirror = new WatchedMirror<object>()
  const help = developmentHelp()
  const shown = (host.runtime.isDevelopment && help?.view) || (<V>(state: V): V => state)
  let reply: unknown = undefined
  let unheard = 0
  let changedAt = 0
  let isShownWanted = false
  /** The names of the channel's events, where its back says them. */
  let declared: readonly string[] | null = null

  /** Undefined, and a line in the log, for what cannot be read: the server has another idea of what a payload is. */
  const decode = (what: string, bytes: Uint8Array): unknown => {
    try {
      return decodeValue(bytes)
    } catch (error) {
      log.error('event.decode-failed', { what, error })
      return undefined
    }
  }

  const holder: LinkHolder = {
    shown() {
      if (!isShownWanted) return undefined
      return { version: end.at.version, forMs: Math.max(0, Math.round(host.serverNow() - changedAt)) }
    },
    linked(linked) {
      isShownWanted = linked.wantsShown
      declared = linked.eventNames
      reply = linked.reply === null ? undefined : decode('reply', linked.reply)
    },
    load({ encoding, bytes }) {
      if (encoding !== 0) throw new DecodeError(`unknown encoding ${encoding}`)
      mirror.load(bytes)
    },
    patch: (patch) => mirror.patch(patch),
    changed(version) {
      changedAt = host.serverNow()
      mirror.tell()
      listeners.call('onChange', shown(mirror.state), version)
    },
    event(name, payload) {
      const kind = `on ${name}` as const
      if (listeners.has(kind)) listeners.call(kind, decode(name, payload))
    },
    status: (status, reason) => listeners.call('onStatus', status, reason),
    reset: (reason, reset) => listeners.call('onReset', reason, reset),
    missed: (missed) => listeners.call('onMissed', missed),
    refused(clientSeq, error) {
      if (listeners.call('onRefused', clientSeq, error)) return
      const count = ++unheard
      // The first, the second, the fourth …: each is counted, and not each is a line.
      if ((count & (count - 1)) !== 0) return
      const { code, message } = error
      log.warn('message.refused', { clientSeq, code, message, count })
    },
  }
  const end = new LinkEnd(options, holder, carrier)
  const encode = (what: string, name: string, payload: unknown): Uint8Array =>
    encodePayload(what, name, payload, host.frameBytesMax)
  const listen =
    <K extends keyof Calls>(kind: K) =>
    (listener: (...call: Calls[K]) => void): Listening =>
      listeners.add(kind, listener)

  const link: ClientLink = {
    id,
    end,
    get state() {
      return shown(mirror.state)
    },
    get version() {
      return end.at.version
    },
    get changedAt() {
      return changedAt
    },
    get epoch() {
      return end.at.epoch
    },
    get reply() {
      return reply
    },
    get status() {
      return end.ending ? 'closed' : (end.status ?? 'stalled')
    },
    get acknowledged() {
      return end.acknowledged
    },
    onStatus: listen('onStatus'),
    onChange: listen('onChange'),
    onReset: listen('onReset'),
    onRefused: listen('onRefused'),
    onMissed: listen('onMissed'),
    on(what: string | readonly Key[], handle: ChangeHandlers | ((payload: unknown) => void)) {
      if (typeof what !== 'string') return mirror.on(what, guarded(log, handle as ChangeHandlers))
      if (declared?.includes(what) === false) {
        log.warn('event.unknown', { name: what, closest: help?.closest(what, declared) ?? null, declared })
      }
      return listeners.add(`on ${what}`, handle as (payload: unknown) => void)
    },
    snapshot: () => mirror.snapshot(),
    send: (message, payload) => end.send(message, encode('message', message, payload)),
    request: (name, input, settings = {}) =>
      host.links.request(
        link,
        name,
        () => encode('request', name, input),
        settings,
        (answer) => decode(name, answer),
      ),
    unlink: () => host.links.unlink(link),
  }
  return link
}

/** The same handlers, of which one that throws is reported and disturbs no other. */
function guarded(log: Log, handlers: ChangeHandlers): ChangeHandlers {
  const guard =
    (kind: keyof ChangeHandlers) =>
    (...change: [value: unknown, key: Key, container: object]): void => {
      try {
        handlers[kind]?.(...change)
      } catch (error) {
        log.error('listener.failed', { listener: kind, error })
      }
    }
  return { add: guard('add'), change: guard('change'), remove: guard('remove') }
}
