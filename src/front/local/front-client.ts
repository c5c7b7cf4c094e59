/**
 * `front.client(…)`: a client whose connection the application holds. Its links, and which of them is its processor; state comes as the
 * owners encoded it. Knows nothing of the connection.
 */
import type { App } from '../../channel/app.js'
import type { LinkStatus } from '../../channel/client-api.js'
import type { StatePosition } from '../../channel/front-api.js'
import { CentrumError } from '../../protocol/errors.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Runtime } from '../../runtime/runtime.js'
import type { Missed } from '../../session/link-holder.js'
import type { FrontPort } from '../relay/front-port.js'
import { Listeners } from './listeners.js'
import { type FirstState, LocalLink } from './local-link.js'
import { LocalSession } from './local-session.js'
import { encodePayload, expectClientMessage } from './sendable.js'
import type { WaitOptions } from './wait-limit.js'

export interface FrontClientHost {
  readonly runtime: Runtime
  readonly payloadBytesMax: number
  readonly port: FrontPort
  gone(client: FrontClient): void
}

export interface ClientLinkOptions extends WaitOptions {
  readonly options?: unknown
  readonly processor?: boolean
}

/** Moves and messages that wait while the processor moves (L12). */
const WAITING_STEPS_MAX = 4_096

type Step =
  | { readonly to: string | null; readonly done: (move: Promise<void>) => void }
  | { readonly name: string; readonly payload: Uint8Array }

export class FrontClient {
  readonly id: string
  readonly userId: string
  readonly #app: App
  readonly #host: FrontClientHost
  readonly #session: LocalSession
  readonly #patches: Listeners<[string, Uint8Array, StatePosition]>
  readonly #keyframes: Listeners<[string, Uint8Array, StatePosition]>
  readonly #events: Listeners<[string, string, unknown]>
  readonly #statuses: Listeners<[string, LinkStatus, Reason | null]>
  readonly #resets: Listeners<[string, Reason]>
  readonly #misses: Listeners<[string, Missed]>
  readonly #refusals: Listeners<[string, CentrumError]>
  #lastLinkNumber = 0
  #processor: string | null = null
  /** Moves and messages that wait for a move to be done, in the order in which they were asked for. */
  readonly #waiting: Step[] = []
  #moving = false

  constructor(app: App, identity: Identity, host: FrontClientHost) {
    const { log } = host.runtime
    this.id = identity.sessionId
    this.userId = identity.userId
    this.#app = app
    this.#host = host
    this.#patches = new Listeners(log)
    this.#keyframes = new Listeners(log)
    this.#events = new Listeners(log)
    this.#statuses = new Listeners(log)
    this.#resets = new Listeners(log)
    this.#misses = new Listeners(log)
    this.#refusals = new Listeners(log)
    this.#session = new LocalSession(host.port, identity, 1, host.runtime, () => host.gone(this))
  }

  /** The id of the channel that processes what `send` sends; null for none. */
  get processor(): string | null {
    return this.#processor
  }

  /**
   * Links to a channel, and resolves with its encoded state and the channel's reply. Rejects with a `CentrumError`:
   * `already-linked`, `timeout` (10,000 ms unless given), `aborted`, or why the channel refused.
   */
  async link(channelId: string, settings: ClientLinkOptions = {}): Promise<FirstState> {
    if (this.#session.state === 'over') throw new CentrumError('stopped', `Client '${this.id}' is disconnected.`)
    if (this.#session.linkTo(channelId) !== undefined) {
      throw new CentrumError(
        'already-linked',
        `Client '${this.id}' is linked to '${channelId}' already, or still letting go of it.`,
      )
    }
    const { options, processor = false } = settings
    // A processor elsewhere has to be released first.
    const moves = processor && (this.#processor !== null || this.#moving)
    const to = { channelId, linkNumber: ++this.#lastLinkNumber, options, processor: processor && !moves }
    const link = new LocalLink(this.#session, to, settings, {
      keyframe: (encodedState, position) => this.#keyframes.tell(channelId, encodedState, position),
      patch: (patch, position) => this.#patches.tell(channelId, patch, position),
      event: (name, payload) => this.#events.tell(channelId, name, payload),
      status: (status, reason) => this.#statuses.tell(channelId, status, reason),
      reset: (reason) => this.#resets.tell(channelId, reason),
      missed: (missed) => this.#misses.tell(channelId, missed),
      refused: (_, error) => this.#refusals.tell(channelId, error),
      processor: (is) => {
        if (is) this.#processor = channelId
        else if (this.#processor === channelId) this.#processor = null
      },
    })
    const first = await link.first
    if (moves) await this.setProcessor(channelId)
    return first
  }

  /** Resolves when the channel has let go of the client; at once where it is not linked. */
  async unlink(channelId: string): Promise<void> {
    await this.#session.linkTo(channelId)?.unlink()
  }

  /**
   * Makes a linked channel the processor, or none. What is sent from here on goes to it, and waits until it has taken over.
   * Rejects with a `CentrumError`: `not-linked`, `timeout`, `buffer-full`, or why a channel refused.
   */
  setProcessor(channelId: string | null): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#expectRoom()
      this.#waiting.push({ to: channelId, done: (move) => void move.then(resolve, reject) })
      this.#goOn()
    })
  }

  async #move(to: string | null): Promise<void> {
    const from = this.#processor
    if (from === to) return
    const target = to === null ? null : this.#linked(to)
    if (from !== null) await this.#session.linkTo(from)?.setProcessor(false, {})
    await target?.setProcessor(true, {})
  }

  /** Does what waits, up to the next move that takes its time. */
  #goOn(): void {
    for (let step = this.#waiting[0]; step !== undefined && !this.#moving; step = this.#waiting[0]) {
      this.#waiting.shift()
      if ('to' in step) {
        this.#moving = true
        const move = this.#move(step.to).finally(() => {
          this.#moving = false
          this.#goOn()
        })
        step.done(move)
        continue
      }
      try {
        this.#sendNow(step.name, step.payload)
      } catch (error) {
        this.#host.runtime.log.warn('message.refused', { client: this.id, name: step.name, error })
      }
    }
  }

  #sendNow(name: string, payload: Uint8Array): void {
    if (this.#processor === null) {
      throw new CentrumError(
        'no-processor',
        `client '${this.id}' has no processor. Call setProcessor(channelId) first.`,
      )
    }
    this.#linked(this.#processor).end.send(name, payload)
  }

  #expectRoom(): void {
    if (this.#waiting.length < WAITING_STEPS_MAX) return
    throw new CentrumError(
      'buffer-full',
      `${WAITING_STEPS_MAX} messages of client '${this.id}' wait for its processor to move. Wait until it has.`,
    )
  }

  /** Sends a message to the processor. Throws a `CentrumError`: `no-processor`, `not-declared`, `not-encodable`, `too-large` or `buffer-full`. */
  send(message: string, payload?: unknown): void {
    const where = `send of client '${this.id}'`
    expectClientMessage(this.#app, where, message)
    const bytes = encodePayload(where, payload, this.#host.payloadBytesMax)
    if (!this.#moving) {
      this.#sendNow(message, bytes)
      return
    }
    this.#expectRoom()
    this.#waiting.push({ name: message, payload: bytes })
  }

  onPatch(listener: (channelId: string, patch: Uint8Array, position: StatePosition) => void): () => void {
    return this.#patches.add(listener)
  }

  /** The encoded state anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (channelId: string, encodedState: Uint8Array, position: StatePosition) => void): () => void {
    return this.#keyframes.add(listener)
  }

  onEvent(listener: (channelId: string, event: string, payload: unknown) => void): () => void {
    return this.#events.add(listener)
  }

  onStatus(listener: (channelId: string, status: LinkStatus, reason: Reason | null) => void): () => void {
    return this.#statuses.add(listener)
  }

  /** A channel began anew (`reset`), or had given the client up (`session-expired`). */
  onReset(listener: (channelId: string, reason: Reason) => void): () => void {
    return this.#resets.add(listener)
  }

  /** A keyframe came instead of patches: the events of these versions were not had. */
  onMissed(listener: (channelId: string, missed: Missed) => void): () => void {
    return this.#misses.add(listener)
  }

  /** A message had no effect, and why. Where nobody listens it is logged. */
  onRefused(listener: (channelId: string, error: CentrumError) => void): () => void {
    return this.#refusals.add(listener)
  }

  /** Ends the session: all its links are over at once. */
  async disconnect(): Promise<void> {
    this.finish('unlinked', 'The client disconnected.')
  }

  /** The session is over, for this reason. */
  finish(reason: Reason, message: string): void {
    this.#session.finish('end', reason, message)
    this.#host.gone(this)
  }

  #linked(channelId: string): LocalLink {
    const link = this.#session.linkTo(channelId)
    if (link !== undefined) return link
    throw new CentrumError(
      'not-linked',
      `Client '${this.id}' is not linked to '${channelId}'. Call await link('${channelId}') first.`,
    )
  }
}
