/**
 * What a channel says to one link, put in order: blocks and keyframes are taken only where they fit what is there, and what
 * is private of a version waits until the state is at it (rules V2, V6, V7, V9, G1). State and payloads stay bytes.
 */
import { type Keyframe, readEvents, type SharedBlock, type SharedEvent } from '../protocol/blocks.js'
import { type Item, type LinkedState, type LinkPast, readItems } from '../protocol/link-frames.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { LinkCounts, LinkLimits } from './link-end-state.js'
import type { LinkHolder } from './link-holder.js'
import type { Outbound } from './outbound.js'

/** Who takes what came, in order, beside the holder of the link. */
export interface InboundSink {
  /** Has something done when it may be: at once, or after the link's `go()`. */
  handOn(run: () => void): void
  /** The state is at a new version, and the holder has heard it. */
  advanced(): void
  item(item: Item): void
}

/** taken, or left because it was had before or is not for this link; anything else: link again, for this reason. */
export type Outcome = 'taken' | 'ignored' | 'gap' | 'overflow' | 'protocol-error'

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

export class Inbound {
  readonly #holder: LinkHolder
  readonly #outbound: Outbound
  readonly #sink: InboundSink
  readonly #limits: LinkLimits
  readonly #counts: LinkCounts
  /** The session whose events with `except` are dropped. */
  sessionId = ''
  /** The greatest that was ever accepted for the channel. */
  epoch: number
  /** The version that the state is at. */
  version = 0
  /** Whether the state is there: not before the first keyframe, and not after bytes that could not be applied. */
  loaded = false
  /** The last u that was handed on. */
  uSeen = 0
  /** What the channel calls the link: another one is another link. Null before the first LINKED. */
  origin: Origin | null = null
  serial = 0
  /** The last version whose events were handed on, or told to be missed. */
  #told = 0
  /** Where the events of this link begin: of that version behind its first `after`. */
  #begin = { version: 0, after: 0 }
  #uTaken = 0
  #held: Held[] = []

  constructor(
    holder: LinkHolder,
    outbound: Outbound,
    epoch: number,
    limits: LinkLimits,
    counts: LinkCounts,
    sink: InboundSink,
  ) {
    this.#holder = holder
    this.#outbound = outbound
    this.#sink = sink
    this.epoch = epoch
    this.#limits = limits
    this.#counts = counts
  }

  /** Private blocks that wait for their version. */
  get held(): number {
    return this.#held.length
  }

  /**
   * What LINK says of what is there. Null without the state: all of it is needed then. What was seen already comes again,
   * and is dropped by its u.
   */
  past(): LinkPast | null {
    const { origin, epoch, version, serial, uSeen } = this
    return origin === null || !this.loaded ? null : { origin, epoch, version, serial, uSeen }
  }

  /** The channel accepted the link: anew, or (`fresh` false) it goes on. */
  begin(linked: LinkedState, fresh: boolean): void {
    const { origin, epoch, version, serial, processed, eventsVersion, eventsAfter } = linked
    this.epoch = epoch
    this.serial = serial
    if (!this.isOf(origin)) {
      this.origin = origin
      this.version = this.#told = 0
      this.loaded = false
    }
    if (fresh) {
      this.#begin = { version: eventsVersion, after: eventsAfter }
      this.uSeen = 0
    }
    this.lost()
    this.#held.push({ version, acknowledged: processed, items: null, bytes: 0 })
  }

  /** Continues where the state may already be at what is held. */
  catchUp(): void {
    if (this.loaded) this.#release(NO_EVENTS)
  }

  /** Contact is lost: what is held will be sent again. */
  lost(): void {
    this.#uTaken = this.uSeen
    this.#held = []
  }

  /** A block or a keyframe: what brings the state to its version. */
  state(next: SharedBlock | Keyframe): Outcome {
    const { epoch, origin, version } = next
    const block = 'previous' in next ? next : null
    if (epoch < this.epoch || (block !== null && !this.loaded)) return 'ignored'
    if (!this.isOf(origin)) return 'gap'
    if (this.loaded && version <= this.version) return 'ignored'
    if (block !== null && block.previous !== this.version) return 'gap'
    let events = NO_EVENTS
    try {
      if (block === null) {
        this.#holder.load(next as Keyframe)
        this.#counts.keyframes++
      } else {
        if (version > this.#told) events = readEvents(block.events)
        if (block.patch !== null) {
          this.#holder.patch(block.patch, block)
          this.#counts.patches++
        }
      }
    } catch {
      this.loaded = false
      return 'protocol-error'
    }
    const missedFrom = block === null ? this.#missedFrom(version) : null
    this.epoch = epoch
    this.version = version
    this.#told = Math.max(version, this.#told)
    this.loaded = true
    this.#release(events, true, missedFrom)
    return 'taken'
  }

  private({ epoch, version, items }: PrivateBlock): Outcome {
    if (epoch < this.epoch) return 'ignored'
    const block = readItems(items)
    const fresh = block.items.filter(({ u }) => u > this.#uTaken)
    this.#counts.duplicates += block.items.length - fresh.length
    for (const { u } of fresh) if (u !== ++this.#uTaken) return 'gap'
    const bytes = fresh.length === 0 ? 0 : items.length
    this.#held.push({ version, acknowledged: block.acknowledged, items: fresh, bytes })
    const heldBytes = this.#held.reduce((sum, held) => sum + held.bytes, 0)
    if (this.#held.length > this.#limits.heldBlocksMax || heldBytes > this.#limits.heldBytesMax) return 'overflow'
    this.catchUp()
    return 'taken'
  }

  /** The link is over and no version comes any more: what is held is handed on as it is. */
  finish(): void {
    this.#release(NO_EVENTS, false, null, Infinity)
  }

  isOf(origin: Origin): boolean {
    return this.origin !== null && sameOrigin(this.origin, origin)
  }

  /** Hands on what the state has reached, between the events of the version where it belongs. */
  #release(
    events: readonly SharedEvent[],
    advanced = false,
    missedFrom: number | null = null,
    version = this.version,
  ): void {
    const sink = this.#sink
    const later = this.#held.findIndex((held) => held.version > version)
    const released = this.#held.splice(0, later < 0 ? this.#held.length : later)
    // Noted before anything is handed on: whoever hears it may lose contact in the midst of it, and still hears the rest.
    for (const { items } of released) this.uSeen = items?.at(-1)?.u ?? this.uSeen
    const acknowledged = Math.max(0, ...released.map((held) => held.acknowledged))
    if (this.#outbound.acknowledge(acknowledged)) this.#holder.acknowledged(acknowledged)
    if (advanced) {
      this.#holder.changed(version)
      sink.advanced()
    }
    if (missedFrom !== null) sink.handOn(() => this.#holder.missed({ from: missedFrom, to: version }))
    let next = 0
    const event = (): void => this.#event(events[next] as SharedEvent, next++)
    for (const { items } of released) {
      for (const item of items ?? []) {
        // Where turns were coalesced there are no events, and nothing to wait for.
        while (next < Math.min(item.after, events.length)) event()
        sink.handOn(() => sink.item(item))
      }
    }
    while (next < events.length) event()
    const all = released.some(({ items }) => items !== null)
    if (released.length > 0) sink.handOn(() => this.#outbound.settle(acknowledged, all))
  }

  #event({ name, payload, except }: SharedEvent, index: number): void {
    const { version, after } = this.#begin
    const early = this.version < version || (this.version === version && index < after)
    if (!early && !except.includes(this.sessionId)) this.#sink.handOn(() => this.#holder.event(name, payload))
  }

  /** Where the versions begin whose events a keyframe stands in for. Those before the link began were none of its own. */
  #missedFrom(version: number): number | null {
    const from = Math.max(this.#told + 1, this.#begin.version)
    return version < from ? null : from
  }
}
