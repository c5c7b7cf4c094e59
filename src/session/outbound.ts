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

export interface Outbound {
  /** What the last take or release asked for; LINK says it, too. */
  readonly wantsProcessor: boolean
  /** The last n that was given out. */
  readonly last: number
  /** The last n whose effect the state shows. */
  readonly acknowledged: number
  /** How many entries have no outcome yet. */
  readonly retained: number
  /** Of the bodies of all that is kept. */
  readonly retainedBytes: number
  /**
   * Numbers a message, or a request that somebody waits for.
   * @throws CentrumError `buffer-full`; then nothing was numbered.
   */
  say(name: string, payload: Uint8Array, settle: Settle | null): Entry
  /** Numbers what steers the link. That always fits: there is little of it, and a link whose buffer is full must be able to end. */
  steer(kind: EntryKind, settle: Settle | null): Entry
  /** Nobody waits for n any more. Should it have to be sent again, it goes as a void. */
  withdraw(n: number): void
  /** What has to be sent again to a channel that has processed everything up to n. */
  above(n: number): readonly Entry[]
  /** The state shows the effects of everything up to n. False where that was known. */
  acknowledge(n: number): boolean
  /** The channel goes on with the link. What it processed of a take or release shows in who the processor is. */
  resume(processor: boolean): void
  /**
   * Everything up to n is processed. `all`: what came of it was told, but for answers that are still waited for; else some of
   * that may follow.
   */
  settle(n: number, all: boolean): void
  answered(answer: { readonly n: number; readonly result: Uint8Array }): void
  failed(failure: Failure): void
  /** The channel said who the processor is. */
  processorTold(is: boolean): void
  /**
   * Begins again with n = 1. When the returned function is called, what had no outcome is told: messages are `unknown`,
   * what is waited for rejects with `code`. `processor`: whether a new link made the channel the processor.
   */
  restart(code: ErrorCode, why: string, processor: boolean): () => void
}

/** `processorIs`: a take or a release went well. */
export function newOutbound(
  channelId: string,
  wantsProcessor: boolean,
  limits: LinkLimits,
  holder: LinkHolder,
  processorIs: (is: boolean) => void,
): Outbound {
  /** By n, in its order. */
  const all = new Map<number, Kept>()
  let retainedBytes = 0
  let last = 0
  let acknowledged = 0
  /** Whether the channel said something of the processor since it was asked for. */
  let told = false
  /** What the last LINKED said of it. */
  let resumedAs = false

  const above = (n: number): readonly Kept[] => [...all.values()].filter((entry) => entry.n > n)

  /** In place of what was kept of the same n. */
  const keep = (entry: Kept): Entry => {
    retainedBytes += entry.body.length - (all.get(entry.n)?.body.length ?? 0)
    all.set(entry.n, entry)
    return entry
  }

  const forget = ({ n, body }: Entry): void => {
    all.delete(n)
    retainedBytes -= body.length
  }

  return {
    above,
    get wantsProcessor() {
      return wantsProcessor
    },
    get last() {
      return last
    },
    get acknowledged() {
      return acknowledged
    },
    get retained() {
      return all.size
    },
    get retainedBytes() {
      return retainedBytes
    },

    say(name, payload, settle) {
      const body = makeNamed(name, payload)
      expectRoom(limits, all.size, retainedBytes, body.length)
      return keep({ n: ++last, kind: settle === null ? ENTRY.message : ENTRY.request, body, settle })
    },

    steer(kind, settle) {
      if (kind !== ENTRY.unlink) {
        wantsProcessor = kind === ENTRY.take
        told = false
      }
      return keep({ n: ++last, kind, body: EMPTY, settle })
    },

    withdraw(n) {
      if (all.has(n)) keep({ n, kind: ENTRY.void, body: makeVoid('withdrawn'), settle: null })
    },

    acknowledge(n) {
      const grows = n > acknowledged
      if (grows) acknowledged = n
      return grows
    },

    resume(processor) {
      resumedAs = processor
    },

    settle(upTo, isAll) {
      for (const kept of all.values()) {
        const { n, kind, settle } = kept
        if (n > upTo) return
        // LINKED says how far it is, and not which of it was refused: that comes behind it.
        if (kind === ENTRY.request || (settle === null && !isAll)) continue
        if (settle !== null && !isAll && wantsProcessor !== resumedAs) continue
        forget(kept)
        if (settle === null) continue
        if (!told) processorIs(kind === ENTRY.take)
        settle.answer(EMPTY)
      }
    },

    answered({ n, result }) {
      const kept = all.get(n)
      if (kept?.kind !== ENTRY.request) return
      forget(kept)
      kept.settle?.answer(result)
    },

    failed(failure) {
      const { n, reason, message } = failure
      const kept = all.get(n)
      const kind = kept?.kind
      if (kind === ENTRY.void || reason === 'withdrawn') return
      const error = new CentrumError(reason, message, { details: detailsOf(failure) })
      if (kept === undefined || kept.settle === null) {
        holder.refused(n, error)
        return
      }
      if (kind !== ENTRY.request) {
        // A take or release whose handler failed is done nevertheless: its acknowledgement settles it.
        if (reason === 'handler-failed' || reason === 'handler-timeout') return
        wantsProcessor = !wantsProcessor
      }
      forget(kept)
      kept.settle.failed(error)
    },

    processorTold(is) {
      told = true
      wantsProcessor = is
    },

    restart(code, why, processor) {
      const lost = above(0)
      const wanted = wantsProcessor
      all.clear()
      retainedBytes = last = acknowledged = 0
      wantsProcessor = processor
      return () => {
        for (const { n, kind, settle } of lost) {
          const isMessage = kind === ENTRY.message
          const error =
            isMessage || code === 'unknown'
              ? new CentrumError('unknown', `whether entry ${n} to '${channelId}' took effect is not known: ${why}`)
              : new CentrumError(code, why)
          if (isMessage) holder.refused(n, error)
          else if (kind !== ENTRY.request && wanted === processor) settle?.answer(EMPTY)
          else settle?.failed(error)
        }
      }
    },
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
