/**
 * What one link says to its channel: numbered entries, kept until acknowledged, and who waits for which outcome. Knows no
 * connection: `LinkEnd` hands entries out.
 */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'
import { ENTRY, type EntryKind } from '../protocol/frame-types.js'
import { type Entry, type Failure, makeNamed } from '../protocol/link-frames.js'
import { decodeValue } from '../value/decode-value.js'
import { Requests, type Settle } from './requests.js'
import { Retention, type RetentionLimits } from './retention.js'

export interface OutboundSink {
  /** Message n has no effect, or none that is known. */
  refused(n: number, error: CentrumError): void
  processor(is: boolean): void
}

const EMPTY = new Uint8Array(0)

export class Outbound {
  readonly #channelId: string
  readonly #retention: Retention
  readonly #requests = new Requests()
  readonly #sink: OutboundSink
  #acknowledged = 0
  /** What the last take or release asked for; LINK says it too. */
  #wantsProcessor: boolean
  /** Whether the channel said something of the processor since then. */
  #processorTold = false

  constructor(channelId: string, wantsProcessor: boolean, limits: RetentionLimits, sink: OutboundSink) {
    this.#channelId = channelId
    this.#wantsProcessor = wantsProcessor
    this.#retention = new Retention(channelId, limits)
    this.#sink = sink
  }

  get last(): number {
    return this.#retention.last
  }

  /** The last n whose effect the state shows. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  get wantsProcessor(): boolean {
    return this.#wantsProcessor
  }

  get retained(): number {
    return this.#retention.count
  }

  get retainedBytes(): number {
    return this.#retention.bytes
  }

  get requests(): number {
    return this.#requests.count
  }

  /** @throws CentrumError `buffer-full` */
  message(name: string, payload: Uint8Array): Entry {
    return this.#retention.add(ENTRY.message, makeNamed(name, payload))
  }

  /** @throws CentrumError `buffer-full` */
  request(name: string, payload: Uint8Array, settle: Settle): Entry {
    const entry = this.#retention.add(ENTRY.request, makeNamed(name, payload))
    this.#requests.add(entry.n, settle)
    return entry
  }

  /** A take or a release of the processor. */
  control(kind: EntryKind, settle: Settle): Entry {
    const entry = this.#retention.add(kind, EMPTY)
    this.#wantsProcessor = kind === ENTRY.take
    this.#processorTold = false
    this.#requests.addControl(entry.n, settle)
    return entry
  }

  unlink(): Entry {
    return this.#retention.add(ENTRY.unlink, EMPTY)
  }

  /** Nobody waits for n any more; should it have to be sent again, it goes as a void. */
  withdraw(n: number): void {
    this.#requests.forget(n)
    this.#retention.withdraw(n)
  }

  /** What has to be sent again to a channel that processed everything up to n. */
  above(n: number): readonly Entry[] {
    return this.#retention.above(n)
  }

  /** Everything up to n is processed, and the state shows it. False where that was known. */
  acknowledge(n: number): boolean {
    if (n <= this.#acknowledged) return false
    this.#acknowledged = n
    this.#retention.trim(n)
    return true
  }

  /** Of what was processed up to n, all failures have been told: the rest went well. */
  settle(n: number): void {
    if (this.#requests.hasControl(n) && !this.#processorTold) this.#sink.processor(this.#wantsProcessor)
    this.#requests.acknowledge(n)
  }

  /** The channel goes on with the link, has processed everything up to n, and may still tell of failures among it. */
  resume(n: number, processor: boolean): void {
    if (processor === this.#wantsProcessor) this.settle(n)
  }

  answered(n: number, result: Uint8Array): void {
    this.#requests.answer(n, result)
  }

  failed(failure: Failure): void {
    const { n, reason, message } = failure
    const error = new CentrumError(reason, message, { details: detailsOf(failure) })
    if (!this.#requests.isControl(n)) {
      if (!this.#requests.fail(n, error) && reason !== 'withdrawn') this.#sink.refused(n, error)
      return
    }
    // A take or release whose handler failed has been done nevertheless; its acknowledgement settles it.
    if (reason === 'handler-failed' || reason === 'handler-timeout') return
    this.#wantsProcessor = !this.#wantsProcessor
    this.#requests.fail(n, error)
  }

  /** The channel said who the processor is. */
  toldProcessor(is: boolean): void {
    this.#processorTold = true
    this.#wantsProcessor = is
  }

  /**
   * Begins again with n = 1. What had no outcome is told, each as the error that `code` names, when the returned function is
   * called: requests reject with it, messages are `unknown`. `processor`: whether a new link made the channel the processor.
   */
  restart(code: ErrorCode, why: string, processor: boolean): () => void {
    const waiting = this.#requests.takeAll()
    const kept = this.#retention.restart()
    const wanted = this.#wantsProcessor
    const controls = new Set(kept.filter(({ kind }) => kind === ENTRY.take || kind === ENTRY.release).map(({ n }) => n))
    this.#acknowledged = 0
    this.#wantsProcessor = processor
    return () => {
      for (const { n, kind } of kept) if (kind === ENTRY.message) this.#sink.refused(n, this.#unknown(n, why))
      for (const [n, settle] of waiting) {
        if (controls.has(n) && wanted === processor) settle.answer(EMPTY)
        else settle.failed(code === 'unknown' ? this.#unknown(n, why) : new CentrumError(code, why))
      }
    }
  }

  #unknown(n: number, why: string): CentrumError {
    return new CentrumError(
      'unknown',
      `whether message ${n} to '${this.#channelId}' took effect is not known: ${why}. Look at the state before sending it again.`,
    )
  }
}

function detailsOf({ details }: Failure): unknown {
  if (details.length === 0) return undefined
  try {
    return decodeValue(details)
  } catch {
    // They only explain: what cannot be read is left out.
    return undefined
  }
}
