/**
 * What one link says to its channel: entries numbered without gaps from 1, kept in order until they have their outcome, and
 * whoever waits for that. Bounded. Knows no connection: `LinkEnd` hands entries out, and again after a break.
 */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'
import * as ENTRY from '../protocol/entry-kind.js'
import type { EntryKind } from '../protocol/frame-types.js'
import { type Entry, type Failure, makeNamed, makeVoid } from '../protocol/link-frames.js'
import { decodeValue } from '../value/decode-value.js'
import { expectRoom, type LinkLimits } from './link-end-state.js'
import type { LinkHolder } from './link-holder.js'

/** Whoever waits for an outcome. Exactly one of the two is called, once, unless the wait was given up. */
export interface Settle {
  /** The encoded result of a request; empty for a take or a release. */
  answer(result: Uint8Array): void
  failed(error: CentrumError): void
}

interface Kept extends Entry {
  readonly settle: Settle | null
}

const EMPTY = new Uint8Array(0)

export class Outbound {
  readonly #channelId: string
  readonly #limits: LinkLimits
  readonly #holder: LinkHolder
  /** A take or a release went well. */
  readonly #processorIs: (is: boolean) => void
  /** By n, in its order. */
  readonly #kept = new Map<number, Kept>()
  /** Of the bodies of all that is kept. */
  retainedBytes = 0
  /** The last n that was given out. */
  last = 0
  /** The last n whose effect the state shows. */
  acknowledged = 0
  /** What the last take or release asked for; LINK says it, too. */
  wantsProcessor: boolean
  /** Whether the channel said something of the processor since then. */
  #processorTold = false
  /** What the last LINKED said of it. */
  #resumedAs = false

  constructor(
    channelId: string,
    wantsProcessor: boolean,
    limits: LinkLimits,
    holder: LinkHolder,
    processorIs: (is: boolean) => void,
  ) {
    this.#channelId = channelId
    this.wantsProcessor = wantsProcessor
    this.#limits = limits
    this.#holder = holder
    this.#processorIs = processorIs
  }

  /** How many entries have no outcome yet. */
  get retained(): number {
    return this.#kept.size
  }

  /**
   * Numbers a message, or a request that somebody waits for.
   * @throws CentrumError `buffer-full`; then nothing was numbered.
   */
  say(name: string, payload: Uint8Array, settle: Settle | null): Entry {
    const body = makeNamed(name, payload)
    expectRoom(this.#limits, this.retained, this.retainedBytes, body.length)
    return this.#keep({ n: ++this.last, kind: settle === null ? ENTRY.message : ENTRY.request, body, settle })
  }

  /** Numbers what steers the link. That always fits: there is little of it, and a link whose buffer is full must be able to end. */
  steer(kind: EntryKind, settle: Settle | null): Entry {
    if (kind !== ENTRY.unlink) {
      this.wantsProcessor = kind === ENTRY.take
      this.#processorTold = false
    }
    return this.#keep({ n: ++this.last, kind, body: EMPTY, settle })
  }

  /** Nobody waits for n any more. Should it have to be sent again, it goes as a void. */
  withdraw(n: number): void {
    const kept = this.#kept.get(n)
    if (kept !== undefined) this.#keep({ n, kind: ENTRY.void, body: makeVoid('withdrawn'), settle: null })
  }

  /** What has to be sent again to a channel that has processed everything up to n. */
  above(n: number): readonly Kept[] {
    return [...this.#kept.values()].filter((entry) => entry.n > n)
  }

  /** The state shows the effects of everything up to n. False where that was known. */
  acknowledge(n: number): boolean {
    if (n <= this.acknowledged) return false
    this.acknowledged = n
    return true
  }

  /** The channel goes on with the link. What it processed of a take or release shows in who the processor is. */
  resume(processor: boolean): void {
    this.#resumedAs = processor
  }

  /**
   * Everything up to n is processed. `all`: what came of it was told, but for answers that are still waited for; else some of
   * that may follow.
   */
  settle(n: number, all: boolean): void {
    for (const kept of this.#kept.values()) {
      const { kind, settle } = kept
      if (kept.n > n) return
      if (kind === ENTRY.request || (kind === ENTRY.void && !all)) continue
      if (settle !== null && !all && this.wantsProcessor !== this.#resumedAs) continue
      this.#forget(kept)
      if (settle === null) continue
      if (!this.#processorTold) this.#processorIs(kind === ENTRY.take)
      settle.answer(EMPTY)
    }
  }

  answered({ n, result }: { readonly n: number; readonly result: Uint8Array }): void {
    const kept = this.#kept.get(n)
    if (kept?.kind !== ENTRY.request) return
    this.#forget(kept)
    kept.settle?.answer(result)
  }

  failed(failure: Failure): void {
    const { n, reason, message } = failure
    const kept = this.#kept.get(n)
    const kind = kept?.kind
    if (kind === ENTRY.void || reason === 'withdrawn') return
    const error = new CentrumError(reason, message, { details: detailsOf(failure) })
    if (kept === undefined || kept.settle === null) {
      this.#holder.refused(n, error)
      return
    }
    if (kind !== ENTRY.request) {
      // A take or release whose handler failed is done nevertheless: its acknowledgement settles it.
      if (reason === 'handler-failed' || reason === 'handler-timeout') return
      this.wantsProcessor = !this.wantsProcessor
    }
    this.#forget(kept)
    kept.settle.failed(error)
  }

  /** The channel said who the processor is. */
  processorTold(is: boolean): void {
    this.#processorTold = true
    this.wantsProcessor = is
  }

  /**
   * Begins again with n = 1. When the returned function is called, what had no outcome is told: messages are `unknown`,
   * what is waited for rejects with `code`. `processor`: whether a new link made the channel the processor.
   */
  restart(code: ErrorCode, why: string, processor: boolean): () => void {
    const all = this.above(0)
    const wanted = this.wantsProcessor
    this.#kept.clear()
    this.retainedBytes = this.last = this.acknowledged = 0
    this.wantsProcessor = processor
    return () => {
      for (const { n, kind, settle } of all) {
        const isMessage = kind === ENTRY.message
        const error =
          isMessage || code === 'unknown'
            ? new CentrumError('unknown', `whether entry ${n} to '${this.#channelId}' took effect is not known: ${why}`)
            : new CentrumError(code, why)
        if (isMessage) this.#holder.refused(n, error)
        else if (kind !== ENTRY.request && wanted === processor) settle?.answer(EMPTY)
        else settle?.failed(error)
      }
    }
  }

  /** In place of what was kept of the same n. */
  #keep(entry: Kept): Entry {
    this.retainedBytes += entry.body.length - (this.#kept.get(entry.n)?.body.length ?? 0)
    this.#kept.set(entry.n, entry)
    return entry
  }

  #forget({ n, body }: Entry): void {
    this.#kept.delete(n)
    this.retainedBytes -= body.length
  }
}

function detailsOf({ details }: Failure): unknown {
  try {
    return details.length === 0 ? undefined : decodeValue(details)
  } catch {
    // They only explain: what cannot be read is left out.
    return undefined
  }
}
