/**
 * What one link says to its channel: entries numbered without gaps from 1, kept in order until they have their outcome, and
 * whoever waits for that. Bounded. Knows no connection: `LinkEnd` hands entries out, and again after a break.
 */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'
import * as ENTRY from '../protocol/entry-kind.js'
import type { EntryKind } from '../protocol/frame-types.js'
import { type Entry, type Failure, makeNamed, makeCancelled } from '../protocol/link-frames.js'
import { decodeValue } from '../value/decode-value.js'
import type { LinkEndLimits } from './link-end-limits.js'
import { expectRoom } from './link-end-state.js'
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
  /** The last clientSeq that was given out. */
  readonly last: number
  /** The last clientSeq whose effect the state shows. */
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
  /** Nobody waits for clientSeq any more. Should it have to be sent again, it goes as a void. */
  withdraw(clientSeq: number): void
  /** What has to be sent again to a channel that has processed everything up to clientSeq. */
  above(clientSeq: number): readonly Entry[]
  /** The state shows the effects of everything up to clientSeq. False where that was known. */
  acknowledge(clientSeq: number): boolean
  /** The channel goes on with the link. What it processed of a take or release shows in who the processor is. */
  resume(processor: boolean): void
  /**
   * Everything up to clientSeq is processed. `all`: what came of it was told, but for answers that are still waited for; else some of
   * that may follow.
   */
  settle(clientSeq: number, all: boolean): void
  answered(answer: { readonly clientSeq: number; readonly result: Uint8Array }): void
  failed(failure: Failure): void
  /** The channel said who the processor is. */
  processorTold(is: boolean): void
  /**
   * Begins again with clientSeq 1. When the returned function is called, what had no outcome is told: messages are `unknown`,
   * what is waited for rejects with `code`. `processor`: whether a new link made the channel the processor.
   */
  restart(code: ErrorCode, why: string, processor: boolean): () => void
}

/** `processorIs`: a take or a release went well. */
export function newOutbound(
  channelId: string,
  wantsProcessor: boolean,
  limits: LinkEndLimits,
  holder: LinkHolder,
  processorIs: (is: boolean) => void,
): Outbound {
  /** By clientSeq, in its order. */
  const all = new Map<number, Kept>()
  let retainedBytes = 0
  let last = 0
  let acknowledged = 0
  /** Whether the channel said something of the processor since it was asked for. */
  let told = false
  /** What the last LINKED said of it. */
  let resumedAs = false

  const above = (clientSeq: number): readonly Kept[] => [...all.values()].filter((entry) => entry.clientSeq > clientSeq)

  /** In place of what was kept of the same clientSeq. */
  const keep = (entry: Kept): Entry => {
    retainedBytes += entry.body.length - (all.get(entry.clientSeq)?.body.length ?? 0)
    all.set(entry.clientSeq, entry)
    return entry
  }

  const forget = ({ clientSeq, body }: Entry): void => {
    all.delete(clientSeq)
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
      return keep({
        clientSeq: ++last,
        kind: settle === null ? ENTRY.message : ENTRY.request,
        context: null,
        body,
        settle,
      })
    },

    steer(kind, settle) {
      if (kind !== ENTRY.unlink) {
        wantsProcessor = kind === ENTRY.take
        told = false
      }
      return keep({ clientSeq: ++last, kind, context: null, body: EMPTY, settle })
    },

    withdraw(clientSeq) {
      if (all.has(clientSeq))
        keep({ clientSeq, kind: ENTRY.cancelled, context: null, body: makeCancelled('withdrawn'), settle: null })
    },

    acknowledge(clientSeq) {
      const grows = clientSeq > acknowledged
      if (grows) acknowledged = clientSeq
      return grows
    },

    resume(processor) {
      resumedAs = processor
    },

    settle(upTo, isAll) {
      for (const kept of all.values()) {
        const { clientSeq, kind, settle } = kept
        if (clientSeq > upTo) return
        // LINKED says how far it is, and not which of it was refused: that comes behind it.
        if (kind === ENTRY.request || (settle === null && !isAll)) continue
        if (settle !== null && !isAll && wantsProcessor !== resumedAs) continue
        forget(kept)
        if (settle === null) continue
        if (!told) processorIs(kind === ENTRY.take)
        settle.answer(EMPTY)
      }
    },

    answered({ clientSeq, result }) {
      const kept = all.get(clientSeq)
      if (kept?.kind !== ENTRY.request) return
      forget(kept)
      kept.settle?.answer(result)
    },

    failed(failure) {
      const { clientSeq, reason, message } = failure
      const kept = all.get(clientSeq)
      const kind = kept?.kind
      if (kind === ENTRY.cancelled || reason === 'withdrawn') return
      const error = new CentrumError(reason, message, { details: readDetails(failure.details) })
      if (kept === undefined || kept.settle === null) {
        holder.refused(clientSeq, error)
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
        for (const { clientSeq, kind, settle } of lost) {
          const isMessage = kind === ENTRY.message
          const error =
            isMessage || code === 'unknown'
              ? new CentrumError(
                  'unknown',
                  `whether entry ${clientSeq} to '${channelId}' took effect is not known: ${why}`,
                )
              : new CentrumError(code, why)
          if (isMessage) holder.refused(clientSeq, error)
          else if (kind !== ENTRY.request && wanted === processor) settle?.answer(EMPTY)
          else settle?.failed(error)
        }
      }
    },
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
