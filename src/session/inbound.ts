/**
 * What a channel sends to one link, put in order: blocks and keyframes are taken only where they fit what is there, and what
 * is private of a version waits until the state is at it (rules V2, V6, V7, V9, G1). State and payloads stay bytes.
 */
import {
  type Keyframe,
  readEvents,
  readTurns,
  type SharedBlock,
  type SharedEvent,
  type Turn,
} from '../protocol/blocks.js'
import { type Item, type LinkedState, readItems } from '../protocol/link-frames.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { LinkEndOptions } from './link-end-state.js'
import type { LinkCarrier, LinkHolder } from './link-holder.js'
import type { Outbound } from './outbound.js'

/** The link's end, to which what came goes on in order. */
export interface InboundSink {
  /** Has something done when it may be: at once, or after the link's `go()`. */
  handOn(run: () => void): void
  /** Whether what comes is taken: not any more once contact is lost or the link is closed. */
  isTaking(): boolean
  /** The state is at a new version, and the holder knows. */
  advanced(): void
  item(item: Item): void
}

/** taken, or left because it was had before or is not for this link; anything else: link again, for this reason. */
export type InboundOutcome = 'taken' | 'ignored' | 'gap' | 'overflow' | 'protocol-error'

interface Held {
  readonly version: number
  readonly acknowledged: number
  /** Null for LINKED: it has no items, and some may follow that belong before it. */
  readonly items: readonly Item[] | null
  readonly bytes: number
}

interface PrivateBlock {
  readonly epoch: number
  readonly version: number
  readonly items: Uint8Array
}

const NO_EVENTS: readonly SharedEvent[] = []

/** How far a link's end has come. */
export interface Position {
  /** What the channel calls the link: another one is another link. Null before the first LINKED. */
  origin: Origin | null
  serial: number
  /** The greatest that was ever accepted for the channel. */
  epoch: number
  /** The version that the state is at. */
  version: number
  /** The last serverSeq that was handed on. */
  serverSeqSeen: number
  /** Whether the state is there: not before the first keyframe, and not after bytes that could not be applied. */
  loaded: boolean
  /** The session that the connection speaks for: events with `except` of it are dropped. */
  sessionId: string
}

/** What it works with. */
export interface InboundParts {
  readonly holder: LinkHolder
  readonly carrier: LinkCarrier
  readonly outbound: Outbound
  readonly options: LinkEndOptions
  readonly sink: InboundSink
}

export class Inbound {
  readonly #at: Position
  readonly #parts: InboundParts
  /** The last version whose events were handed on, or reported as missed. */
  #eventsUpTo = 0
  /** Where the events of this link begin: of that version behind its first `eventsAfter`. */
  #eventsVersion = 0
  #eventsAfter = 0
  /** The last serverSeq that was taken, though it may be held. */
  #serverSeqTaken = 0
  #held: Held[] = []

  /** Moves `at`. */
  constructor(at: Position, parts: InboundParts) {
    this.#at = at
    this.#parts = parts
  }

  /** Private blocks that wait for their version. */
  get held(): number {
    return this.#held.length
  }

  /** The channel accepted the link: anew, or (`isNew` false) it goes on. */
  begin(linked: LinkedState, isNew: boolean): void {
    const at = this.#at
    at.epoch = linked.epoch
    at.serial = linked.serial
    if (!isAt(at, linked.origin)) {
      at.origin = linked.origin
      at.version = this.#eventsUpTo = 0
      at.loaded = false
    }
    if (isNew) {
      this.#eventsVersion = linked.eventsVersion
      this.#eventsAfter = linked.eventsAfter
      at.serverSeqSeen = 0
    }
    this.disconnected()
    this.#reach(linked.version)
    this.#held.push({ version: linked.version, acknowledged: linked.processed, items: null, bytes: 0 })
  }

  /** Where there is no state to wait for, each version is reached as it is named. */
  #reach(version: number): void {
    if (!this.#parts.options.stateless) return
    this.#at.version = Math.max(this.#at.version, version)
    this.#at.loaded = true
  }

  /** Continues where the state may already be at what is held. */
  catchUp(): void {
    if (this.#at.loaded) this.#release(NO_EVENTS)
  }

  /** Contact is lost: what is held will be sent again. */
  disconnected(): void {
    this.#serverSeqTaken = this.#at.serverSeqSeen
    this.#held = []
  }

  /** The link is over and no version comes any more: what is held is handed on as it is. */
  finish(): void {
    this.#release(NO_EVENTS, false, null, Infinity)
  }

  /** A block or a keyframe: what brings the state to its version. */
  state(next: SharedBlock | Keyframe): InboundOutcome {
    const at = this.#at
    const { epoch, origin, version } = next
    const block = 'previous' in next ? next : null
    if (epoch < at.epoch || (block !== null && !at.loaded)) return 'ignored'
    if (!isAt(at, origin)) return 'gap'
    if (at.loaded && version <= at.version) return 'ignored'
    if (block !== null && block.previous !== at.version) return 'gap'
    try {
      if (block === null) this.#load(next as Keyframe)
      else for (const turn of decoding(() => readTurns(block))) this.#take(turn, block)
      return 'taken'
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error
      at.loaded = false
      return 'protocol-error'
    }
  }

  #load(keyframe: Keyframe): void {
    const { holder, options } = this.#parts
    decoding(() => holder.load(keyframe))
    options.counts.keyframes++
    const { epoch, version } = keyframe
    // Where the versions begin whose events it stands in for. Those before the link began were none of its own.
    const missedFrom = Math.max(this.#eventsUpTo + 1, this.#eventsVersion)
    this.#advance(epoch, version, NO_EVENTS, version < missedFrom ? null : missedFrom)
  }

  #take({ version, patch, events: encoded }: Turn, block: SharedBlock): void {
    const { holder, options, sink } = this.#parts
    // Contact was lost in the midst of it, by what was handed on before: the rest comes again.
    if (version !== this.#at.version + 1 || !sink.isTaking()) return
    const events = decoding(() => {
      if (patch !== null) {
        holder.patch(patch, version === block.version ? block : { ...block, version })
        options.counts.patches++
      }
      return version > this.#eventsUpTo ? readEvents(encoded) : NO_EVENTS
    })
    this.#advance(block.epoch, version, events, null)
  }

  /** The state is at this version: hands on what belongs there. `missedFrom`: where versions begin whose events were missed. */
  #advance(epoch: number, version: number, events: readonly SharedEvent[], missedFrom: number | null): void {
    const at = this.#at
    at.epoch = epoch
    at.version = version
    at.loaded = true
    this.#eventsUpTo = Math.max(version, this.#eventsUpTo)
    this.#release(events, true, missedFrom)
  }

  private({ epoch, version, items }: PrivateBlock): InboundOutcome {
    const { counts, limits } = this.#parts.options
    if (epoch < this.#at.epoch) return 'ignored'
    const block = readItems(items)
    const fresh = block.items.filter(({ serverSeq }) => serverSeq > this.#serverSeqTaken)
    counts.duplicates += block.items.length - fresh.length
    for (const { serverSeq } of fresh) if (serverSeq !== ++this.#serverSeqTaken) return 'gap'
    const bytes = fresh.length === 0 ? 0 : items.length
    this.#held.push({ version, acknowledged: block.acknowledged, items: fresh, bytes })
    this.#reach(version)
    // What can be handed on is not held. A single block may be larger: it would be no smaller when it comes again.
    this.catchUp()
    const heldBytes = this.#held.reduce((sum, one) => sum + one.bytes, 0)
    if (this.#held.length > limits.heldBlocksMax) return 'overflow'
    return heldBytes > limits.heldBytesMax && heldBytes > bytes ? 'overflow' : 'taken'
  }

  /** Hands on what the state has reached, between the events of the version where it belongs. */
  #release(
    events: readonly SharedEvent[],
    advanced = false,
    missedFrom: number | null = null,
    version = this.#at.version,
  ): void {
    const at = this.#at
    const { holder, carrier, outbound, sink } = this.#parts
    const later = this.#held.findIndex((block) => block.version > version)
    const due = this.#held.splice(0, later < 0 ? this.#held.length : later)
    // Noted before anything is handed on: that may end the contact, and the rest is handed on nevertheless.
    for (const { items } of due) at.serverSeqSeen = items?.[items.length - 1]?.serverSeq ?? at.serverSeqSeen
    const acknowledged = Math.max(0, ...due.map((block) => block.acknowledged))
    if (outbound.acknowledge(acknowledged)) carrier.acknowledged(acknowledged)
    if (advanced) {
      holder.changed(version)
      sink.advanced()
    }
    if (missedFrom !== null) sink.handOn(() => holder.missed({ from: missedFrom, to: version }))
    let next = 0
    for (const { items } of due) {
      for (const item of items ?? []) {
        // Where turns were coalesced there are no events, and nothing to wait for.
        while (next < Math.min(item.after, events.length)) this.#event(events, next++)
        sink.handOn(() => sink.item(item))
      }
    }
    while (next < events.length) this.#event(events, next++)
    const all = due.some(({ items }) => items !== null)
    if (due.length > 0) sink.handOn(() => outbound.settle(acknowledged, all))
  }

  #event(events: readonly SharedEvent[], index: number): void {
    const { version, sessionId } = this.#at
    const { name, payload, except } = events[index] as SharedEvent
    const early = version < this.#eventsVersion || (version === this.#eventsVersion && index < this.#eventsAfter)
    if (early || except.includes(sessionId)) return
    this.#parts.sink.handOn(() => this.#parts.holder.event(name, payload))
  }
}

export function isAt({ origin }: Position, other: Origin): boolean {
  return origin !== null && sameOrigin(origin, other)
}

/** Bytes that the state cannot be moved by: all of it is needed anew. */
class Undecodable extends Error {}

function decoding<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new Undecodable('undecodable', { cause: error })
  }
}
