/**
 * `front.client(…)`: a client whose connection belongs to the application: its links, and which of them is its processor. State arrives
 * as the owners encoded it. Knows nothing of the connection.
 */
import type { App } from '../../channel/app.js'
import type { LinkStatus } from '../../channel/client-api.js'
import type { StatePosition } from '../../channel/front-api.js'
import { CentrumError } from '../../protocol/errors.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Reset, ResetReason } from '../../protocol/reset.js'
import type { Runtime } from '../../runtime/runtime.js'
import type { Missed } from '../../session/link-holder.js'
import { type Listeners, newListeners } from '../../session/listeners.js'
import type { WaitOptions } from '../../session/wait-for.js'
import { decodeValue } from '../../value/decode-value.js'
import type { FrontPort } from '../../relay/front-port.js'
import { type FirstState, LocalLink, type LocalLinkListener } from './local-link.js'
import { LocalSession } from './local-session.js'
import { encodeOwnPayload, expectClientMessage, expectClientRequest } from './expect-message.js'

export interface FrontClientHost {
  readonly runtime: Runtime
  readonly payloadBytesMax: number
  readonly port: FrontPort
  /** The session is over. */
  disconnected(client: FrontClient): void
}

export interface ClientLinkOptions extends WaitOptions {
  readonly options?: unknown
  readonly processor?: boolean
}

type Calls = {
  readonly onPatch: readonly [string, Uint8Array, StatePosition]
  readonly onKeyframe: readonly [string, Uint8Array, StatePosition]
  readonly onEvent: readonly [string, string, unknown]
  readonly onStatus: readonly [string, LinkStatus, Reason | null]
  readonly onReset: readonly [string, ResetReason, Reset]
  readonly onMissed: readonly [string, Missed]
  readonly onRefused: readonly [string, CentrumError]
}

export class FrontClient {
  readonly id: string
  readonly userId: string
  readonly #app: App
  readonly #host: FrontClientHost
  readonly #session: LocalSession
  readonly #listeners: Listeners<Calls>

  constructor(app: App, identity: Identity, host: FrontClientHost) {
    const { port, runtime } = host
    this.id = identity.sessionId
    this.userId = identity.userId
    this.#app = app
    this.#host = host
    this.#listeners = newListeners(runtime.log)
    this.#session = new LocalSession({
      port,
      identity,
      connectionAttempt: 1,
      runtime,
      onlyWithLinks: false,
      lastLinkNumber: 0,
      ended: () => host.disconnected(this),
      unsent: (to, count, error) => this.#unsent(to.id, count, error),
    })
  }

  /** The id of the channel that processes what `send` sends; null for none. */
  get processor(): string | null {
    return this.#session.links.processor.current?.id ?? null
  }

  /**
   * Links to a channel, and resolves with its encoded state and the channel's reply. With `processor` it becomes the
   * processor as soon as it is linked. Rejects with a `CentrumError`: `already-linked`, `timeout` (10,000 ms unless given),
   * `aborted`, `not-encodable`, `too-large`, or why the channel refused.
   */
  async link(channelId: string, settings: ClientLinkOptions = {}): Promise<FirstState> {
    const { options, processor = false } = settings
    const where = `link to '${channelId}'`
    const encoded = options === undefined ? null : encodeOwnPayload(where, options, this.#host.payloadBytesMax)
    const request = { options: encoded, processor }
    const link = await this.#session.link(channelId, request, settings, (end, carrier) => {
      const made: LocalLink = new LocalLink(
        end,
        carrier,
        this.#host.runtime.log,
        this.#listenerOf(channelId, () => made),
      )
      return made
    })
    return link.takeFirst()
  }

  /** Of a link that was given up and has been replaced by another nothing is handed on. */
  #listenerOf(channelId: string, link: () => LocalLink): LocalLinkListener {
    const { links } = this.#session
    const call: Listeners<Calls>['call'] = (kind, ...args) =>
      (links.get(channelId) ?? link()) === link() && this.#listeners.call(kind, ...args)
    return {
      keyframe: (encodedState, position) => void call('onKeyframe', channelId, encodedState, position),
      patch: (patch, position) => void call('onPatch', channelId, patch, position),
      event: (name, payload) => void call('onEvent', channelId, name, payload),
      status: (status, reason) => void call('onStatus', channelId, status, reason),
      reset: (reason, reset) => void call('onReset', channelId, reason, reset),
      missed: (missed) => void call('onMissed', channelId, missed),
      refused: (_, error) => call('onRefused', channelId, error),
    }
  }

  #unsent(channelId: string, count: number, error: CentrumError): void {
    for (let i = 0; i < count; i++) {
      if (this.#listeners.call('onRefused', channelId, error)) continue
      const why = error.message
      this.#host.runtime.log.warn('message.dropped', { client: this.id, channel: channelId, count, why })
      return
    }
  }

  /** Resolves when the channel has let go of the client; at once where it is not linked. */
  async unlink(channelId: string): Promise<void> {
    const link = this.#session.links.get(channelId)
    if (link !== undefined) await this.#session.unlink(link)
  }

  /**
   * Makes a linked channel the processor, or none. What is sent from here on goes to it, and waits until it has taken over;
   * should it not, `onRefused` reports each message. Rejects with a `CentrumError`: `not-linked`, `timeout`, `buffer-full`, or
   * why a channel refused.
   */
  async setProcessor(channelId: string | null): Promise<void> {
    await this.#session.links.processor.set(channelId === null ? null : this.#expectLinked(channelId))
  }

  /**
   * Sends a message to the processor. Throws a `CentrumError`: `no-processor`, `not-linked`,
   * `not-declared`, `not-encodable`, `too-large` or `buffer-full`.
   */
  send(message: string, payload?: unknown): void {
    const where = `send of client '${this.id}'`
    expectClientMessage(this.#app, where, message)
    const bytes = encodeOwnPayload(where, payload, this.#host.payloadBytesMax)
    this.#session.links.processor.send(message, bytes)
  }

  /**
   * Makes a request to a linked channel, and resolves with its answer. Rejects with a `CentrumError`: `not-linked`,
   * `not-declared`, `not-permitted`, `not-encodable`, `too-large`, `buffer-full`, `timeout` (10,000 ms unless given),
   * `aborted`, or why the channel failed to answer.
   */
  async request(channelId: string, request: string, input?: unknown, settings: WaitOptions = {}): Promise<unknown> {
    const where = `request of client '${this.id}' to '${channelId}'`
    const link = this.#expectLinked(channelId)
    expectClientRequest(this.#app, channelId, where, request)
    const payload = encodeOwnPayload(where, input, this.#host.payloadBytesMax)
    return await this.#session.links.request(link, request, () => payload, settings, decodeValue)
  }

  onPatch(listener: (channelId: string, patch: Uint8Array, position: StatePosition) => void): () => void {
    return this.#listeners.add('onPatch', listener)
  }

  /** The encoded state anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (channelId: string, encodedState: Uint8Array, position: StatePosition) => void): () => void {
    return this.#listeners.add('onKeyframe', listener)
  }

  onEvent(listener: (channelId: string, event: string, payload: unknown) => void): () => void {
    return this.#listeners.add('onEvent', listener)
  }

  onStatus(listener: (channelId: string, status: LinkStatus, reason: Reason | null) => void): () => void {
    return this.#listeners.add('onStatus', listener)
  }

  /** A channel began anew (`reset`), or had given the client up (`session-expired`). */
  onReset(listener: (channelId: string, reason: ResetReason, reset: Reset) => void): () => void {
    return this.#listeners.add('onReset', listener)
  }

  /** A keyframe came instead of patches: the events of these versions did not arrive. */
  onMissed(listener: (channelId: string, missed: Missed) => void): () => void {
    return this.#listeners.add('onMissed', listener)
  }

  /** A message had no effect, and why. Without a listener it is logged. */
  onRefused(listener: (channelId: string, error: CentrumError) => void): () => void {
    return this.#listeners.add('onRefused', listener)
  }

  /** Ends the session: all its links are over at once. */
  async disconnect(): Promise<void> {
    this.finish('unlinked', 'The client disconnected.')
  }

  /** The session is over, for this reason. */
  finish(reason: Reason, message: string): void {
    this.#session.finish('end', reason, message)
    this.#host.disconnected(this)
  }

  #expectLinked(channelId: string): LocalLink {
    const link = this.#session.links.get(channelId)
    if (link !== undefined) return link
    throw new CentrumError(
      'not-linked',
      `Client '${this.id}' is not linked to '${channelId}'. Call await link('${channelId}') first.`,
    )
  }
}
