/**
 * A client's link to a channel as its user sees it: the state as a plain object, listeners, messages and requests. `LinkEnd` keeps the
 * link alive; the connection carries it. Implements `ChannelLink` without its types.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Key } from '../state/format/fields.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import type { LinkEnd } from '../session/link-end.js'
import type { EndStatus, LinkCarrier } from '../session/link-holder.js'
import type { LinkSet } from '../session/link-set.js'
import type { WaitOptions } from '../session/wait-for.js'
import type { ChangeHandlers } from '../state/mirror/watch.js'
import { type LinkCalls, LinkView, type LinkViewHost } from './link-view.js'
import { encodePayload } from './payload.js'

/** What a link needs of its connection. */
export interface ClientLinkHost extends LinkViewHost {
  /** The longest frame that the front takes; 0 where it is not known yet. */
  readonly frameBytesMax: number
  readonly links: LinkSet<ClientLink>
}

type Listening = () => void
type Listen<Kind extends keyof LinkCalls> = (listener: (...call: LinkCalls[Kind]) => void) => Listening

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
  readonly onStatus: Listen<'onStatus'>
  readonly onChange: Listen<'onChange'>
  readonly onReset: Listen<'onReset'>
  readonly onRefused: Listen<'onRefused'>
  readonly onMissed: Listen<'onMissed'>
  on(event: string, listener: (payload: unknown) => void): Listening
  on(path: readonly Key[], handlers: ChangeHandlers): Listening
  snapshot(): object
  send(message: string, payload?: unknown): number
  request(name: string, input?: unknown, settings?: WaitOptions): Promise<unknown>
  unlink(): Promise<void>
}

export function newClientLink(host: ClientLinkHost, options: LinkEndOptions, carrier: LinkCarrier): ClientLink {
  const view = new LinkView(host, options, carrier)
  const { end, listeners, mirror } = view
  const encode = (what: string, name: string, payload: unknown): Uint8Array =>
    encodePayload(what, name, payload, host.frameBytesMax)
  const listen =
    <K extends keyof LinkCalls>(kind: K): Listen<K> =>
    (listener) =>
      listeners.add(kind, listener)

  const link: ClientLink = {
    id: options.channelId,
    end,
    get state() {
      return view.state
    },
    get version() {
      return end.at.version
    },
    get changedAt() {
      return view.changedAt
    },
    get epoch() {
      return end.at.epoch
    },
    get reply() {
      return view.reply
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
      if (typeof what !== 'string') return mirror.on?.(what, handle as ChangeHandlers, view.failed) ?? isPlain()
      view.expectEvent(what)
      return listeners.add(`on ${what}`, handle as (payload: unknown) => void)
    },
    snapshot: () => (mirror.snapshot ? mirror.snapshot() : isPlain()),
    send: (message, payload) => end.send(message, encode('message', message, payload)),
    request: (name, input, settings = {}) =>
      host.links.request(
        link,
        name,
        () => encode('request', name, input),
        settings,
        (answer) => view.decode(name, answer),
      ),
    unlink: () => host.links.unlink(link),
  }
  return link
}

function isPlain(): never {
  throw new CentrumError('invalid-option', 'connectPlain has no snapshots and no handlers of paths: use connect.')
}
