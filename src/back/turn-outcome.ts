/**
 * What one turn of a channel brings, as a value: all of it is here, and none of it has left the back. `release` sends it. Between
 * the two a durable channel stores what `record()` says; a memory-only one releases at once. Knows nothing of handlers.
 */
import type { ChannelImage } from '../durable/channel-image.js'
import type { TurnRecord } from '../durable/turn-record.js'
import type { SharedBlock } from '../protocol/blocks.js'
import type { Item, LinkedState } from '../protocol/link-frames.js'
import { encodeToFront } from '../protocol/master-frames.js'
import type { Origin } from '../protocol/origin.js'
import { makePrivateBlock, partsOf } from '../protocol/private-block.js'
import type { HandledMessage } from '../store/store.js'
import type { ContextRecord } from './context-state.js'
import type { Kick, TurnWords } from './live-context.js'
import type { Outgoing, PeerSpeaker } from './peer-messages.js'
import type { PublishedTurn } from './owned-state.js'
import type { Session } from './session.js'
import type { Carrier } from './session-state.js'
import type { Ending } from './tasks.js'

/** Characters of the message that says why a link ended; the rest is cut off. */
const MESSAGE_LENGTH_MAX = 1_000
/** Bytes of the details that are sent with the end of a link; larger ones are left out. */
const DETAILS_BYTES_MAX = 65_536

/** The end of a link as it was at the end of the turn: where the session has moved since, this reaches nothing. */
export interface LinkPlace {
  readonly carrier: Carrier
  readonly ref: number
}

/** What a turn has for single links, and which sessions it changed. */
export interface LinksOutcome {
  /** Links that were accepted, or go on by a new contact. */
  readonly linked: readonly (LinkPlace & { readonly linked: LinkedState })[]
  /** What single links are owed. */
  readonly links: readonly (LinkPlace & { readonly acknowledged: number; readonly items: readonly Item[] })[]
  /** Links that ended. */
  readonly detached: readonly (LinkPlace & { readonly ending: Ending })[]
  readonly changed: readonly Session[]
  /** The serials of those that ended and were accepted. */
  readonly disconnected: readonly number[]
}

export interface TurnOutcome extends Omit<LinksOutcome, 'changed' | 'disconnected'> {
  readonly channelId: string
  readonly epoch: number
  readonly origin: Origin
  /** The version after the turn. */
  readonly version: number
  /** Null where nothing has happened that all see. */
  readonly block: SharedBlock | null
  readonly kicks: readonly Kick[]
  readonly outbox: readonly Outgoing[]
  /** Messages from the database that have their outcome with it. */
  readonly handled: readonly HandledMessage[]
  /**
   * What is to be stored, so that it makes an image of the version after from an image of the version before. To be called before
   * the next turn.
   */
  record(): TurnRecord
  /** What of the channel outlives its owner, behind the turn. To be called before the next turn. */
  image(): ChannelImage
  /** Whether the turn left nothing that would have to be stored. To be called before the next turn. */
  isEmpty(): boolean
  /** Whether the turn changed the state. */
  readonly hasPatch: boolean
  /** Whether a session ended in it. */
  readonly hasDisconnected: boolean
  /** Whether the channel ends with it. */
  readonly isLast: boolean
  /** When a channel without an owner is to be woken: 0 for at once, null for not by itself. */
  readonly dueAt: number | null
}

/** What the parts of a channel have made of a turn. */
export interface TurnParts {
  readonly channelId: string
  /** Where the history is behind the turn. */
  readonly at: HistoryPosition
  readonly published: PublishedTurn
  readonly words: TurnWords
  readonly links: LinksOutcome
  readonly serial: number
  readonly context: () => ContextRecord
  readonly isLast: boolean
  readonly dueAt: number | null
  readonly image: () => ChannelImage
}

/** A literal of named fields: each turn of each channel makes one, and spreads cost several times more. */
export function makeOutcome(parts: TurnParts): TurnOutcome {
  const { channelId, at, published, words, links, serial, context, isLast, dueAt, image } = parts
  const { origin, epoch, version } = at
  const { previous, patch, block } = published
  const { events, kicks, outbox, handled } = words
  const { linked, links: owed, detached, changed, disconnected } = links
  return {
    channelId,
    epoch,
    origin,
    version,
    block,
    linked,
    links: owed,
    detached,
    kicks,
    outbox,
    handled,
    isLast,
    dueAt,
    image,
    hasPatch: patch !== null,
    hasDisconnected: disconnected.length > 0,
    isEmpty() {
      const { memoryPatch, timerChanges, outboxChanges } = context()
      const { set, removed } = timerChanges
      const settled = outboxChanges.removed.length
      const isQuiet = block === null && patch === null && memoryPatch === null
      return (
        isQuiet &&
        changed.length + disconnected.length + kicks.length + outbox.length + set.length + removed.length + settled ===
          0 &&
        handled.length === 0
      )
    },
    record: () => ({
      origin,
      previous,
      version,
      patch,
      events,
      serial,
      ...context(),
      sessions: changed.flatMap((session) => session.toImage() ?? []),
      disconnected,
    }),
  }
}

/** Where a channel's history is: `version` is the one that was encoded last. */
export interface HistoryPosition {
  readonly origin: Origin
  readonly epoch: number
  readonly version: number
  /** How old the image was that it began with, where what came behind that is lost. */
  readonly imageAgeMs: number | null
}

/** What all fronts see that mirror the channel. */
export interface FrontsStream {
  /** Shows them all up to a version. */
  release(version: number): void
}

/** Where the rest of an outcome goes that is not for links of the channel. */
export interface OutcomeSink {
  kick(sessionId: string, reason: string): void
  /** Sends what a channel has for another one. */
  speak(speaker: PeerSpeaker, outgoing: Outgoing): void
}

/** Rule V7: LINKED and PRIVATE of a turn go out before its shared block, whose version they name; ends of links behind all else. */
export function release(outcome: TurnOutcome, fronts: FrontsStream, back: OutcomeSink): void {
  for (const { carrier, ref, linked } of outcome.linked) {
    carrier.send(encodeToFront({ type: 'masterLinked', ref, linked }))
  }
  sendPrivate(outcome)
  fronts.release(outcome.version)
  for (const { carrier, ref, ending } of outcome.detached) detach(carrier, ref, ending, ending.reason)
  releaseElsewhere(outcome, back)
}

/** What is not for links of the channel. */
export function releaseElsewhere(outcome: TurnOutcome, back: OutcomeSink): void {
  for (const { sessionId, reason } of outcome.kicks) back.kick(sessionId, reason)
  for (const outgoing of outcome.outbox) back.speak(outcome, outgoing)
}

/** PRIVATE for each front, in several where they would be long. */
function sendPrivate(outcome: TurnOutcome): void {
  const { links } = outcome
  const [first] = links
  if (first === undefined) return
  // Most channels are linked through one front.
  if (links.every(({ carrier }) => carrier === first.carrier)) return sendTo(first.carrier, outcome, links)
  const byCarrier = new Map<Carrier, TurnOutcome['links'][number][]>()
  for (const link of links) {
    const others = byCarrier.get(link.carrier)
    if (others) others.push(link)
    else byCarrier.set(link.carrier, [link])
  }
  for (const [carrier, own] of byCarrier) sendTo(carrier, outcome, own)
}

function sendTo(carrier: Carrier, outcome: TurnOutcome, links: TurnOutcome['links']): void {
  for (const part of partsOf(links)) carrier.send(makePrivateBlock(outcome, part))
}

/** Tells a front that a link has ended, and releases its ref. */
export function detach(carrier: Carrier, ref: number, ending: Ending, message: string): void {
  const { wire: reason, relink, details = null, owner = null } = ending
  const kept = details !== null && details.length > DETAILS_BYTES_MAX ? null : details
  const short = message.slice(0, MESSAGE_LENGTH_MAX)
  carrier.send(encodeToFront({ type: 'masterDetached', ref, reason, relink, message: short, owner, details: kept }))
  carrier.release(ref)
}
