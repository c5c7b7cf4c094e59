/**
 * One link of a session that the front carries itself: a `LinkEnd` whose state stays encoded. The first keyframe is what `link()` hands
 * out; what comes behind it is handed on once whoever waited has had a chance to listen. Knows nothing of what the link is for.
 */
import { inflateRawSync } from 'node:zlib'
import type { StatePosition } from '../../channel/front-api.js'
import type { Keyframe, SharedBlock } from '../../protocol/blocks.js'
import { CentrumError } from '../../protocol/errors.js'
import type { LinkedState } from '../../protocol/link-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Timer } from '../../runtime/runtime.js'
import { type LinkEnd, newLinkEnd } from '../../session/link-end.js'
import {
  type EndStatus,
  type LinkFrame,
  type LinkHolder,
  type Missed,
  relinkDelayMs,
} from '../../session/link-holder.js'
import { DecodeError } from '../../value/decode-error.js'
import { decodeValue } from '../../value/decode-value.js'
import { encodeValue } from '../../value/encode-value.js'
import type { LocalSession } from './local-session.js'
import { type Wait, waitFor, type WaitOptions } from './wait-limit.js'

/** Who is told what comes behind the first keyframe. */
export interface LocalLinkListener {
  keyframe(encodedState: Uint8Array, position: StatePosition): void
  patch(patch: Uint8Array, position: StatePosition): void
  event(name: string, payload: unknown): void
  status(status: EndStatus, reason: Reason | null): void
  processor(is: boolean): void
  reset(reason: Reason): void
  missed(missed: Missed): void
  /** Whether anybody has heard it. */
  refused(clientSeq: number, error: CentrumError): boolean
}

/** The state and the reply that a new link begins with. */
export interface FirstState extends StatePosition {
  readonly encodedState: Uint8Array
  readonly reply: unknown
}

/** What a keyframe may be inflated to. */
const STATE_BYTES_MAX = 1024 * 1024 * 1024

export class LocalLink implements LinkHolder {
  readonly channelId: string
  readonly end: LinkEnd
  readonly #session: LocalSession
  readonly #listener: LocalLinkListener
  readonly #first: Wait<FirstState>
  #firstState: { encodedState: Uint8Array; reply: unknown } = { encodedState: new Uint8Array(0), reply: undefined }
  #started = false
  #relinking: Timer | null = null
  readonly #closing = new Set<() => void>()

  constructor(
    session: LocalSession,
    to: {
      readonly channelId: string
      readonly linkNumber: number
      readonly options: unknown
      readonly processor: boolean
    },
    wait: WaitOptions,
    listener: LocalLinkListener,
  ) {
    const { channelId, linkNumber, processor, options } = to
    this.channelId = channelId
    this.#session = session
    this.#listener = listener
    const encoded = options === undefined ? null : encodeValue(options)
    this.end = newLinkEnd({ channelId, linkNumber, processor, options: encoded, epochSeen: 0 }, this)
    this.#first = waitFor(session.runtime.clock, `link to '${channelId}'`, wait, () => this.end.unlink())
    session.add(this)
  }

  /** Resolves with the state that the link begins with. Rejects with a `CentrumError`: why there is none. */
  get first(): Promise<FirstState> {
    return this.#first.promise
  }

  get position(): StatePosition {
    return { epoch: this.end.at.epoch, version: this.end.at.version }
  }

  /** Resolves with the answer. Rejects with a `CentrumError`. */
  request(name: string, payload: Uint8Array, options: WaitOptions): Promise<unknown> {
    let clientSeq = 0
    const wait = waitFor<unknown>(this.#session.runtime.clock, `request '${name}'`, options, () =>
      this.end.withdraw(clientSeq),
    )
    clientSeq = this.end.send(name, payload, {
      answer: (result) => wait.resolve(decodeValue(result)),
      failed: (error) => wait.reject(error),
    })
    return wait.promise
  }

  /** Takes or releases the processor. Resolves when that has its outcome. */
  setProcessor(is: boolean, options: WaitOptions): Promise<void> {
    const what = `${is ? 'making' : 'releasing'} '${this.channelId}' ${is ? 'the' : 'as'} processor`
    const wait = waitFor<void>(this.#session.runtime.clock, what, options, () => {})
    this.end.setProcessor(is, { answer: () => wait.resolve(), failed: (error) => wait.reject(error) })
    return wait.promise
  }

  /** Resolves when the channel has let go, or after the limit without its word. */
  async unlink(options: WaitOptions = {}): Promise<void> {
    if (this.end.state === 'closed') return
    const done = waitFor<void>(this.#session.runtime.clock, `unlink of '${this.channelId}'`, options, () =>
      this.end.end('unlinked', 'The channel could not be reached to say so.'),
    )
    this.#closing.add(() => done.resolve())
    this.end.unlink()
    await done.promise.catch(() => {})
  }

  send(frame: LinkFrame): void {
    this.#session.send(frame)
  }

  linked(linked: LinkedState): void {
    if (!this.#started) this.#firstState.reply = linked.reply === null ? undefined : decodeValue(linked.reply)
  }

  load(keyframe: Keyframe): void {
    const encodedState = stateOf(keyframe)
    if (this.#started) this.#listener.keyframe(encodedState, { epoch: keyframe.epoch, version: keyframe.version })
    else this.#firstState.encodedState = encodedState
  }

  patch(patch: Uint8Array, block: SharedBlock): void {
    // Before the first state was handed out this cannot be: it begins with a keyframe that is new enough.
    if (!this.#started) throw new DecodeError('a patch came before the state was handed out')
    this.#listener.patch(patch, { epoch: block.epoch, version: block.version })
  }

  changed(): void {}

  acknowledged(): void {}

  event(name: string, payload: Uint8Array): void {
    this.#listener.event(name, decodeValue(payload))
  }

  status(status: EndStatus, reason: Reason | null, message: string): void {
    if (status === 'closed') this.#closed(reason ?? 'unlinked', message)
    else if (status === 'live' && !this.#started) {
      this.#started = true
      this.#first.resolve({ ...this.#firstState, ...this.position })
      this.#firstState = { encodedState: new Uint8Array(0), reply: undefined }
      this.#session.runtime.clock.soon(() => this.end.go())
    }
    this.#listener.status(status, reason)
  }

  #closed(reason: Reason, message: string): void {
    this.#relinking?.cancel()
    this.#session.remove(this)
    this.#first.reject(
      new CentrumError(reason, message === '' ? `The link to '${this.channelId}' ended: ${reason}.` : message),
    )
    for (const done of this.#closing) done()
    this.#closing.clear()
  }

  /** What was not acknowledged has been told already, one by one. */
  reset(reason: Reason): void {
    this.#listener.reset(reason)
  }

  missed(missed: Missed): void {
    this.#listener.missed(missed)
  }

  refused(clientSeq: number, error: CentrumError): void {
    if (this.#listener.refused(clientSeq, error)) return
    const { code, message } = error
    this.#session.runtime.log.warn('message.refused', { channel: this.channelId, clientSeq, code, message })
  }

  processor(is: boolean): void {
    this.#listener.processor(is)
  }

  relink(failures: number): void {
    const { clock, random } = this.#session.runtime
    const delayMs = relinkDelayMs(failures) * random.float()
    this.#relinking?.cancel()
    this.#relinking = clock.after(delayMs, () => {
      this.#relinking = null
      this.#session.open(this)
    })
  }
}

function stateOf({ encoding, bytes }: Keyframe): Uint8Array {
  switch (encoding) {
    case 0:
      return bytes
    case 1:
      return inflateRawSync(bytes, { maxOutputLength: STATE_BYTES_MAX })
    default:
      throw new DecodeError(`a keyframe of encoding ${encoding}, which this version does not know`)
  }
}
