/**
 * A session in one channel: who it is, which connection and ref it comes through, the numbers of both directions, and what
 * it was sent and has not seen yet. Knows nothing of handlers and turns; `session-tasks.ts` moves it from phase to phase.
 */
import type { Client } from '../channel/context.js'
import { ENTRY, ITEM, type ItemKind, type SenderKind } from '../protocol/frame-types.js'
import { type Entry, type Item, makeCancelled } from '../protocol/link-frames.js'
import type { Timer } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import { Lane } from './keyed-task-queue.js'
import type { Task } from './tasks.js'

/** Where frames for a session go: a connected front master. */
export interface Carrier {
  send(frame: Uint8Array): void
  /** This carrier's link of that ref is over, or goes on elsewhere. */
  release(ref: number): void
}

export type Contact =
  | { readonly state: 'attached'; readonly carrier: Carrier; readonly ref: number }
  | { readonly state: 'dropped'; readonly timer: Timer | null }

/**
 * linking: until `onLink` has settled. linked: until its unlink begins. ending: `onUnlink` runs. over: nothing is sent or
 * taken any more.
 */
export type Phase = 'linking' | 'linked' | 'ending' | 'over'

export interface SessionStart {
  readonly id: string
  readonly senderKind: SenderKind
  readonly userId: string
  /** As `authenticate` delivered it, before the channel's schema. */
  readonly data: unknown
  readonly linkNumber: number
  readonly tokenGeneration: number
  readonly connectionAttempt: number
  readonly processor: boolean
}

export type Taken = 'taken' | 'duplicate' | 'gap' | 'overflow'

export class Session {
  readonly id: string
  readonly senderKind: SenderKind
  readonly userId: string
  readonly data: unknown
  readonly linkNumber: number
  /** Shared with the link that this one follows, so that its end comes before this one's beginning. */
  readonly lane: Lane<Task>
  readonly #limits: BackLimits
  /** The newest socket of the session that linked (L4), with `attach`. */
  tokenGeneration: number
  connectionAttempt: number
  phase: Phase = 'linking'
  contact: Contact = { state: 'dropped', timer: null }
  /** Set once the link is accepted. */
  client: Client | null = null
  serial = 0
  reply: Uint8Array | null = null
  processor: boolean
  /** LINKED is due at the end of the turn: for the first time, or because the session goes on. */
  announce = false
  /** Where the events of this link begin in the turn that announces it: behind so many; null for behind that turn. */
  eventsAfter: number | null = null
  /** The last clientSeq that was put into the inbox. */
  taken = 0
  /** The last clientSeq that has its outcome. */
  processed = 0
  #acknowledged = 0
  /** The first clientSeq whose outcome there was no room to tell; null for none. */
  #untold: number | null = null
  #lastServerSeq = 0
  #unseen: Item[] = []
  #unseenBytes = 0
  /** Whether something had no room. */
  #isFull = false
  /** How many of the unseen items have gone out through the present contact. */
  #handed = 0

  constructor(start: SessionStart, limits: BackLimits, lane: Lane<Task> = new Lane<Task>()) {
    this.lane = lane
    this.id = start.id
    this.senderKind = start.senderKind
    this.userId = start.userId
    this.data = start.data
    this.linkNumber = start.linkNumber
    this.tokenGeneration = start.tokenGeneration
    this.connectionAttempt = start.connectionAttempt
    this.processor = start.processor
    this.#limits = limits
  }

  /**
   * Rule L3. An entry beyond the inbox's limit is taken as a void, so that its number still has an outcome; so many voids again,
   * and nothing more is taken.
   */
  take(entry: Entry): { readonly taken: Taken; readonly entry: Entry } {
    if (entry.clientSeq <= this.taken) return { taken: 'duplicate', entry }
    if (entry.clientSeq !== this.taken + 1) return { taken: 'gap', entry }
    const { inboxEntriesMax } = this.#limits
    const waiting = this.taken - this.processed
    if (waiting >= 2 * inboxEntriesMax) return { taken: 'overflow', entry }
    this.taken = entry.clientSeq
    const full = waiting >= inboxEntriesMax
    if (full && (entry.kind === ENTRY.message || entry.kind === ENTRY.request)) {
      return {
        taken: 'taken',
        entry: { clientSeq: entry.clientSeq, kind: ENTRY.cancelled, context: null, body: makeCancelled('overflow') },
      }
    }
    return { taken: 'taken', entry }
  }

  /** Adds an item of this turn. False where the client has left too many unseen: the link has to end then. */
  push(kind: ItemKind, body: Uint8Array, after: number): boolean {
    const { unseenItemsMax, unseenBytesMax } = this.#limits
    if (this.#unseen.length >= unseenItemsMax) this.#isFull = true
    if (this.#unseenBytes + body.length > unseenBytesMax && kind === ITEM.event) this.#isFull = true
    // From then on nothing more, whatever is seen meanwhile: what comes behind would hide that something is missing.
    if (this.#isFull) return false
    this.#lastServerSeq++
    this.#unseen.push({ serverSeq: this.#lastServerSeq, kind, after, body })
    this.#unseenBytes += body.length
    return true
  }

  /** What `push` had no room for was the outcome of clientSeq: the client is to hear nothing of what comes behind, so that the end of the link tells it as unknown. */
  leaveUntold(clientSeq: number): void {
    this.#untold ??= clientSeq
  }

  /** The last clientSeq that the client may take as done: it has its outcome, and the client was told it. */
  get tellable(): number {
    return this.#untold === null ? this.processed : this.#untold - 1
  }

  /** The client has seen all up to serverSeq. */
  seen(serverSeq: number): void {
    let count = 0
    while (count < this.#unseen.length && (this.#unseen[count] as Item).serverSeq <= serverSeq) {
      this.#unseenBytes -= (this.#unseen[count] as Item).body.length
      count++
    }
    if (count === 0) return
    this.#unseen.splice(0, count)
    this.#handed = Math.max(0, this.#handed - count)
  }

  /** Whether the link is owed a private block. */
  get owed(): boolean {
    return this.#handed < this.#unseen.length || this.#acknowledged < this.tellable
  }

  /** What the link has not been handed yet, with the acknowledgement; counts as handed. */
  handOut(): { readonly acknowledged: number; readonly items: readonly Item[] } {
    const items = this.#unseen.slice(this.#handed)
    this.#handed = this.#unseen.length
    this.#acknowledged = this.tellable
    return { acknowledged: this.#acknowledged, items }
  }

  /** A new contact: what is unseen goes out again. Items of turns gone by stand behind all events of their turn. */
  handOutAgain(serverSeqSeen: number): void {
    this.seen(serverSeqSeen)
    this.#handed = 0
    // Also where nothing is unseen: only then does the client forget what it sent.
    this.#acknowledged = -1
    this.#unseen = this.#unseen.map((item) => ({ ...item, after: 0 }))
  }

  get unseenCount(): number {
    return this.#unseen.length
  }
}
