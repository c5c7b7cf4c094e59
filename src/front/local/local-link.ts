/**
 * One link of a session that the front itself carries. Its state stays encoded: `link()` returns the first keyframe, and a listener gets
 * what follows. Knows nothing of what the link is for.
 */
import { inflateRawSync } from 'node:zlib'
import type { StatePosition } from '../../channel/front-api.js'
import type { Keyframe, SharedBlock } from '../../protocol/blocks.js'
import type { CentrumError } from '../../protocol/errors.js'
import type { LinkedState } from '../../protocol/link-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { Reset, ResetReason } from '../../protocol/reset.js'
import type { Log } from '../../runtime/runtime.js'
import type { LinkEndOptions } from '../../session/link-end-state.js'
import { LinkEnd } from '../../session/link-end.js'
import type { EndStatus, LinkCarrier, LinkHolder, Missed } from '../../session/link-holder.js'
import { DecodeError } from '../../value/decode-error.js'
import { decodeValue } from '../../value/decode-value.js'

/** Is called with what follows the first keyframe. */
export interface LocalLinkListener {
  keyframe(encodedState: Uint8Array, position: StatePosition): void
  patch(patch: Uint8Array, position: StatePosition): void
  event(name: string, payload: unknown): void
  status(status: EndStatus, reason: Reason | null): void
  reset(reason: ResetReason, reset: Reset): void
  missed(missed: Missed): void
  /** Returns whether the application had a listener. */
  refused(clientSeq: number, error: CentrumError): boolean
}

/** The state and the reply that a new link begins with. */
export interface FirstState extends StatePosition {
  readonly encodedState: Uint8Array
  readonly reply: unknown
}

/** Bytes that a compressed keyframe may expand to. */
const STATE_BYTES_MAX = 1024 * 1024 * 1024
const EMPTY = new Uint8Array(0)

export class LocalLink implements LinkHolder {
  readonly id: string
  readonly end: LinkEnd
  readonly #log: Log
  readonly #listener: LocalLinkListener
  #first: { encodedState: Uint8Array; reply: unknown } | null = { encodedState: EMPTY, reply: undefined }
  #wasLive = false

  constructor(options: LinkEndOptions, carrier: LinkCarrier, log: Log, listener: LocalLinkListener) {
    this.id = options.channelId
    this.#log = log
    this.#listener = listener
    this.end = new LinkEnd(options, this, carrier)
  }

  get position(): StatePosition {
    return { epoch: this.end.at.epoch, version: this.end.at.version }
  }

  /** What the link began with: to be called once, when it is live for the first time. */
  takeFirst(): FirstState {
    const first = this.#first ?? { encodedState: EMPTY, reply: undefined }
    this.#first = null
    return { ...first, ...this.position }
  }

  linked(linked: LinkedState): void {
    if (!this.#wasLive && this.#first) this.#first.reply = linked.reply === null ? undefined : decodeValue(linked.reply)
  }

  load(keyframe: Keyframe): void {
    const encodedState = stateOf(keyframe)
    if (this.#wasLive) this.#listener.keyframe(encodedState, { epoch: keyframe.epoch, version: keyframe.version })
    else if (this.#first) this.#first.encodedState = encodedState
  }

  patch(patch: Uint8Array, block: SharedBlock): void {
    // Before the first state was handed out this cannot be: it begins with a keyframe that is new enough.
    if (!this.#wasLive) throw new DecodeError('a patch arrived before the state was returned')
    this.#listener.patch(patch, { epoch: block.epoch, version: block.version })
  }

  changed(): void {}

  event(name: string, payload: Uint8Array): void {
    this.#listener.event(name, decodeValue(payload))
  }

  status(status: EndStatus, reason: Reason | null): void {
    if (status === 'live') this.#wasLive = true
    this.#listener.status(status, reason)
  }

  /** What was not acknowledged has been refused already, one by one. */
  reset(reason: ResetReason, reset: Reset): void {
    this.#listener.reset(reason, reset)
  }

  missed(missed: Missed): void {
    this.#listener.missed(missed)
  }

  refused(clientSeq: number, error: CentrumError): void {
    if (this.#listener.refused(clientSeq, error)) return
    const { code, message } = error
    this.#log.warn('message.refused', { channel: this.id, clientSeq, code, message })
  }
}

function stateOf({ encoding, bytes }: Keyframe): Uint8Array {
  switch (encoding) {
    case 0:
      return bytes
    case 1:
      return inflateRawSync(bytes, { maxOutputLength: STATE_BYTES_MAX })
    default:
      throw new DecodeError(`a keyframe in encoding ${encoding}, which this version does not know`)
  }
}
