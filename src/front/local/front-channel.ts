/**
 * `front.channel(id)`: a session of the front's own to a channel. State comes as the owner encoded it; messages are those that
 * fronts may send. Knows nothing of clients.
 */
import type { ChannelContract } from '../../channel/channel-contract.js'
import type { LinkStatus } from '../../channel/client-api.js'
import type { StatePosition } from '../../channel/front-api.js'
import { CentrumError } from '../../protocol/errors.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Log } from '../../runtime/runtime.js'
import type { Missed } from '../../session/link-holder.js'
import { Listeners } from './listeners.js'
import { LocalLink } from './local-link.js'
import type { LocalSession } from './local-session.js'
import { encodePayload, expectMessage, expectRequest } from './sendable.js'
import type { WaitOptions } from './wait-limit.js'

/** What a front's own channel needs of its master. */
export interface FrontChannelHost {
  readonly log: Log
  readonly payloadBytesMax: number
  /** A session for one link. Throws a `CentrumError` where another `FrontChannel` of this id is linked, or the front stopped. */
  beginSession(channel: FrontChannel): LocalSession
  endSession(channel: FrontChannel, session: LocalSession): void
  /** Greater than any that this front, or one of its id that ran before, has used. */
  nextLinkNumber(): number
}

export class FrontChannel {
  readonly id: string
  readonly #contract: ChannelContract
  readonly #host: FrontChannelHost
  readonly #patches: Listeners<[Uint8Array, StatePosition]>
  readonly #keyframes: Listeners<[Uint8Array, StatePosition]>
  readonly #events: Listeners<[string, unknown]>
  readonly #statuses: Listeners<[LinkStatus, Reason | null]>
  readonly #resets: Listeners<[Reason]>
  readonly #misses: Listeners<[Missed]>
  readonly #refusals: Listeners<[number, CentrumError]>
  #link: LocalLink | null = null
  #position: StatePosition = { epoch: 0, version: 0 }

  constructor(id: string, contract: ChannelContract, host: FrontChannelHost) {
    this.id = id
    this.#contract = contract
    this.#host = host
    this.#patches = new Listeners(host.log)
    this.#keyframes = new Listeners(host.log)
    this.#events = new Listeners(host.log)
    this.#statuses = new Listeners(host.log)
    this.#resets = new Listeners(host.log)
    this.#misses = new Listeners(host.log)
    this.#refusals = new Listeners(host.log)
  }

  /** The owner's epoch; 0 before the first link. */
  get epoch(): number {
    return this.#link?.end.at.epoch ?? this.#position.epoch
  }

  /** Counts the channel's published turns; 0 before the first link. */
  get version(): number {
    return this.#link?.end.at.version ?? this.#position.version
  }

  get status(): LinkStatus {
    return this.#link === null ? 'closed' : (this.#link.end.status ?? 'stalled')
  }

  /**
   * Links, and resolves with the encoded state: a keyframe, as the owner made it. What comes behind it is told to listeners
   * that are there when the code behind `await link()` has run. Rejects with a `CentrumError`: `already-linked`, `timeout`
   * (10,000 ms unless given), `aborted`, or why the channel refused.
   */
  async link(settings: WaitOptions = {}): Promise<Uint8Array> {
    if (this.#link !== null) {
      throw new CentrumError(
        'already-linked',
        `This front's channel '${this.id}' is linked already. Listen to onPatch, or unlink first.`,
      )
    }
    const session = this.#host.beginSession(this)
    const to = { channelId: this.id, linkNumber: this.#host.nextLinkNumber(), options: undefined, processor: false }
    const link: LocalLink = new LocalLink(session, to, settings, {
      keyframe: (encodedState, position) => this.#keyframes.tell(encodedState, position),
      patch: (patch, position) => this.#patches.tell(patch, position),
      event: (name, payload) => this.#events.tell(name, payload),
      status: (status, reason) => {
        if (status === 'closed') this.#closed(session)
        this.#statuses.tell(status, reason)
      },
      processor: () => {},
      reset: (reason) => this.#resets.tell(reason),
      missed: (missed) => this.#misses.tell(missed),
      refused: (clientSeq, error) => this.#refusals.tell(clientSeq, error),
    })
    // It may have been refused within the call.
    if (link.end.state !== 'closed') this.#link = link
    return (await link.first).encodedState
  }

  #closed(session: LocalSession): void {
    if (this.#link !== null) this.#position = this.#link.position
    this.#link = null
    this.#host.endSession(this, session)
  }

  /** Resolves when the channel has let go of the front. */
  async unlink(): Promise<void> {
    await this.#link?.unlink()
  }

  /** Each patch, as the owner encoded it. Patches follow each other without gaps: where one is missed, `onKeyframe` comes instead. */
  onPatch(listener: (patch: Uint8Array, position: StatePosition) => void): () => void {
    return this.#patches.add(listener)
  }

  /** The encoded state anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (encodedState: Uint8Array, position: StatePosition) => void): () => void {
    return this.#keyframes.add(listener)
  }

  onEvent(listener: (name: string, payload: unknown) => void): () => void {
    return this.#events.add(listener)
  }

  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): () => void {
    return this.#statuses.add(listener)
  }

  /** The channel began anew (`reset`), or had given the front up (`session-expired`): what was not acknowledged is refused as `unknown`. */
  onReset(listener: (reason: Reason) => void): () => void {
    return this.#resets.add(listener)
  }

  /** A keyframe came instead of patches: the events of these versions were not had. */
  onMissed(listener: (missed: Missed) => void): () => void {
    return this.#misses.add(listener)
  }

  /** Message clientSeq had no effect, and why. Where nobody listens it is logged. */
  onRefused(listener: (clientSeq: number, error: CentrumError) => void): () => void {
    return this.#refusals.add(listener)
  }

  /**
   * Sends a message that is declared `internal` or `broadcastable`; returns its number. Throws a `CentrumError`: `not-linked`,
   * `not-declared`, `not-permitted`, `not-encodable`, `too-large` or `buffer-full`.
   */
  send(message: string, payload?: unknown): number {
    const where = `send to '${this.id}'`
    expectMessage(this.#contract, where, message)
    return this.#linked(where).end.send(message, encodePayload(where, payload, this.#host.payloadBytesMax))
  }

  /** Makes a request that is declared `internal`. Rejects with a `CentrumError`. */
  async request(request: string, input?: unknown, settings: WaitOptions = {}): Promise<unknown> {
    const where = `request to '${this.id}'`
    expectRequest(this.#contract, where, request)
    return await this.#linked(where).request(request, encodePayload(where, input, this.#host.payloadBytesMax), settings)
  }

  #linked(where: string): LocalLink {
    if (this.#link !== null) return this.#link
    throw new CentrumError('not-linked', `${where}: it is not linked. Call await link() first.`)
  }
}
