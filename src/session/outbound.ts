/**
 * What one link sends to its channel: entries numbered without gaps from 1, kept in order until they have their outcome, and
 * the calls that wait for that. Bounded. Knows no connection: `LinkEnd` sends the entries, and again after a break.
 */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'
import * as ENTRY from '../protocol/entry-kind.js'
import type { EntryKind } from '../protocol/frame-types.js'
import { type Entry, type Failure, makeNamed, makeCancelled } from '../protocol/link-frames.js'
import { decodeValue } from '../value/decode-value.js'
import { expectRoom, type LinkEndOptions } from './link-end-state.js'
import type { LinkHolder } from './link-holder.js'

/** A call that waits for an outcome. Exactly one of the two is called, once, unless the wait was given up. */
export interface Settle {
  /** The encoded result of a request; empty for a take or a release. */
  answer(result: Uint8Array): void
  failed(error: CentrumError): void
}

/** Of a message whose outcome is waited for: with an empty answer it was processed. */
export type Tracked = Pick<Entry, 'context'>

interface Kept extends Entry {
  readonly settle: Settle | null
}

const EMPTY = new Uint8Array(0)

export class Outbound {
  readonly #options: LinkEndOptions
  readonly #holder: LinkHolder
  readonly #processorIs: (is: boolean) => void
  /** By clientSeq, in its order. */
  readonly #all = new Map<number, Kept>()
  #retainedBytes = 0
  #last = 0
  #acknowledged = 0
  #wantsProcessor: boolean
  /** Whether the channel reported who the processor is since it was asked for. */
  #isReported = false
  /** What the last LINKED had of it. */
  #resumedAs = false

  /** `processorIs`: a take or a release went well. */
  constructor(options: LinkEndOptions, holder: LinkHolder, processorIs: (is: boolean) => void) {
    this.#options = options
    this.#wantsProcessor = options.processor
    this.#holder = holder
    this.#processorIs = processorIs
  }

  /** What the last take or release asked for; LINK carries it, too. */
  get wantsProcessor(): boolean {
    return this.#wantsProcessor
  }

  /** The last clientSeq that was given out. */
  get last(): number {
    return this.#last
  }

  /** The last clientSeq whose effect the state shows. */
  get acknowledged(): number {
    return this.#acknowledged
  }

  /** How many entries have no outcome yet. */
  get retained(): number {
    return this.#all.size
  }

  /** Of the bodies of all that is kept. */
  get retainedBytes(): number {
    return this.#retainedBytes
  }

  /** What has to be sent again to a channel that has processed everything up to clientSeq. */
  above(clientSeq: number): readonly Kept[] {
    return [...this.#all.values()].filter((entry) => entry.clientSeq > clientSeq)
  }

  /** In place of what was kept of the same clientSeq. */
  #keep(entry: Kept): Entry {
    this.#retainedBytes += entry.body.length - (this.#all.get(entry.clientSeq)?.body.length ?? 0)
    this.#all.set(entry.clientSeq, entry)
    return entry
  }

  #remove({ clientSeq, body }: Entry): void {
    this.#all.delete(clientSeq)
    this.#retainedBytes -= body.length
  }

  /**
   * Numbers a message, or a request whose outcome is waited for; with `tracked`, a message whose outcome is.
   * @throws CentrumError `buffer-full`; then nothing was numbered.
   */
  send(name: string, payload: Uint8Array, settle: Settle | null, tracked?: Tracked): Entry {
    const body = makeNamed(name, payload)
    expectRoom(this.#options.limits, this.#all.size, this.#retainedBytes, body.length)
    const kind = settle === null || tracked ? ENTRY.message : ENTRY.request
    const context = tracked?.context ?? null
    const shown = this.#holder.shown?.()
    return this.#keep({ clientSeq: ++this.#last, kind, context, ...(shown && { shown }), body, settle })
  }

  /** Numbers what steers the link. That always fits: there is little of it, and a link whose buffer is full must be able to end. */
  steer(kind: EntryKind, settle: Settle | null): Entry {
    if (kind !== ENTRY.unlink) {
      this.#wantsProcessor = kind === ENTRY.take
      this.#isReported = false
    }
    return this.#keep({ clientSeq: ++this.#last, kind, context: null, body: EMPTY, settle })
  }

  /** Nothing waits for clientSeq any more. Should it have to be sent again, it goes as a cancelled entry. */
  withdraw(clientSeq: number): void {
    if (!this.#all.has(clientSeq)) return
    const body = makeCancelled('withdrawn')
    this.#keep({ clientSeq, kind: ENTRY.cancelled, context: null, body, settle: null })
  }

  /** The state shows the effects of everything up to clientSeq. False where that was known. */
  acknowledge(clientSeq: number): boolean {
    const grows = clientSeq > this.#acknowledged
    if (grows) this.#acknowledged = clientSeq
    return grows
  }

  /** The channel goes on with the link. What it processed of a take or release shows in who the processor is. */
  resume(processor: boolean): void {
    this.#resumedAs = processor
  }

  /**
   * Everything up to clientSeq is processed. `isAll`: what came of it has been handed on, but for answers that are still waited
   * for; else some of that may follow.
   */
  settle(upTo: number, isAll: boolean): void {
    for (const kept of this.#all.values()) {
      const { clientSeq, kind, settle } = kept
      if (clientSeq > upTo) return
      // LINKED has how far it is, and not which of it was refused: that follows.
      const isMessage = settle === null || kind === ENTRY.message
      if (kind === ENTRY.request || (isMessage && !isAll)) continue
      if (!isMessage && !isAll && this.#wantsProcessor !== this.#resumedAs) continue
      this.#remove(kept)
      if (settle === null) continue
      if (!isMessage && !this.#isReported) this.#processorIs(kind === ENTRY.take)
      settle.answer(EMPTY)
    }
  }

  answered({ clientSeq, result }: { readonly clientSeq: number; readonly result: Uint8Array }): void {
    const kept = this.#all.get(clientSeq)
    if (kept?.kind !== ENTRY.request) return
    this.#remove(kept)
    kept.settle?.answer(result)
  }

  failed(failure: Failure): void {
    const { clientSeq, reason, message } = failure
    const kept = this.#all.get(clientSeq)
    const kind = kept?.kind
    if (kind === ENTRY.cancelled || reason === 'withdrawn') return
    const error = new CentrumError(reason, message, { details: readDetails(failure.details) })
    if (kept === undefined || kept.settle === null) {
      this.#holder.refused(clientSeq, error)
      return
    }
    if (kind === ENTRY.take || kind === ENTRY.release) {
      // A take or release whose handler failed is done nevertheless: its acknowledgement settles it.
      if (reason === 'handler-failed' || reason === 'handler-timeout') return
      this.#wantsProcessor = !this.#wantsProcessor
    }
    this.#remove(kept)
    kept.settle.failed(error)
  }

  /** The channel reported who the processor is. */
  processorReported(is: boolean): void {
    this.#isReported = true
    this.#wantsProcessor = is
  }

  /**
   * Begins again with clientSeq 1. When the returned function is called, what had no outcome gets one: messages are `unknown`,
   * what is waited for rejects with `code`. `processor`: whether a new link made the channel the processor.
   */
  restart(code: ErrorCode, why: string, processor: boolean): () => void {
    const open = this.above(0)
    const wanted = this.#wantsProcessor
    this.#all.clear()
    this.#retainedBytes = this.#last = this.#acknowledged = 0
    this.#wantsProcessor = processor
    return () => {
      for (const { clientSeq, kind, settle } of open) {
        const isMessage = kind === ENTRY.message
        const unknown = `whether entry ${clientSeq} to '${this.#options.channelId}' took effect is not known: ${why}`
        const error =
          isMessage || code === 'unknown' ? new CentrumError('unknown', unknown) : new CentrumError(code, why)
        if (isMessage && settle === null) this.#holder.refused(clientSeq, error)
        else if (kind !== ENTRY.request && !isMessage && wanted === processor) settle?.answer(EMPTY)
        else settle?.failed(error)
      }
    }
  }
}

/** Undefined for none, and for what cannot be read: details only explain. */
export function readDetails(details: Uint8Array): unknown {
  try {
    return details.length === 0 ? undefined : decodeValue(details)
  } catch {
    return undefined
  }
}
