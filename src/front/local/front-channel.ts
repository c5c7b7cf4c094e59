/**
 * `front.channel(id)`: a session of the front's own with a channel. State arrives as the owner encoded it; messages are those that fronts
 * may send. Knows nothing of clients.
 */
import type { ChannelContract } from '../../channel/channel-contract.js'
import type { LinkStatus } from '../../channel/client-api.js'
import type { StatePosition } from '../../channel/front-api.js'
import { CentrumError } from '../../protocol/errors.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Reset, ResetReason } from '../../protocol/reset.js'
import type { Log } from '../../runtime/runtime.js'
import type { Missed } from '../../session/link-holder.js'
import { type Listeners, newListeners } from '../../session/listeners.js'
import type { WaitOptions } from '../../session/wait-for.js'
import { decodeValue } from '../../value/decode-value.js'
import { LocalLink, type LocalLinkListener } from './local-link.js'
import type { LocalSession } from './local-session.js'
import { encodeOwnPayload, expectMessage, expectRequest } from './expect-message.js'

/** What a front's own channel needs of its master. */
export interface FrontChannelHost {
  readonly log: Log
  readonly payloadBytesMax: number
  /** The session of all of the front's own channels. Throws a `CentrumError` `stopped` where the front stopped. */
  session(): LocalSession
  /** A link of this channel was opened, or is closed. */
  opened(channel: FrontChannel): void
  closed(channel: FrontChannel): void
}

type Calls = {
  readonly onPatch: readonly [Uint8Array, StatePosition]
  readonly onKeyframe: readonly [Uint8Array, StatePosition]
  readonly onEvent: readonly [string, unknown]
  readonly onStatus: readonly [LinkStatus, Reason | null]
  readonly onReset: readonly [ResetReason, Reset]
  readonly onMissed: readonly [Missed]
  readonly onRefused: readonly [number, CentrumError]
}

export class FrontChannel {
  readonly id: string
  readonly #contract: ChannelContract
  readonly #host: FrontChannelHost
  readonly #listeners: Listeners<Calls>
  #linked: { readonly session: LocalSession; readonly link: LocalLink } | null = null
  #position: StatePosition = { epoch: 0, version: 0 }

  constructor(id: string, contract: ChannelContract, host: FrontChannelHost) {
    this.id = id
    this.#contract = contract
    this.#host = host
    this.#listeners = newListeners(host.log)
  }

  /** The owner's epoch; 0 before the first link. */
  get epoch(): number {
    return (this.#linked?.link.position ?? this.#position).epoch
  }

  /** Counts the channel's published turns; 0 before the first link. */
  get version(): number {
    return (this.#linked?.link.position ?? this.#position).version
  }

  get status(): LinkStatus {
    return this.#linked === null ? 'closed' : (this.#linked.link.end.status ?? 'stalled')
  }

  /**
   * Links, and resolves with the encoded state: a keyframe, as the owner made it. What follows it goes to listeners that are
   * there when the code behind `await link()` has run. Rejects with a `CentrumError`: `already-linked`, `timeout` (10,000 ms
   * unless given), `aborted`, or why the channel refused.
   */
  async link(settings: WaitOptions = {}): Promise<Uint8Array> {
    if (this.#linked?.link.end.ending === false) {
      throw new CentrumError(
        'already-linked',
        `This front's channel '${this.id}' is already linked. Listen to onPatch, or unlink first.`,
      )
    }
    const session = this.#host.session()
    const request = { options: null, processor: false }
    const link = await session.link(this.id, request, settings, (options, carrier) => {
      const made: LocalLink = new LocalLink(
        options,
        carrier,
        this.#host.log,
        this.#listenerOf(() => made),
      )
      this.#linked = { session, link: made }
      this.#host.opened(this)
      return made
    })
    return link.takeFirst().encodedState
  }

  /** Of a link that was given up and has been replaced by another nothing is handed on. */
  #listenerOf(link: () => LocalLink): LocalLinkListener {
    const call: Listeners<Calls>['call'] = (kind, ...args) =>
      this.#linked?.link === link() && this.#listeners.call(kind, ...args)
    return {
      keyframe: (encodedState, position) => void call('onKeyframe', encodedState, position),
      patch: (patch, position) => void call('onPatch', patch, position),
      event: (name, payload) => void call('onEvent', name, payload),
      reset: (reason, reset) => void call('onReset', reason, reset),
      missed: (missed) => void call('onMissed', missed),
      refused: (clientSeq, error) => call('onRefused', clientSeq, error),
      status: (status, reason) => {
        if (this.#linked?.link !== link()) return
        if (status === 'closed') {
          this.#position = link().position
          this.#linked = null
          this.#host.closed(this)
        }
        this.#listeners.call('onStatus', status, reason)
      },
    }
  }

  /** Resolves when the channel has let go of the front. */
  async unlink(): Promise<void> {
    await this.#linked?.session.unlink(this.#linked.link)
  }

  /** Each patch, as the owner encoded it. Patches follow each other without gaps: where one is missed, `onKeyframe` comes instead. */
  onPatch(listener: (patch: Uint8Array, position: StatePosition) => void): () => void {
    return this.#listeners.add('onPatch', listener)
  }

  /** The encoded state anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (encodedState: Uint8Array, position: StatePosition) => void): () => void {
    return this.#listeners.add('onKeyframe', listener)
  }

  onEvent(listener: (name: string, payload: unknown) => void): () => void {
    return this.#listeners.add('onEvent', listener)
  }

  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): () => void {
    return this.#listeners.add('onStatus', listener)
  }

  /** The channel began anew (`reset`), or had given the front up (`session-expired`): what was not acknowledged is refused as `unknown`. */
  onReset(listener: (reason: ResetReason, reset: Reset) => void): () => void {
    return this.#listeners.add('onReset', listener)
  }

  /** A keyframe came instead of patches: the events of these versions did not arrive. */
  onMissed(listener: (missed: Missed) => void): () => void {
    return this.#listeners.add('onMissed', listener)
  }

  /** Message clientSeq had no effect, and why. Without a listener it is logged. */
  onRefused(listener: (clientSeq: number, error: CentrumError) => void): () => void {
    return this.#listeners.add('onRefused', listener)
  }

  /**
   * Sends a message that is declared `internal` or `broadcastable`; returns its number. Throws a `CentrumError`: `not-linked`,
   * `not-declared`, `not-permitted`, `not-encodable`, `too-large` or `buffer-full`.
   */
  send(message: string, payload?: unknown): number {
    const where = `send to '${this.id}'`
    expectMessage(this.#contract, where, message)
    const { link } = this.#expectLinked(where)
    return link.end.send(message, encodeOwnPayload(where, payload, this.#host.payloadBytesMax))
  }

  /** Makes a request that is declared `internal`. Rejects with a `CentrumError`. */
  async request(request: string, input?: unknown, settings: WaitOptions = {}): Promise<unknown> {
    const where = `request to '${this.id}'`
    expectRequest(this.#contract, where, request)
    const { session, link } = this.#expectLinked(where)
    const payload = encodeOwnPayload(where, input, this.#host.payloadBytesMax)
    return await session.links.request(link, request, () => payload, settings, decodeValue)
  }

  #expectLinked(where: string): { readonly session: LocalSession; readonly link: LocalLink } {
    if (this.#linked !== null) return this.#linked
    throw new CentrumError('not-linked', `${where}: it is not linked. Call await link() first.`)
  }
}
