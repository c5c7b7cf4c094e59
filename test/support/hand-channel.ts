/**
 * A channel and the front before it, played by a test for one link: it accepts, processes, publishes and forgets what it is
 * told to, by rules L3, L6, L7, V4 and V7. What it says waits in `said` until the test hands it on, or loses it.
 */
import { makeKeyframe, makeSharedBlock, type SharedBlock, type SharedEvent } from '../../src/protocol/blocks.js'
import { ENTRY, ITEM, type ItemKind } from '../../src/protocol/frame-types.js'
import {
  type Entry,
  type Item,
  type LinkRequest,
  makeAnswer,
  makeFailure,
  makeItems,
  makeNamed,
  makeProcessorItem,
  readNamed,
  readCancelled,
} from '../../src/protocol/link-frames.js'
import { type Origin, sameOrigin } from '../../src/protocol/origin.js'
import type { Reason } from '../../src/protocol/reasons.js'
import type { LinkAnswer, LinkFrame } from '../../src/session/link-holder.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'

export const CHANNEL = 'arena/1'
const NOTHING = new Uint8Array(0)

interface HandSession {
  readonly linkNumber: number
  readonly serial: number
  readonly events: { readonly version: number; readonly after: number }
  inbox: Entry[]
  taken: number
  processed: number
  told: number
  u: number
  unseen: Item[]
  handed: number
  processor: boolean
  ended: boolean
}

/** What a channel did with an entry: its life (origin and serial), n, and what was in it. */
export interface Processed {
  readonly life: string
  readonly n: number
  readonly kind: number
  readonly name: string
  readonly payload: unknown
}

export interface TurnOptions {
  /** How many entries are processed; all by default. */
  readonly take?: number
  /** What the state becomes; by default it stays. */
  readonly text?: string
  /** Broadcast before and behind what is said to the link alone. */
  readonly before?: readonly string[]
  readonly behind?: readonly string[]
  /** Said to the link alone. */
  readonly direct?: readonly string[]
}

export class HandChannel {
  readonly said: LinkAnswer[] = []
  /** All that was ever processed, in order. */
  readonly processed: Processed[] = []
  /** All that was emitted of a life, in order: `shared a`, `direct b`. */
  readonly emitted: { readonly life: string; readonly version: number; readonly what: string; readonly u: number }[] =
    []
  /** What the state was, by the nonce of the origin and the version. */
  readonly states = new Map<string, string>()
  /** Messages with one of these names are refused, or their handler fails. */
  readonly refuses = new Set<string>()
  origin: Origin = { epoch: 1, nonce: '00000000000000a1' }
  epoch = 1
  version = 1
  text = 'begin'
  session: HandSession | null = null
  /** The link that the channel is reached by, and the version that the front has given it; null where it must begin anew. */
  contact: { readonly link: number; at: number | null } | null = null
  /** Turns are not given to the link while this is set: its front or itself is slow. */
  congested = false
  /** How a state and a change of it become bytes. */
  encodeState: (text: string) => Uint8Array = encodeValue
  encodeChange: (from: string, to: string) => Uint8Array = (from, to) => encodeValue({ from, to })
  #serial = 0
  #lives = 1
  #ring: SharedBlock[] = []
  #ringMax = 4
  #request: { readonly link: number; readonly request: LinkRequest } | null = null

  constructor() {
    this.#remember()
  }

  /** One frame of the link's end. */
  hear(frame: LinkFrame): void {
    switch (frame.type) {
      case 'link':
        this.#request = { link: frame.link, request: frame.request }
        return
      case 'entry':
        this.#entry(frame.link, frame.entry)
        return
      case 'seen':
        if (this.session && this.contact?.link === frame.link) {
          const before = this.session.unseen.length
          this.session.unseen = this.session.unseen.filter(({ serverSeq }) => serverSeq > frame.serverSeq)
          this.session.handed = Math.max(0, this.session.handed - (before - this.session.unseen.length))
        }
    }
  }

  /** One round: links, entries, what is emitted, then LINKED, PRIVATE and SHARED in their order. */
  turn({ take = Infinity, text = this.text, before = [], behind = [], direct = [] }: TurnOptions = {}): void {
    const events: SharedEvent[] = []
    const share = (what: string): void => {
      events.push({ name: 'shared', except: [], payload: encodeValue(what) })
    }
    const published = text !== this.text || before.length + behind.length > 0
    const version = published ? this.version + 1 : this.version
    const announced = this.#accept(published, events)
    for (const what of before) share(what)
    const session = this.session
    if (session) this.#process(session, take, events.length, version)
    if (session && !session.ended) {
      for (const what of direct) {
        this.#push(
          session,
          ITEM.event,
          events.length,
          makeNamed('direct', encodeValue(what)),
          version,
          `direct ${what}`,
        )
      }
    }
    for (const what of before) this.#note(version, `shared ${what}`, 0)
    for (const what of behind) {
      share(what)
      this.#note(version, `shared ${what}`, 0)
    }
    const block = published ? this.#publish(text, events) : null
    if (announced && session) this.#announce(session, block === null ? this.version : block.previous)
    if (session) this.#handOut(session)
    if (block) this.#give(block)
    if (session?.ended) this.detach('unlinked', false)
  }

  /** A keyframe in the place of all that the link lacks: what a front does for one that was slow. */
  catchUp(): void {
    this.congested = false
    const { contact } = this
    if (contact === null || contact.at === this.version) return
    contact.at = this.version
    this.said.push({ type: 'keyframe', keyframe: this.#keyframe() })
  }

  /** The link is over, or to be opened again. */
  detach(reason: Reason, relink: boolean): void {
    const { contact } = this
    if (contact === null) return
    this.contact = null
    if (!relink) this.session = null
    this.said.push({ type: 'detached', link: contact.link, reason, relink, message: '', details: null })
  }

  /** The connection is lost, with all that was under way to the client. */
  lose(): void {
    this.said.length = 0
    this.contact = null
    this.#request = null
  }

  /** The owner dies, and another begins a new history. The client is told by a front that lives on. */
  die(): void {
    this.epoch++
    this.origin = { epoch: this.epoch, nonce: this.epoch.toString(16).padStart(16, '0') }
    this.session = null
    this.version = 1
    this.text = `begin ${this.epoch}`
    this.#ring = []
    this.#lives++
    this.#remember()
    this.detach('reset', true)
  }

  /** The session was away for too long. */
  expire(): void {
    this.session = null
    this.detach('expired', true)
  }

  stateAt(version: number, { nonce } = this.origin): string | undefined {
    return this.states.get(`${nonce} ${version}`)
  }

  /** The channel as it is: its history, and the link in it. */
  get life(): string {
    return `${this.#lives}.${this.session?.serial ?? 0}`
  }

  #remember(): void {
    this.states.set(`${this.origin.nonce} ${this.version}`, this.text)
  }

  #note(version: number, what: string, u: number): void {
    this.emitted.push({ life: this.life, version, what, u })
  }

  /** Rules L6 and L7. True where LINKED is due. */
  #accept(published: boolean, events: readonly SharedEvent[]): boolean {
    const asked = this.#request
    if (asked === null) return false
    this.#request = null
    const { link, request } = asked
    const { past } = request
    if (this.session?.linkNumber !== request.linkNumber || this.session.ended) {
      this.session = {
        linkNumber: request.linkNumber,
        serial: ++this.#serial,
        events: published
          ? { version: this.version + 1, after: events.length }
          : { version: this.version + 1, after: 0 },
        inbox: [],
        taken: 0,
        processed: 0,
        told: 0,
        u: 0,
        unseen: [],
        handed: 0,
        processor: request.processor,
        ended: false,
      }
    } else {
      const { session } = this
      if (past !== null && past.serial === session.serial)
        session.unseen = session.unseen.filter(({ serverSeq }) => serverSeq > past.serverSeqSeen)
      session.unseen = session.unseen.map((item) => ({ ...item, after: 0 }))
      session.handed = 0
      session.told = -1
    }
    this.contact = { link, at: past !== null && sameOrigin(past.origin, this.origin) ? past.version : null }
    return true
  }

  #announce({ serial, processed, events, processor }: HandSession, upTo: number): void {
    const { origin, epoch, version, contact } = this
    if (contact === null) return
    const linked = {
      view: 0,
      origin,
      epoch,
      version,
      serial,
      processed,
      eventsVersion: events.version,
      eventsAfter: events.after,
      processor,
      wantsShown: false,
      imageAgeMs: null,
      reply: encodeValue('hello'),
    }
    this.said.push({ type: 'linked', link: contact.link, linked })
    // V4: what it lacks up to before this turn; the turn itself follows as it does for all.
    const behind = this.#ring.filter((block) => block.version > (contact.at ?? 0) && block.version <= upTo)
    if (contact.at === null || (contact.at < upTo && behind[0]?.previous !== contact.at)) {
      contact.at = upTo
      this.said.push({ type: 'keyframe', keyframe: this.#keyframe(upTo) })
    } else {
      for (const block of behind) this.said.push({ type: 'shared', block })
      contact.at = Math.max(contact.at, upTo)
    }
  }

  #entry(link: number, entry: Entry): void {
    const { session } = this
    if (session === null || this.contact?.link !== link) return
    if (entry.clientSeq <= session.taken) return
    if (entry.clientSeq !== session.taken + 1) {
      this.detach('gap', true)
      return
    }
    session.taken = entry.clientSeq
    session.inbox.push(entry)
  }

  #process(session: HandSession, take: number, after: number, version: number): void {
    for (const entry of session.inbox.splice(0, take)) {
      const { clientSeq, kind, body } = entry
      session.processed = clientSeq
      const named = kind === ENTRY.message || kind === ENTRY.request ? readNamed(body) : null
      const payload = named === null ? null : decodeValue(named.payload)
      const refused =
        kind === ENTRY.cancelled ? readCancelled(body).reason : this.refuses.has(named?.name ?? '') ? 'invalid' : null
      if (refused !== null) {
        const failure = { clientSeq, reason: refused, message: 'refused', details: NOTHING }
        this.#push(session, ITEM.failed, after, makeFailure(failure), version, null)
        continue
      }
      this.processed.push({ life: this.life, n: clientSeq, kind, name: named?.name ?? '', payload })
      if (kind === ENTRY.request) {
        this.#push(
          session,
          ITEM.answer,
          after,
          makeAnswer(clientSeq, encodeValue(`answer ${String(payload)}`)),
          version,
          null,
        )
      }
      if (kind === ENTRY.take || kind === ENTRY.release) session.processor = kind === ENTRY.take
      if (kind === ENTRY.unlink) {
        session.ended = true
        return
      }
    }
  }

  /** The channel hands the processor on by itself. */
  processorIs(is: boolean, reason: Reason): void {
    if (!this.session) return
    this.session.processor = is
    this.#push(this.session, ITEM.processor, 0, makeProcessorItem(is, reason), this.version, null)
  }

  #push(
    session: HandSession,
    kind: ItemKind,
    after: number,
    body: Uint8Array,
    version: number,
    note: string | null,
  ): void {
    const item = { serverSeq: ++session.u, kind, after, body }
    session.unseen.push(item)
    if (note !== null) this.#note(version, note, item.serverSeq)
  }

  #publish(text: string, events: readonly SharedEvent[]): SharedBlock {
    const { epoch, origin, version } = this
    const patch = text === this.text ? null : this.encodeChange(this.text, text)
    this.text = text
    this.version++
    this.#remember()
    const head = { channelId: CHANNEL, view: 0, epoch, origin, version: this.version }
    const block = makeSharedBlock({ ...head, previous: version, patch, events })
    this.#ring.push(block)
    if (this.#ring.length > this.#ringMax) this.#ring.shift()
    return block
  }

  #handOut(session: HandSession): void {
    const { contact, epoch, version } = this
    if (contact === null) return
    const items = session.unseen.slice(session.handed)
    if (items.length === 0 && session.told === session.processed) return
    session.handed = session.unseen.length
    session.told = session.processed
    this.said.push({ type: 'private', link: contact.link, epoch, version, items: makeItems(session.processed, items) })
  }

  #give(block: SharedBlock): void {
    const { contact } = this
    if (contact === null || this.congested) return
    // What was left out while it was slow is made good by a keyframe before the next turn.
    if (contact.at !== block.previous) this.said.push({ type: 'keyframe', keyframe: this.#keyframe(block.previous) })
    contact.at = block.version
    this.said.push({ type: 'shared', block })
  }

  #keyframe(version = this.version): ReturnType<typeof makeKeyframe> {
    const { epoch, origin } = this
    const bytes = this.encodeState(this.stateAt(version) ?? '')
    return makeKeyframe({ channelId: CHANNEL, view: 0, epoch, origin, version, bytes })
  }
}
