/**
 * What a channel says to one link, put in order: blocks and keyframes are taken only where they fit what is there, and what
 * is private of a version waits until the state is at it (rules V2, V6, V7, V9, G1). State and payloads stay bytes.
 */
import { type Keyframe, readEvents, type SharedBlock, type SharedEvent } from '../protocol/blocks.js'
import { type Item, type LinkedState, type LinkPast, readItems } from '../protocol/link-frames.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { LinkCounts, LinkLimits } from './link-end-state.js'
import type { LinkHolder } from './link-holder.js'

/** Who takes what came, in order, beside the holder of the link. */
export interface InboundSink {
  /** Has something done when it may be: at once, or after the link's `go()`. */
  handOn(run: () => void): void
  /** The state is at this version. */
  advanced(version: number): void
  /** Everything up to n is processed, and the state shows it. */
  acknowledged(n: number): void
  item(item: Item): void
  /**
   * Behind the last event and item of a step: everything up to n is processed. `all`: what came of it has been told; else,
   * after the link went on, some of it may follow.
   */
  settled(n: number, all: boolean): void
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
  readonly #sink: InboundSink
  readonly #limits: LinkLimits
  readonly #counts: LinkCounts
  /** The session whose events with `except` are dropped. */
  sessionId = ''
  #origin: Origin | null = null
  #epoch: number
  /** The version that the state is at. */
  #version = 0
  /** The last version whose events were handed on, or told to be missed. */
  #told = 0
  /** Whether the state is there: not before the first keyframe, and not after bytes that could not be applied. */
  #loaded = false
  /** Where the events of this link begin, and whether that is within a version: behind its first `after` events. */
  #begin = { version: 0, after: 0, within: false }
  #uSeen = 0
  #uTaken = 0
  #held: Held[] = []
  #heldBytes = 0

  /** `epoch`: the greatest that was ever accepted for the channel. */
  constructor(holder: LinkHolder, sink: InboundSink, epoch: number, limits: LinkLimits, counts: LinkCounts) {
    this.#holder = holder
    this.#sink = sink
    this.#epoch = epoch
    this.#limits = limits
    this.#counts = counts
  }

  get epoch(): number {
    return this.#epoch
  }

  get version(): number {
    return this.#version
  }

  get loaded(): boolean {
    return this.#loaded
  }

  /** The last u that was handed on. */
  get uSeen(): number {
    return this.#uSeen
  }

  /** Private blocks that wait for their version. */
  get held(): number {
    return this.#held.length
  }

  /** Whether what is said in this epoch may be listened to. */
  accepts(epoch: number): boolean {
    return epoch >= this.#epoch
  }

  /**
   * What LINK says of what is there. Null without the state: all of it is needed then. What was seen already comes again,
   * and is dropped by its u.
   */
  past(serial: number): LinkPast | null {
    if (this.#origin === null || !this.#loaded) return null
    return { origin: this.#origin, epoch: this.#epoch, version: this.#version, serial, uSeen: this.#uSeen }
  }

  /** The channel accepted the link: anew, or (`fresh` false) it goes on. */
  begin(linked: LinkedState, fresh: boolean): void {
    this.#epoch = linked.epoch
    if (this.#origin === null || !sameOrigin(this.#origin, linked.origin)) {
      this.#origin = linked.origin
      this.#version = 0
      this.#told = 0
      this.#loaded = false
    }
    if (fresh) {
      const { version, eventsVersion, eventsAfter } = linked
      this.#begin = { version: eventsVersion, after: eventsAfter, within: eventsVersion <= version }
      this.#uSeen = 0
    }
    this.lost()
    this.#hold({ version: linked.version, acknowledged: linked.processed, items: null, bytes: 0 })
  }

  /** Continues where the state may already be at what `begin` holds. */
  catchUp(): void {
    if (this.#loaded) this.#release(NO_EVENTS, false)
  }

  /** Contact is lost: what is held will be sent again. */
  lost(): void {
    this.#uTaken = this.#uSeen
    this.#held = []
    this.#heldBytes = 0
  }

  shared(block: SharedBlock): Outcome {
    if (!this.#loaded || !this.accepts(block.epoch)) return 'ignored'
    if (this.#origin === null || !sameOrigin(this.#origin, block.origin)) return 'gap'
    if (block.version <= this.#version) return 'ignored'
    if (block.previous !== this.#version) return 'gap'
    let events = NO_EVENTS
    try {
      if (block.version > this.#told) events = readEvents(block.events)
      if (block.patch !== null) {
        this.#holder.patch(block.patch, block)
        this.#counts.patches++
      }
    } catch {
      this.#loaded = false
      return 'protocol-error'
    }
    this.#epoch = block.epoch
    this.#version = block.version
    this.#told = Math.max(block.version, this.#told)
    this.#release(events, true)
    return 'taken'
  }

  keyframe(keyframe: Keyframe): Outcome {
    if (!this.accepts(keyframe.epoch)) return 'ignored'
    if (this.#origin === null || !sameOrigin(this.#origin, keyframe.origin)) return 'gap'
    if (this.#loaded && keyframe.version <= this.#version) return 'ignored'
    try {
      this.#holder.load(keyframe)
      this.#counts.keyframes++
    } catch {
      this.#loaded = false
      return 'protocol-error'
    }
    const missedFrom = this.#missedFrom(keyframe.version)
    this.#epoch = keyframe.epoch
    this.#version = keyframe.version
    this.#told = Math.max(keyframe.version, this.#told)
    this.#loaded = true
    this.#release(NO_EVENTS, true, missedFrom)
    return 'taken'
  }

  private({ epoch, version, items }: PrivateBlock): Outcome {
    if (!this.accepts(epoch)) return 'ignored'
    const block = readItems(items)
    const fresh = block.items.filter((item) => item.u > this.#uTaken)
    this.#counts.duplicates += block.items.length - fresh.length
    for (const { u } of fresh) {
      if (u !== this.#uTaken + 1) return 'gap'
      this.#uTaken = u
    }
    const bytes = fresh.length === 0 ? 0 : items.length
    if (this.#held.length >= this.#limits.heldBlocksMax || this.#heldBytes + bytes > this.#limits.heldBytesMax) {
      return 'overflow'
    }
    this.#hold({ version, acknowledged: block.acknowledged, items: fresh, bytes })
    if (this.#loaded) this.#release(NO_EVENTS, false)
    return 'taken'
  }

  /** The link is over and no version comes any more: what is held is handed on as it is. */
  finish(): void {
    this.#release(NO_EVENTS, false, null, Infinity)
  }

  #hold(held: Held): void {
    this.#held.push(held)
    this.#heldBytes += held.bytes
  }

  /** Hands on what the state has reached, between the events of the version where it belongs. */
  #release(
    events: readonly SharedEvent[],
    advanced: boolean,
    missedFrom: number | null = null,
    version = this.#version,
  ): void {
    const later = this.#held.findIndex((held) => held.version > version)
    const released = this.#held.splice(0, later < 0 ? this.#held.length : later)
    let acknowledged = 0
    for (const held of released) {
      acknowledged = Math.max(acknowledged, held.acknowledged)
      this.#heldBytes -= held.bytes
      // Noted before anything is handed on: whoever hears it may lose contact in the midst of it, and still hears the rest.
      this.#uSeen = held.items?.at(-1)?.u ?? this.#uSeen
    }
    this.#sink.acknowledged(acknowledged)
    if (advanced) this.#sink.advanced(version)
    if (missedFrom !== null) this.#sink.handOn(() => this.#holder.missed({ from: missedFrom, to: version }))
    this.#handOn(released, acknowledged, events)
  }

  #handOn(released: readonly Held[], acknowledged: number, events: readonly SharedEvent[]): void {
    let next = 0
    for (const { items } of released) {
      for (const item of items ?? []) {
        // Where turns were coalesced there are no events, and nothing to wait for.
        while (next < Math.min(item.after, events.length)) this.#event(events[next], next++)
        this.#sink.handOn(() => this.#sink.item(item))
      }
    }
    while (next < events.length) this.#event(events[next], next++)
    if (released.length === 0) return
    const all = released.some(({ items }) => items !== null)
    this.#sink.handOn(() => this.#sink.settled(acknowledged, all))
  }

  #event(event: SharedEvent | undefined, index: number): void {
    if (event === undefined || event.except.includes(this.sessionId)) return
    const { version, after } = this.#begin
    if (this.#version < version || (this.#version === version && index < after)) return
    this.#sink.handOn(() => this.#holder.event(event.name, event.payload))
  }

  /** Where the versions begin whose events a keyframe stands in for. Those before the link began were none of its own. */
  #missedFrom(version: number): number | null {
    const { version: first, within } = this.#begin
    // Of the turn in which the link was accepted it is not known whether anything followed.
    if (version === first && within) return null
    const from = Math.max(this.#told + 1, first)
    return version < from ? null : from
  }
}
