/**
 * Who is linked to a channel, and through which connection: linking, going on, losing contact, leaving. The one path back
 * after any break is LINK again. Knows nothing of handlers; it puts tasks into the inbox, and hands out what turns made.
 */
import { type ConnectionOrder, isOlder } from '../protocol/connection-order.js'
import { ITEM } from '../protocol/frame-types.js'
import type { Entry, LinkRequest } from '../protocol/link-frames.js'
import { makeItems } from '../protocol/link-frames.js'
import { encodeToFront, type Identity } from '../protocol/master-frames.js'
import { sameOrigin } from '../protocol/origin.js'
import type { Reason } from '../protocol/reasons.js'
import type { Clock } from '../runtime/runtime.js'
import { decodeValue } from '../value/decode-value.js'
import type { BackLimits } from './back-limits.js'
import type { LiveContext } from './live-context.js'
import type { StateStream } from './state-stream.js'
import { type Carrier, Session } from './session.js'
import type { Ending, Task } from './tasks.js'

export interface SessionCounts {
  links: number
  resumes: number
  duplicates: number
  gaps: number
  replaced: number
  expired: number
}

export interface SessionsHost {
  readonly limits: BackLimits
  readonly clock: Clock
  readonly counts: SessionCounts
  readonly channelId: string
  readonly stream: StateStream
  readonly context: LiveContext
  readonly onePerUser: boolean
  /** Puts a task into the inbox. */
  enter(task: Task): void
  /** There is something to send: a turn is wanted, where none is being taken. */
  wake(): void
}

export class ChannelSessions {
  readonly #host: SessionsHost
  readonly #sessions = new Map<string, Session>()
  /** Sessions whose end runs while a newer link of the same session is there already. */
  readonly #leaving = new Set<Session>()
  readonly #touched = new Set<Session>()
  #farewells: { carrier: Carrier; ref: number; ending: Ending }[] = []
  #serial = 0

  constructor(host: SessionsHost) {
    this.#host = host
  }

  /** Sessions that count as linked: those in grace, and those whose end still runs, among them. */
  get size(): number {
    return this.#sessions.size + this.#leaving.size
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
  get dropped(): number {
    let count = 0
    for (const { contact } of this.#sessions.values()) if (contact.state === 'dropped') count++
    return count
  }

  /** L4: whether a newer socket of the session is linked, or was last. */
  isReplaced(sessionId: string, order: ConnectionOrder): boolean {
    const known = this.#sessions.get(sessionId)
    return known !== undefined && isOlder(order, known)
  }

  /** Rules L4 and L6. Gives the session that the ref now stands for, or null where it was detached. */
  link(
    carrier: Carrier,
    ref: number,
    identity: Identity,
    connectionAttempt: number,
    request: LinkRequest,
  ): Session | null {
    const { limits, counts } = this.#host
    const known = this.#sessions.get(identity.sessionId)
    const order = { tokenGeneration: identity.tokenGeneration, connectionAttempt }
    if (this.isReplaced(identity.sessionId, order)) {
      counts.replaced++
      detach(carrier, ref, REPLACED, 'a newer connection of this session is linked')
      return null
    }
    if (known && request.linkNumber < known.linkNumber) {
      detach(carrier, ref, SUPERSEDED, 'a newer link of this session took its place')
      return null
    }
    if (known) {
      if (this.#goesOn(known, carrier, ref, order, request)) return known
      this.#sessions.delete(known.id)
      this.#leaving.add(known)
      if (known.phase === 'linking' || known.phase === 'linked') this.#end(known, SUPERSEDED)
    }
    if (this.#sessions.size >= limits.sessionsPerChannelMax) {
      detach(
        carrier,
        ref,
        FULL,
        `the channel has ${limits.sessionsPerChannelMax} sessions (sessionsPerChannelMax): link later, or to another channel`,
      )
      return null
    }
    const session = new Session(
      {
        ...identity,
        id: identity.sessionId,
        data: decodeValue(identity.data),
        linkNumber: request.linkNumber,
        connectionAttempt,
        processor: request.processor,
      },
      limits,
      known?.lane,
    )
    session.contact = { state: 'attached', carrier, ref }
    this.#sessions.set(session.id, session)
    this.#host.enter({ type: 'link', session, options: request.options })
    return session
  }

  /** The same link by a new contact. False where the session has begun to end: then it links anew. */
  #goesOn(session: Session, carrier: Carrier, ref: number, order: ConnectionOrder, request: LinkRequest): boolean {
    if (request.linkNumber !== session.linkNumber) return false
    if (session.phase !== 'linking' && session.phase !== 'linked') return false
    const { contact } = session
    const { past } = request
    if (contact.state === 'dropped') {
      contact.timer?.cancel()
      if (session.phase === 'linked') this.#host.enter({ type: 'resume', session })
    } else if (contact.carrier !== carrier || contact.ref !== ref) {
      this.#host.counts.replaced++
      const ending = isOlder(session, order) ? REPLACED : SUPERSEDED
      detach(contact.carrier, contact.ref, ending, 'a newer contact of this session took over')
    }
    session.tokenGeneration = order.tokenGeneration
    session.connectionAttempt = order.connectionAttempt
    session.contact = { state: 'attached', carrier, ref }
    if (session.phase === 'linking') return true
    this.#host.counts.resumes++
    const same = past !== null && past.serial === session.serial && sameOrigin(past.origin, this.#host.stream.origin)
    session.handOutAgain(same ? past.serverSeqSeen : 0)
    // For a client that never heard of its link it begins with the state that it is told of now.
    session.eventsAfter = null
    session.announce = true
    this.touched(session)
    // Where its contact was not known to be lost there is no task that would bring a turn.
    this.#host.wake()
    return true
  }

  /** Rules L2 and L3. */
  entry(session: Session, carrier: Carrier, ref: number, entry: Entry): void {
    const { taken, entry: task } = session.take(entry)
    switch (taken) {
      case 'taken':
        this.#host.enter({ type: 'entry', session, entry: task })
        return
      case 'duplicate':
        this.#host.counts.duplicates++
        return
      case 'gap':
        this.#host.counts.gaps++
        detach(carrier, ref, GAP, `number ${entry.clientSeq} came where ${session.taken + 1} was next`)
        this.drop(session, carrier, ref)
        return
      case 'overflow': {
        // Once there is room again the client replays from here.
        const { inboxEntriesMax } = this.#host.limits
        const message = `${session.taken - session.processed} entries of this link wait, at most twice ${inboxEntriesMax} (inboxEntriesMax)`
        detach(carrier, ref, OVERFLOW, message)
        this.drop(session, carrier, ref)
      }
    }
  }

  /** Rule L5: contact is lost, if it was by exactly this connection and ref; the session is waited for. */
  drop(session: Session, carrier: Carrier, ref: number): void {
    const { contact } = session
    if (contact.state !== 'attached' || contact.carrier !== carrier || contact.ref !== ref) return
    carrier.release(ref)
    const { graceMs } = this.#host.limits
    const timer = graceMs === 0 ? null : this.#host.clock.after(graceMs, () => this.#expire(session))
    session.contact = { state: 'dropped', timer }
    session.announce = false
    if (session.phase === 'linked') this.#host.enter({ type: 'drop', session })
    if (timer === null) this.#expire(session)
  }

  #expire(session: Session): void {
    this.#host.enter({ type: 'end', session, ending: EXPIRED, lost: session.contact })
  }

  /** The session is over, whatever it still had in the inbox is done first. */
  end(sessionId: string, reason: Reason): void {
    const session = this.#sessions.get(sessionId)
    if (session) this.#end(session, { reason, wire: 'unlinked', relink: false })
  }

  #end(session: Session, ending: Ending): void {
    this.#host.enter({ type: 'end', session, ending })
  }

  endAll(ending: Ending): void {
    for (const session of this.#sessions.values()) this.#end(session, ending)
  }

  /** Ends the session for good, also one that is about to be linked. False where it is not here. */
  kick(sessionId: string, reason: string): boolean {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return false
    if (session.phase === 'linking' || session.phase === 'linked') {
      this.#end(session, { reason, wire: 'kicked', relink: false })
    }
    return true
  }

  /** What `client.send` sends. To one that has left, nothing. */
  item(session: Session, body: Uint8Array, after: number): void {
    if (session.phase === 'over') return
    if (!session.push(ITEM.event, body, after)) return this.overflowed(session)
    this.touched(session)
    this.#host.wake()
  }

  touched(session: Session): void {
    this.#touched.add(session)
  }

  overflowed(session: Session): void {
    if (session.phase === 'linked') this.#end(session, OVERFLOW)
  }

  /** `onLink` accepted it. */
  linked(session: Session): void {
    const { context, counts, onePerUser } = this.#host
    counts.links++
    session.phase = 'linked'
    session.serial = ++this.#serial
    session.eventsAfter = context.eventsSoFar
    session.announce = true
    this.touched(session)
    if (!session.client) return
    context.admit(session.client)
    if (session.processor) this.#host.enter({ type: 'processor', session })
    if (onePerUser) this.#onlyOneOf(session)
  }

  #onlyOneOf(newest: Session): void {
    for (const session of this.#sessions.values()) {
      if (session === newest || session.userId !== newest.userId || session.senderKind !== 'client') continue
      this.#end(session, REPLACED)
    }
  }

  refused(session: Session, reason: Reason, message: string, details: Uint8Array | null): void {
    session.phase = 'over'
    this.#remove(session, { reason: message, wire: reason, relink: false, details })
  }

  refuseAll(reason: Reason, message: string): void {
    for (const session of this.#sessions.values()) this.refused(session, reason, message, null)
    this.sayFarewells()
  }

  ended(session: Session, ending: Ending): void {
    if (ending === EXPIRED) this.#host.counts.expired++
    this.#remove(session, ending)
  }

  #remove(session: Session, ending: Ending): void {
    this.#leaving.delete(session)
    if (this.#sessions.get(session.id) === session) this.#sessions.delete(session.id)
    const { contact } = session
    if (contact.state === 'dropped') contact.timer?.cancel()
    else this.#farewells.push({ carrier: contact.carrier, ref: contact.ref, ending })
  }

  /** Rule V7: LINKED and PRIVATE of a turn go out before its shared block, whose version is published by now. */
  handOut(published: boolean): void {
    const { stream, channelId } = this.#host
    const { origin, epoch, version } = stream
    const blocks = new Map<Carrier, { ref: number; items: Uint8Array }[]>()
    for (const session of this.#touched) {
      const { contact } = session
      if (contact.state !== 'attached') continue
      const { carrier, ref } = contact
      if (session.announce) {
        session.announce = false
        const { eventsAfter } = session
        const events =
          published && eventsAfter !== null ? { version, after: eventsAfter } : { version: version + 1, after: 0 }
        const { serial, tellable: processed, processor, reply } = session
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
          reply,
        }
        carrier.send(encodeToFront({ type: 'masterLinked', ref, linked }))
      }
      if (!session.owed) continue
      const { acknowledged, items } = session.handOut()
      const links = blocks.get(carrier)
      const link = { ref, items: makeItems(acknowledged, items) }
      if (links) links.push(link)
      else blocks.set(carrier, [link])
    }
    this.#touched.clear()
    for (const [carrier, links] of blocks) {
      carrier.send(encodeToFront({ type: 'masterPrivate', channelId, origin, epoch, version, links }))
    }
  }

  /** Tells the links that ended in this turn, behind all else of it. */
  sayFarewells(): void {
    const farewells = this.#farewells
    if (farewells.length === 0) return
    this.#farewells = []
    for (const { carrier, ref, ending } of farewells) detach(carrier, ref, ending, ending.reason)
  }

  /** The channel is over. */
  stop(): void {
    for (const session of [...this.#sessions.values(), ...this.#leaving]) {
      this.#remove(session, { reason: 'closing', wire: 'channel-closed', relink: true })
    }
    this.sayFarewells()
    this.#touched.clear()
  }
}

/** Terminal for the socket: a newer one of the session is there. */
const REPLACED: Ending = { reason: 'replaced', wire: 'replaced', relink: false }
/** Over, and nothing else is: the same session has a newer link. */
const SUPERSEDED: Ending = { reason: 'unlinked', wire: 'unlinked', relink: false }
const EXPIRED: Ending = { reason: 'expired', wire: 'expired', relink: true }
/** Retryable: the session goes on by its next link. */
const GAP: Ending = { reason: 'gap', wire: 'gap', relink: true }
const OVERFLOW: Ending = { reason: 'overflow', wire: 'overflow', relink: true }
const FULL: Ending = { reason: 'too-many', wire: 'too-many', relink: false }

/** Tells a front that a ref is over, and forgets it. */
export function detach(carrier: Carrier, ref: number, ending: Ending, message: string): void {
  const { wire: reason, relink, details = null } = ending
  carrier.send(encodeToFront({ type: 'masterDetached', ref, reason, relink, message, owner: null, details }))
  carrier.release(ref)
}
