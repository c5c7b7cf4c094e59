/**
 * What a channel says to one link, put in order: blocks and keyframes are taken only where they fit what is there, and what
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
import type { LinkEndLimits } from './link-end-limits.js'
import type { LinkEndCounts } from './link-end-state.js'
import type { LinkCarrier, LinkHolder } from './link-holder.js'
import type { Outbound } from './outbound.js'

/** Who takes what came, in order, beside the holder of the link. */
export interface InboundSink {
  /** Has something done when it may be: at once, or after the link's `go()`. */
  handOn(run: () => void): void
  /** Whether what comes is taken: not any more once contact is lost or the link is closed. */
  isTaking(): boolean
  /** The state is at a new version, and the holder has heard it. */
  advanced(): void
  item(item: Item): void
}

/** taken, or left because it was had before or is not for this link; anything else: link again, for this reason. */
export type InboundOutcome = 'taken' | 'ignored' | 'gap' | 'overflow' | 'protocol-error'

interface Held {
  readonly version: number
  readonly acknowledged: number
  /** Null for what LINKED says: it has no items, and some may follow that belong before it. */
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

export interface Inbound {
  /** Private blocks that wait for their version. */
  readonly held: number
  /** The channel accepted the link: anew, or (`fresh` false) it goes on. */
  begin(linked: LinkedState, fresh: boolean): void
  /** Continues where the state may already be at what is held. */
  catchUp(): void
  /** Contact is lost: what is held will be sent again. */
  lost(): void
  /** A block or a keyframe: what brings the state to its version. */
  state(next: SharedBlock | Keyframe): InboundOutcome
  private(block: PrivateBlock): InboundOutcome
  /** The link is over and no version comes any more: what is held is handed on as it is. */
  finish(): void
}

/** Moves `at`. */
export function newInbound(
  at: Position,
  holder: LinkHolder,
  carrier: LinkCarrier,
  outbound: Outbound,
  limits: LinkEndLimits,
  counts: LinkEndCounts,
  sink: InboundSink,
): Inbound {
  /** The last version whose events were handed on, or told to be missed. */
  let told = 0
  /** Where the events of this link begin: of that version behind its first `eventsAfter`. */
  let eventsVersion = 0
  let eventsAfter = 0
  let uTaken = 0
  let held: Held[] = []

  /** Hands on what the state has reached, between the events of the version where it belongs. */
  const release = (
    events: readonly SharedEvent[],
    advanced = false,
    missedFrom: number | null = null,
    version = at.version,
  ): void => {
    const later = held.findIndex((block) => block.version > version)
    const released = held.splice(0, later < 0 ? held.length : later)
    // Noted before anything is handed on: whoever hears it may lose contact in the midst of it, and still hears the rest.
    for (const { items } of released) at.serverSeqSeen = items?.at(-1)?.serverSeq ?? at.serverSeqSeen
    const acknowledged = Math.max(0, ...released.map((block) => block.acknowledged))
    if (outbound.acknowledge(acknowledged)) carrier.acknowledged(acknowledged)
    if (advanced) {
      holder.changed(version)
      sink.advanced()
    }
    if (missedFrom !== null) sink.handOn(() => holder.missed({ from: missedFrom, to: version }))
    let next = 0
    const event = (): void => {
      const { name, payload, except } = events[next] as SharedEvent
      const early = at.version < eventsVersion || (at.version === eventsVersion && next < eventsAfter)
      next++
      if (!early && !except.includes(at.sessionId)) sink.handOn(() => holder.event(name, payload))
    }
    for (const { items } of released) {
      for (const item of items ?? []) {
        // Where turns were coalesced there are no events, and nothing to wait for.
        while (next < Math.min(item.after, events.length)) event()
        sink.handOn(() => sink.item(item))
      }
    }
    while (next < events.length) event()
    const all = released.some(({ items }) => items !== null)
    if (released.length > 0) sink.handOn(() => outbound.settle(acknowledged, all))
  }

  const catchUp = (): void => {
    if (at.loaded) release(NO_EVENTS)
  }

  const lost = (): void => {
    uTaken = at.serverSeqSeen
    held = []
  }

  /** The state is at this version: hands on what belongs there. `missedFrom`: where versions begin whose events were missed. */
  const advance = (epoch: number, version: number, events: readonly SharedEvent[], missedFrom: number | null): void => {
    at.epoch = epoch
    at.version = version
    told = Math.max(version, told)
    at.loaded = true
    release(events, true, missedFrom)
  }

  const load = (keyframe: Keyframe): void => {
    decoding(() => holder.load(keyframe))
    counts.keyframes++
    const { epoch, version } = keyframe
    // Where the versions begin whose events it stands in for. Those before the link began were none of its own.
    const missedFrom = Math.max(told + 1, eventsVersion)
    advance(epoch, version, NO_EVENTS, version < missedFrom ? null : missedFrom)
  }

  const take = ({ version, patch, events: encoded }: Turn, block: SharedBlock): void => {
    // Contact was lost in the midst of it, by what was handed on before: the rest comes again.
    if (version !== at.version + 1 || !sink.isTaking()) return
    const events = decoding(() => {
      if (patch !== null) {
        holder.patch(patch, version === block.version ? block : { ...block, version })
        counts.patches++
      }
      return version > told ? readEvents(encoded) : NO_EVENTS
    })
    advance(block.epoch, version, events, null)
  }

  return {
    get held() {
      return held.length
    },
    catchUp,
    lost,

    begin(linked, fresh) {
      at.epoch = linked.epoch
      at.serial = linked.serial
      if (!isAt(at, linked.origin)) {
        at.origin = linked.origin
        at.version = told = 0
        at.loaded = false
      }
      if (fresh) {
        ;({ eventsVersion, eventsAfter } = linked)
        at.serverSeqSeen = 0
      }
      lost()
      held.push({ version: linked.version, acknowledged: linked.processed, items: null, bytes: 0 })
    },

    state(next) {
      const { epoch, origin, version } = next
      const block = 'previous' in next ? next : null
      if (epoch < at.epoch || (block !== null && !at.loaded)) return 'ignored'
      if (!isAt(at, origin)) return 'gap'
      if (at.loaded && version <= at.version) return 'ignored'
      if (block !== null && block.previous !== at.version) return 'gap'
      try {
        if (block === null) load(next as Keyframe)
        else for (const turn of decoding(() => readTurns(block))) take(turn, block)
        return 'taken'
      } catch (error) {
        if (!(error instanceof Undecodable)) throw error
        at.loaded = false
        return 'protocol-error'
      }
    },

    private({ epoch, version, items }) {
      if (epoch < at.epoch) return 'ignored'
      const block = readItems(items)
      const fresh = block.items.filter(({ serverSeq }) => serverSeq > uTaken)
      counts.duplicates += block.items.length - fresh.length
      for (const { serverSeq } of fresh) if (serverSeq !== ++uTaken) return 'gap'
      const bytes = fresh.length === 0 ? 0 : items.length
      held.push({ version, acknowledged: block.acknowledged, items: fresh, bytes })
      const heldBytes = held.reduce((sum, { bytes }) => sum + bytes, 0)
      if (held.length > limits.heldBlocksMax || heldBytes > limits.heldBytesMax) return 'overflow'
      catchUp()
      return 'taken'
    },

    finish() {
      release(NO_EVENTS, false, null, Infinity)
    },
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
