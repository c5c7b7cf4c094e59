/**
 * What a client's link shows its user, as its end moves it: the state, the reply, and who listens to what. Payloads are decoded only where
 * somebody listens. Knows nothing of what the user calls.
 */
import type { Keyframe } from '../protocol/blocks.js'
import type { CentrumError } from '../protocol/errors.js'
import type { LinkedState, Shown } from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import { LinkEnd } from '../session/link-end.js'
import type { EndStatus, LinkCarrier, LinkHolder, Missed } from '../session/link-holder.js'
import { type Listeners, newListeners } from '../session/listeners.js'
import type { Key } from '../state/format/fields.js'
import type { ChangeHandlers, HandlerFailed } from '../state/mirror/watch.js'
import { DecodeError } from '../value/decode-error.js'
import { decodeValue } from '../value/decode-value.js'
import { developmentHelp } from './development-help.js'

/** What listeners are called with. Those of the channel's events are kept apart by a blank, which no other kind has. */
export type LinkCalls = {
  readonly [event: `on ${string}`]: readonly [payload: unknown]
  readonly onStatus: readonly [status: EndStatus, reason: Reason | null]
  readonly onChange: readonly [state: object, version: number]
  readonly onReset: readonly [reason: ResetReason, reset: Reset]
  readonly onRefused: readonly [clientSeq: number, error: CentrumError]
  readonly onMissed: readonly [missed: Missed]
}

/** Holds a link's state. A plain one has only what is not optional: bundles leave the rest out. */
export interface ViewMirror {
  readonly state: unknown
  load(keyframe: Uint8Array): void
  patch(patch: Uint8Array): void
  /** Tells handlers what the last of these changed. */
  tell?(failed: HandlerFailed): void
  on?(path: readonly Key[], handlers: ChangeHandlers, failed: HandlerFailed): () => void
  snapshot?(): object
}

export interface LinkViewHost {
  readonly runtime: Runtime
  readonly newMirror: () => ViewMirror
  /** Milliseconds since 1970 by the server's clock, as far as known. */
  serverNow(): number
}

export class LinkView implements LinkHolder {
  readonly end: LinkEnd
  readonly #log: Log
  readonly listeners: Listeners<LinkCalls>
  readonly mirror: ViewMirror
  readonly #help = developmentHelp()
  reply: unknown = undefined
  changedAt = 0
  readonly #host: LinkViewHost
  /** Refusals that nobody listened to. */
  #unheard = 0
  #isShownWanted = false
  /** The names of the channel's events, where its back says them. */
  #declared: readonly string[] | null = null

  constructor(host: LinkViewHost, options: LinkEndOptions, carrier: LinkCarrier) {
    this.#host = host
    this.mirror = host.newMirror()
    this.#log = host.runtime.log.with({ channel: options.channelId })
    this.listeners = newListeners<LinkCalls>(this.#log)
    this.end = new LinkEnd(options, this, carrier)
  }

  /** The live state, in development as a view that refuses writes. */
  get state(): object {
    const state = this.mirror.state as object
    return (this.#host.runtime.isDevelopment && this.#help?.view(state)) || state
  }

  /** Undefined, and a line in the log, for what cannot be read: the server has another idea of what a payload is. */
  decode(what: string, bytes: Uint8Array): unknown {
    try {
      return decodeValue(bytes)
    } catch (error) {
      this.#log.error('event.decode-failed', { what, error })
      return undefined
    }
  }

  /** Says in the log what listens to an event that the channel does not declare. */
  expectEvent(name: string): void {
    const declared = this.#declared
    if (declared?.includes(name) !== false) return
    this.#log.warn('event.unknown', { name, closest: this.#help?.closest(name, declared) ?? null, declared })
  }

  /** A handler of changes threw. */
  readonly failed: HandlerFailed = (error, listener) => this.#log.error('listener.failed', { listener, error })

  shown(): Shown | undefined {
    if (!this.#isShownWanted) return undefined
    return {
      version: this.end.at.version,
      forMs: Math.max(0, Math.round(this.#host.serverNow() - this.changedAt)),
    }
  }

  linked({ wantsShown, eventNames, reply }: LinkedState): void {
    this.#isShownWanted = wantsShown
    this.#declared = eventNames
    this.reply = reply === null ? undefined : this.decode('reply', reply)
  }

  load({ encoding, bytes }: Keyframe): void {
    if (encoding !== 0) throw new DecodeError(`unknown encoding ${encoding}`)
    this.mirror.load(bytes)
  }

  patch(patch: Uint8Array): void {
    this.mirror.patch(patch)
  }

  changed(version: number): void {
    this.changedAt = this.#host.serverNow()
    this.mirror.tell?.(this.failed)
    this.listeners.call('onChange', this.state, version)
  }

  event(name: string, payload: Uint8Array): void {
    const kind = `on ${name}` as const
    if (this.listeners.has(kind)) this.listeners.call(kind, this.decode(name, payload))
  }

  status(status: EndStatus, reason: Reason | null): void {
    this.listeners.call('onStatus', status, reason)
  }

  reset(reason: ResetReason, reset: Reset): void {
    this.listeners.call('onReset', reason, reset)
  }

  missed(missed: Missed): void {
    this.listeners.call('onMissed', missed)
  }

  refused(clientSeq: number, error: CentrumError): void {
    if (this.listeners.call('onRefused', clientSeq, error)) return
    const count = ++this.#unheard
    // The first, the second, the fourth …: each is counted, and not each is a line.
    if ((count & (count - 1)) !== 0) return
    const { code, message } = error
    this.#log.warn('message.refused', { clientSeq, code, message, count })
  }
}
