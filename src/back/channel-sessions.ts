/**
 * Who is linked to a channel, and through which connection: linking, going on, losing contact, ending. The one path back
 * after any break is LINK again. Knows nothing of handlers; it puts tasks into the inbox, and collects what a turn made for links.
 */
import { type ConnectionOrder, isOlder } from '../protocol/connection-order.js'
import { ITEM } from '../protocol/frame-types.js'
import { type Entry, type LinkRequest, makeProcessorItem } from '../protocol/link-frames.js'
import type { Identity } from '../protocol/master-frames.js'
import { sameOrigin } from '../protocol/origin.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime, Timer } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import type { SessionImage } from '../durable/channel-image.js'
import type { LiveContext } from './live-context.js'
import { hasNewer, replacedBy } from './replaced-by.js'
import { OwedLinks, type OwedLinksHost } from './owed-links.js'
import type { Payers } from './payers.js'
import type { Refusal } from './refusal.js'
import { Seats } from './seats.js'
import { Session, type SessionCounts } from './session.js'
import type { AcceptedLink, Carrier, Grace } from './session-state.js'
import { LINK_ENDINGS } from './link-endings.js'
import { restoreSessions } from './restore-sessions.js'
import type { Ending, Task } from './tasks.js'
import { detach, type HistoryPosition, type LinksOutcome } from './turn-outcome.js'

/** What all channels of a back have in common. */
export interface SessionsBack {
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly counts: SessionCounts
  readonly onePerUser: boolean
  readonly payers: Payers
}

/** What the sessions ask of their channel. */
export interface SessionsHost {
  readonly contract: OwedLinksHost['contract']
  readonly context: LiveContext
  /** Known once a link was accepted. */
  readonly stream: HistoryPosition
  /** 0 until it is known what the channel begins with. */
  readonly epoch: number
  /** Puts a task into the inbox. */
  enter(task: Task): void
  /** There is something to send: a turn is wanted, unless one is being taken. */
  wake(): void
}

const { EXPIRED, FULL, GAP, OVERFLOW, REPLACED, SUPERSEDED } = LINK_ENDINGS
const NOTHING: LinksOutcome = { linked: [], links: [], detached: [], changed: [], disconnected: [] }

export class ChannelSessions {
  readonly #back: SessionsBack
  readonly #host: SessionsHost
  readonly #graceMs: number
  readonly #sessions = new Map<string, Session>()
  /** Sessions whose end runs while a newer link of the same session is there already. */
  readonly #superseded = new Set<Session>()
  readonly #owed: OwedLinks
  #pendingDetaches: LinksOutcome['detached'][number][] = []
  /** Those whose end ran in this turn. */
  #disconnected: { readonly session: Session; readonly serial: number | null }[] = []
  readonly seats = new Seats()
  #serial = 0
  /** What came while it was not known yet whether the channel goes on from an image. */
  readonly #early = new Map<Session, LinkRequest>()

  constructor(back: SessionsBack, host: SessionsHost, graceMs: number) {
    this.#graceMs = graceMs
    this.#back = back
    this.#host = host
    this.#owed = new OwedLinks(back.runtime, host)
  }

  /** Sessions that count as linked: those in grace, and those whose end still runs, among them. */
  get size(): number {
    return this.#sessions.size + this.#superseded.size
  }

  find(sessionId: string): Session | null {
    return this.#sessions.get(sessionId) ?? null
  }

  /** Items that were not seen yet, of all sessions together. */
  get unseen(): number {
    let count = 0
    for (const { unseenCount } of this.#sessions.values()) count += unseenCount
    return count
  }

  /** Those in grace, for `inspect()`. */
  get inGrace(): number {
    let count = 0
    for (const { state } of this.#sessions.values()) if (state.contact?.state === 'grace') count++
    return count
  }

  /** The serial of the link that was accepted last. */
  get serial(): number {
    return this.#serial
  }

  /** L4: whether a newer socket of the session is linked, or was last. */
  isReplaced(sessionId: string, order: ConnectionOrder): boolean {
    const known = this.#sessions.get(sessionId)
    return known !== undefined && isOlder(order, known.order)
  }

  /** Rules L4 and L6. Gives the session that the ref now stands for, or null where it was detached. */
  link(
    carrier: Carrier,
    ref: number,
    identity: Identity,
    connectionAttempt: number,
    request: LinkRequest,
    payer = '',
  ): Session | null {
    const { limits, counts } = this.#back
    const known = this.#sessions.get(identity.sessionId)
    const order = { tokenGeneration: identity.tokenGeneration, connectionAttempt }
    // A front that runs anew outranks the one that it was, whatever its clock says: it knows nothing of that one's numbers.
    const isSucceeded = identity.senderKind === 'front' && known?.isOfAnother(carrier) === true
    if (!isSucceeded && this.isReplaced(identity.sessionId, order)) {
      counts.replaced++
      detach(carrier, ref, REPLACED, 'a newer connection of this session is linked')
      return null
    }
    if (!isSucceeded && known && request.linkNumber < known.linkNumber) {
      detach(carrier, ref, SUPERSEDED, 'a newer link of this session took its place')
      return null
    }
    if (known) {
      if (!isSucceeded && this.#goOn(known, carrier, ref, order, request)) return known
      this.#sessions.delete(known.id)
      this.#superseded.add(known)
      if (known.isOpen) this.#end(known, SUPERSEDED)
    }
    if (this.#sessions.size >= limits.sessionsPerChannelMax) {
      const { sessionsPerChannelMax: max } = limits
      const message = `the channel has ${max} sessions (sessionsPerChannelMax): link later, or to another channel`
      detach(carrier, ref, FULL, message)
      return null
    }
    if (this.#back.onePerUser && hasNewer(this.#sessions.values(), identity)) {
      counts.replaced++
      detach(carrier, ref, REPLACED, 'a newer session of this user is linked')
      return null
    }
    const { sessionId: id, senderKind, userId, beganAt, data } = identity
    const { linkNumber, processor, options } = request
    const account = this.#back.payers.open(id, payer || `user ${userId}`)
    const session = new Session({ id, senderKind, userId, beganAt, linkNumber, order, processor }, limits, account)
    if (!session.holdOptions(options)) {
      detach(carrier, ref, OVERFLOW, 'the options of waiting links are too large together: link again later')
      return null
    }
    session.attach(carrier, ref, order)
    this.#sessions.set(id, session)
    if (this.#host.epoch === 0) this.#early.set(session, request)
    this.#host.enter({ type: 'link', session, data, options })
    return session
  }

  /** L6: the same link by a new contact. False where the session has begun to end: then it links anew. */
  #goOn(session: Session, carrier: Carrier, ref: number, order: ConnectionOrder, request: LinkRequest): boolean {
    if (request.linkNumber !== session.linkNumber) return false
    const { state } = session
    if (state.phase !== 'linking' && state.phase !== 'linked') return false
    const { contact } = state
    if (contact.state === 'grace') {
      if (session.isLinked && !contact.isDropDue) this.#host.enter({ type: 'resume', session })
    } else if (!session.isAt(carrier, ref)) {
      this.#back.counts.replaced++
      const ending = isOlder(session.order, order) ? REPLACED : SUPERSEDED
      detach(contact.carrier, contact.ref, ending, 'a newer contact of this session took over')
    }
    // To a client that never got LINKED its link begins with the state that this LINKED names.
    session.attach(carrier, ref, order)
    if (this.#host.epoch === 0) this.#early.set(session, request)
    if (state.phase === 'linked') this.#resume(session, request)
    return true
  }

  /** What the client has not seen goes out again, behind LINKED. */
  #resume(session: Session, { past }: LinkRequest): void {
    this.#back.counts.resumes++
    const same =
      past !== null && past.serial === session.link?.serial && sameOrigin(past.origin, this.#host.stream.origin)
    session.handOutAgain(same ? past.serverSeqSeen : 0)
    this.changed(session)
    // Where its contact was not known to be lost there is no task that would bring a turn.
    this.#host.wake()
  }

  /** Rules L2 and L3. */
  entry(session: Session, carrier: Carrier, ref: number, given: Entry): void {
    const { received, entry } = session.receive(given)
    switch (received) {
      case 'taken':
        this.#host.enter({ type: 'entry', session, entry })
        return
      case 'duplicate':
        this.#back.counts.duplicates++
        return
      case 'gap':
        this.#back.counts.gaps++
        detach(carrier, ref, GAP, `number ${entry.clientSeq} arrived, but ${session.received + 1} was expected`)
        this.drop(session, carrier, ref)
        return
      case 'overflow': {
        // Once there is room again the client replays from here.
        const { inboxEntriesMax } = this.#back.limits
        const message = `${session.received - session.processed} entries of this link are waiting, the limit is twice ${inboxEntriesMax} (inboxEntriesMax)`
        detach(carrier, ref, OVERFLOW, message)
        this.drop(session, carrier, ref)
      }
    }
  }

  /** The client has seen what it was sent alone, up to serverSeq: there may be room for more of it. */
  seen(session: Session, serverSeq: number): void {
    session.seen(serverSeq)
    this.#owed.addQuietly(session)
    if (session.isOwed) this.#host.wake()
  }

  /** Rule L5: contact is lost, if it was by exactly this connection and ref; the session is waited for, and no longer than `graceMs` unless that is 0. */
  drop(session: Session, carrier: Carrier, ref: number, graceMs = 0): void {
    if (!session.isAt(carrier, ref)) return
    carrier.release(ref)
    this.#await(session, graceMs)
  }

  /** It has no contact any more, or none yet. */
  #await(session: Session, graceMs = 0): void {
    const timer = this.#startGrace(session, graceMs)
    session.drop(timer)
    if (session.isLinked && !session.isDropDue) this.#host.enter({ type: 'drop', session })
    if (timer === null) this.#expire(session)
  }

  #startGrace(session: Session, graceMs = 0): Timer | null {
    const { clock } = this.#back.runtime
    return this.#graceMs === 0
      ? null
      : clock.after(Math.min(this.#graceMs, graceMs || this.#graceMs), () => this.#expire(session))
  }

  #expire(session: Session): void {
    const { contact } = session.state
    if (contact?.state === 'grace') this.#end(session, EXPIRED, contact)
  }

  /** The session ends; whatever it still has in the inbox is done first. */
  end(sessionId: string, reason: Reason): void {
    const session = this.#sessions.get(sessionId)
    if (session) this.#end(session, { reason, wire: 'unlinked', relink: false })
  }

  /** The link ends in this way. */
  endLink(session: Session, ending: Ending): void {
    this.#end(session, ending)
  }

  #end(session: Session, ending: Ending, grace?: Grace): void {
    this.#host.enter({ type: 'end', session, ending, ...(grace === undefined ? {} : { grace }) })
  }

  endAll(ending: Ending): void {
    for (const session of this.#sessions.values()) this.#end(session, ending)
  }

  /** Ends the session for good, also one that is about to be linked. False where it is not here. */
  kick(sessionId: string, reason: string): boolean {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return false
    if (!session.isOpen || session.isKicked) return true
    session.kick()
    this.#end(session, { reason, wire: 'kicked', relink: false })
    return true
  }

  /** The same for all sessions of a user that have begun by `before`. */
  kickUser(userId: string, before: number, reason: string): void {
    for (const { id, senderKind, userId: user, beganAt } of [...this.#sessions.values()])
      if (senderKind === 'client' && user === userId && beganAt <= before) this.kick(id, reason)
  }

  /** What `client.send` sends. To one whose link has ended, nothing. */
  sendTo(session: Session, body: Uint8Array, after: number): void {
    if (session.state.phase === 'disconnected') return
    if (!session.push(ITEM.event, body, after)) return this.overflowed(session)
    this.changed(session)
    this.#host.wake()
  }

  /** The channel is its processor no more, without an entry that asked for it. */
  released(session: Session, after: number): void {
    if (!session.isLinked) return
    if (!session.push(ITEM.processor, makeProcessorItem(false, 'not-processor'), after)) return this.overflowed(session)
    this.changed(session)
  }

  /** Something of the session is part of this turn's outcome. */
  changed(session: Session): void {
    this.#owed.add(session)
  }

  overflowed(session: Session): void {
    if (session.isLinked) this.#end(session, OVERFLOW)
  }

  /** `onLink` accepted it. */
  accepted(session: Session, link: Pick<AcceptedLink, 'client' | 'reply'>): void {
    const { counts, onePerUser } = this.#back
    const { context } = this.#host
    counts.links++
    session.accept({ serial: ++this.#serial, ...link }, context.eventsSoFar)
    this.changed(session)
    if (!link.client) return
    context.admit(link.client)
    if (session.processor) this.#host.enter({ type: 'processor', session })
    if (session.state.contact?.state === 'grace') this.#host.enter({ type: 'drop', session }) // Before `onResume`.
    if (!onePerUser) return
    for (const other of replacedBy(session, [...this.#sessions.values()])) this.#end(other, REPLACED)
  }

  refused(session: Session, reason: Reason, message: string, details: Uint8Array | null): void {
    this.seats.hasRefused = true
    this.disconnect(session, { reason: message, wire: reason, relink: false, details })
  }

  /** The channel could not open. */
  refuseAll({ reason, message, relink, owner }: Refusal): void {
    for (const each of this.#sessions.values()) this.disconnect(each, { reason: message, wire: reason, relink, owner })
  }

  /** The session's end has run. */
  disconnect(session: Session, ending: Ending): void {
    const { phase, contact } = session.state
    if (phase === 'disconnected') return
    if (ending === EXPIRED) this.#back.counts.expired++
    if (session.link?.client) this.#host.context.dismiss(session.link.client)
    this.#superseded.delete(session)
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id)
    this.seats.leave(session)
    const serial = session.link?.serial ?? null
    session.disconnect()
    this.#owed.release(session)
    this.#disconnected.push({ session, serial })
    if (contact.state === 'grace') return
    this.#pendingDetaches.push({ carrier: contact.carrier, ref: contact.ref, ending })
  }

  /** The channel has closed. */
  disconnectAll(ending: Ending): void {
    for (const session of [...this.#sessions.values(), ...this.#superseded]) this.disconnect(session, ending)
  }

  /** What a turn has for single links, the last of those that ended in it included. Counts as handed out. */
  collect(at: HistoryPosition, isPublished: boolean): LinksOutcome {
    const disconnected = this.#disconnected
    if (this.#owed.sizeWith(isPublished) === 0 && disconnected.length === 0) return NOTHING
    this.#disconnected = []
    const owed = this.#owed.collect(at, isPublished)
    for (const { session } of disconnected) session.detach()
    const serials = disconnected.flatMap((each) => each.serial ?? [])
    return { detached: this.takeDetached(), disconnected: serials, ...owed }
  }

  /** Detaches that are due: DETACHED has not been sent yet. */
  takeDetached(): LinksOutcome['detached'] {
    const detached = this.#pendingDetaches
    this.#pendingDetaches = []
    return detached
  }

  toImages(): SessionImage[] {
    return [...this.#superseded, ...this.#sessions.values()].flatMap((session) => session.toImage() ?? [])
  }

  /** The sessions of an image: each is waited for until it links again, or goes on where it did so while the image was read. */
  restore(images: readonly SessionImage[], serial: number): void {
    this.#serial = serial
    restoreSessions(images, {
      limits: this.#back.limits,
      payerOf: ({ id, userId }) => this.#back.payers.open(id, `user ${userId}`),
      context: this.#host.context,
      seats: this.seats,
      sessions: this.#sessions,
      early: this.#early,
      resume: (session, request) => this.#resume(session, request),
      drop: (session) => this.#await(session),
      end: (session, ending) => this.#end(session, ending),
      superseded: this.#superseded,
    })
    this.#early.clear()
  }
}
