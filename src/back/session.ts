/**
 * A session in one channel: who it is, where it stands, the numbers of both directions, and what it was sent and has not seen
 * yet. All that changes in it is changed here. Knows nothing of handlers and turns.
 */
import type { Client } from '../channel/context.js'
import type { ConnectionOrder } from '../protocol/connection-order.js'
import { ENTRY, ITEM, type ItemKind, type SenderKind } from '../protocol/frame-types.js'
import { type Entry, type Item, makeCancelled, readOutcomeSeq } from '../protocol/link-frames.js'
import type { Timer } from '../runtime/runtime.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import type { BackLimits } from './back-limits.js'
import type { Payer } from './payers.js'
import type { SessionImage } from '../durable/channel-image.js'
import * as transition from './session-state.js'
import type { AcceptedLink, Carrier, SessionState } from './session-state.js'

export interface SessionIdentity {
  readonly id: string
  readonly senderKind: SenderKind
  readonly userId: string
  /** Wall clock, milliseconds since 1970: of two sessions of a user the later one is the newer. */
  readonly beganAt: number
  /** Grows with each new link of the session to the channel. */
  readonly linkNumber: number
  /** Of the newest socket of the session that linked (L4). */
  readonly order: ConnectionOrder
  readonly processor: boolean
}

/** What has happened to sessions. */
export interface SessionCounts {
  links: number
  resumes: number
  duplicates: number
  gaps: number
  replaced: number
  expired: number
}

/** What became of an entry by its number (L3). */
export type Received = 'taken' | 'duplicate' | 'gap' | 'overflow'

/** What a session is sent with a turn. */
export interface HandedOut {
  readonly acknowledged: number
  readonly items: readonly Item[]
  /** Of the bodies. */
  readonly bytes: number
}

const NO_ITEMS: Item[] = []

export class Session {
  readonly id: string
  readonly senderKind: SenderKind
  readonly userId: string
  readonly beganAt: number
  readonly linkNumber: number
  /** Whether it has one of the seats that `linksMax` counts. */
  isSeated = false
  readonly #limits: BackLimits
  #order: ConnectionOrder
  #state: SessionState
  /** What `toImage` says of its client's data: made once, since it does not change. */
  #data: Uint8Array | null = null
  #processor: boolean
  #isKicked = false
  #incarnation: string | null = null
  /** The last clientSeq that was put into the inbox. */
  #received = 0
  /** The last clientSeq that has its outcome. */
  #processed = 0
  /** What its bytes count towards. */
  readonly #payer: Payer
  /** The last clientSeq that was acknowledged to the present contact. */
  #acknowledged = 0
  /** The first clientSeq whose outcome had no room; null for none. */
  #firstUnreported: number | null = null
  #lastServerSeq = 0
  /** Shared while it is empty: most sessions have seen all. */
  #unseen: Item[] = NO_ITEMS
  /** Whether something had no room. */
  #isFull = false
  /** How many of the unseen items have gone out through the present contact. */
  #handed = 0
  #handedBytes = 0

  constructor(
    { id, senderKind, userId, beganAt, linkNumber, order, processor }: SessionIdentity,
    limits: BackLimits,
    payer: Payer,
  ) {
    this.id = id
    this.senderKind = senderKind
    this.userId = userId
    this.beganAt = beganAt
    this.linkNumber = linkNumber
    this.#order = order
    this.#processor = processor
    this.#limits = limits
    this.#payer = payer
    this.#state = { phase: 'linking', contact: { state: 'grace', timer: null, isDropDue: false } }
  }

  get state(): SessionState {
    return this.#state
  }

  get isLinked(): boolean {
    return this.#state.phase === 'linked'
  }

  /** Whether it is not about to end. */
  get isOpen(): boolean {
    return this.#state.phase === 'linking' || this.#state.phase === 'linked'
  }

  /** What its link was given when it was accepted; null before, and after the turn of its end. */
  get link(): AcceptedLink | null {
    return this.#state.phase === 'linking' ? null : this.#state.link
  }

  /** Whether it was restored and has not been heard of yet: `onDrop` runs where it does not return. */
  get isDropDue(): boolean {
    const { contact } = this.#state
    return contact?.state === 'grace' && contact.isDropDue
  }

  get order(): ConnectionOrder {
    return this.#order
  }

  /** Whether the channel processes what the client sends. */
  get processor(): boolean {
    return this.#processor
  }

  setProcessor(processor: boolean): void {
    this.#processor = processor
  }

  /** Whether the master comes by another process than the one that it was linked by. Not known of a session that was restored. */
  isOfAnother({ incarnation }: Carrier): boolean {
    return this.#incarnation !== null && this.#incarnation !== incarnation
  }

  /** Whether it was ended for good: nothing of it starts any more but its end. */
  get isKicked(): boolean {
    return this.#isKicked
  }

  kick(): void {
    this.#isKicked = true
  }

  get received(): number {
    return this.#received
  }

  get processed(): number {
    return this.#processed
  }

  isAt(carrier: Carrier, ref: number): boolean {
    const { phase, contact } = this.#state
    if (phase === 'disconnected' || contact.state === 'grace') return false
    return contact.carrier === carrier && contact.ref === ref
  }

  attach(carrier: Carrier, ref: number, order: ConnectionOrder): void {
    this.#cancelGrace()
    this.#incarnation = carrier.incarnation
    this.#order = order
    this.#state = transition.attach(this.#state, carrier, ref)
  }

  drop(timer: Timer | null): void {
    this.#cancelGrace()
    this.#state = transition.drop(this.#state, timer)
  }

  accept(link: AcceptedLink, eventsAfter: number): void {
    this.#payer.reserve(0)
    this.#state = transition.accept(this.#state, link, eventsAfter)
  }

  announce(): void {
    this.#state = transition.announce(this.#state)
  }

  beginEnd(): void {
    this.#state = transition.beginEnd(this.#state)
  }

  disconnect(): void {
    this.#cancelGrace()
    this.#payer.close()
    this.#state = transition.disconnect(this.#state)
  }

  detach(): void {
    this.#state = transition.detach(this.#state)
  }

  #cancelGrace(): void {
    const { contact } = this.#state
    if (contact?.state === 'grace') contact.timer?.cancel()
  }

  /**
   * Rule L3. An entry beyond the inbox's limit is taken as cancelled, so that its number still has an outcome; as many of
   * those again, and nothing more is taken.
   */
  receive(entry: Entry): { readonly received: Received; readonly entry: Entry } {
    if (entry.clientSeq <= this.#received) return { received: 'duplicate', entry }
    if (entry.clientSeq !== this.#received + 1) return { received: 'gap', entry }
    const { inboxEntriesMax } = this.#limits
    const waiting = this.#received - this.#processed
    if (waiting >= 2 * inboxEntriesMax) return { received: 'overflow', entry }
    this.#received = entry.clientSeq
    const isMessage = entry.kind === ENTRY.message || entry.kind === ENTRY.request
    const full = waiting >= inboxEntriesMax ? 'inboxEntriesMax' : this.#payer.excess('inbox', entry.body.length)
    if (full !== null && isMessage) {
      const cancelled = {
        clientSeq: entry.clientSeq,
        kind: ENTRY.cancelled,
        context: null,
        body: makeCancelled(
          'overflow',
          `The inbox is full: ${this.#limits[full]} is the limit (${full}). Send less, or wait until what was sent is acknowledged.`,
        ),
      }
      return { received: 'taken', entry: cancelled }
    }
    if (isMessage) this.#payer.add('inbox', entry.body.length)
    return { received: 'taken', entry }
  }

  /** The options of its LINK wait with it. False where there is no room for them, and it is gone. */
  holdOptions(options: Uint8Array | null): boolean {
    if (this.#payer.reserve(options?.length ?? 0)) return true
    this.disconnect()
    return false
  }

  /** L9: the entry has its outcome. */
  process({ clientSeq, kind, body }: Entry): void {
    this.#processed = clientSeq
    if (kind === ENTRY.message || kind === ENTRY.request) this.#payer.add('inbox', -body.length)
  }

  /** Adds an item of this turn. False where the client has left too many unseen: the link has to end then. */
  push(kind: ItemKind, body: Uint8Array, after: number): boolean {
    const { unseenItemsMax } = this.#limits
    if (this.#unseen.length >= unseenItemsMax || this.#payer.excess('unseen', body.length) !== null) this.#isFull = true
    // Nothing more from then on, even if something is seen meanwhile: what follows would hide that something is missing.
    if (this.#isFull) return false
    this.#lastServerSeq++
    const item = { serverSeq: this.#lastServerSeq, kind, after, body }
    if (this.#unseen === NO_ITEMS) this.#unseen = [item]
    else this.#unseen.push(item)
    this.#payer.add('unseen', body.length)
    return true
  }

  /** The outcome of clientSeq had no room: nothing from it on is acknowledged, so that the link's end reports it as unknown. */
  leaveUnreported(clientSeq: number): void {
    this.#firstUnreported ??= clientSeq
  }

  /** L9: the last clientSeq that has its outcome, with all outcomes up to it reported. */
  get acknowledgeable(): number {
    return this.#firstUnreported === null ? this.#processed : this.#firstUnreported - 1
  }

  get isFull(): boolean {
    return this.#isFull
  }

  get unseenCount(): number {
    return this.#unseen.length
  }

  /** The client has seen all up to serverSeq. */
  seen(serverSeq: number): void {
    let count = 0
    for (const { serverSeq: at, body } of this.#unseen) {
      if (at > serverSeq) break
      this.#payer.add('unseen', -body.length)
      if (count < this.#handed) this.#handedBytes -= body.length
      count++
    }
    if (count === 0) return
    this.#unseen = count === this.#unseen.length ? NO_ITEMS : this.#unseen.slice(count)
    this.#handed = Math.max(0, this.#handed - count)
  }

  /** Whether the present contact lacks an acknowledgement, or items that it may be sent before it has seen more. */
  get isOwed(): boolean {
    const next = this.#unseen[this.#handed]
    return (next !== undefined && this.#fits(next)) || this.#acknowledged < this.#acknowledgeableTo(this.#handed)
  }

  /** Of what one link was sent only so much may be unseen: the rest follows when it has seen some. An item goes alone if need be. */
  #fits({ body }: Item): boolean {
    return this.#handedBytes === 0 || this.#handedBytes + body.length <= this.#limits.inFlightBytesMax
  }

  /** Up to an outcome that is not handed out: what is acknowledged has all its outcomes with it. */
  #acknowledgeableTo(count: number): number {
    for (let i = count; i < this.#unseen.length; i++) {
      const { kind, body } = this.#unseen[i] as Item
      if (kind === ITEM.answer || kind === ITEM.failed) {
        return Math.min(this.acknowledgeable, readOutcomeSeq(body) - 1)
      }
    }
    return this.acknowledgeable
  }

  /** What the present contact lacks, up to so many bytes, or all of it where that is null; counts as handed out. */
  handOut(bytesMax: number | null): HandedOut {
    const from = this.#handed
    const all = this.#unseen
    let bytes = 0
    while (this.#handed < all.length) {
      const item = all[this.#handed] as Item
      const isMore = bytesMax !== null && bytes > 0 && bytes + item.body.length > bytesMax
      if (isMore || (bytesMax !== null && !this.#fits(item))) break
      this.#handed++
      this.#handedBytes += item.body.length
      bytes += item.body.length
    }
    this.#acknowledged = this.#acknowledgeableTo(this.#handed)
    return { acknowledged: this.#acknowledged, items: all.slice(from, this.#handed), bytes }
  }

  /** L6, for a new contact: what is unseen goes out again. Items of earlier turns stand behind all events of their turn. */
  handOutAgain(serverSeqSeen: number): void {
    this.seen(serverSeqSeen)
    this.#handed = this.#handedBytes = 0
    // Also where nothing is unseen: only then does the client discard what it sent.
    this.#acknowledged = -1
    this.makeStale()
  }

  /** What was not handed out belongs to an earlier turn by now. */
  makeStale(): void {
    if (this.#handed === this.#unseen.length) return
    this.#unseen = this.#unseen.map((item, i) => (i < this.#handed || item.after === 0 ? item : { ...item, after: 0 }))
  }

  /** What outlives the owner; null for a session without an accepted link. Throws `EncodeError` for data that cannot be encoded. */
  toImage(): SessionImage | null {
    const { link } = this
    if (link === null || this.#state.phase === 'disconnected') return null
    const { id, senderKind, userId, beganAt, linkNumber } = this
    return {
      id,
      senderKind,
      userId,
      beganAt,
      data: (this.#data ??= encodeValue(link.client?.data)),
      linkNumber,
      order: this.#order,
      processor: this.#processor,
      serial: link.serial,
      reply: link.reply,
      processed: this.#processed,
      firstUnreported: this.#firstUnreported,
      lastServerSeq: this.#lastServerSeq,
      unseen: [...this.#unseen],
      isFull: this.#isFull,
    }
  }

  /** The session is the one of an image, and linked as that was. Entries that had no outcome come again from the client. */
  restore(image: SessionImage, makeClient: (session: Session, data: unknown) => Client): void {
    const client = image.senderKind === 'client' ? makeClient(this, decodeValue(image.data)) : null
    const { serial, reply } = image
    this.#payer.reserve(0)
    this.#data = image.data
    this.#state = transition.restore(this.#state, { client, serial, reply })
    this.#processor = image.processor
    this.#received = this.#processed = image.processed
    this.#firstUnreported = image.firstUnreported
    this.#lastServerSeq = image.lastServerSeq
    this.#unseen = image.unseen.length === 0 ? NO_ITEMS : [...image.unseen]
    for (const { body } of image.unseen) this.#payer.add('unseen', body.length)
    this.#isFull = image.isFull
  }
}
