/**
 * What single links are owed at the end of a turn, and what of it goes out: no more than their front's link has room for. The rest
 * follows with later turns. Knows nothing of handlers, and not what items mean.
 */
import type { LinkedState } from '../protocol/link-frames.js'
import type { Clock } from '../runtime/runtime.js'
import type { RoomWaiter } from './room-queue.js'
import type { Session } from './session.js'
import type { Carrier, LinkedDue } from './session-state.js'
import type { HistoryPosition, LinksOutcome } from './turn-outcome.js'

/** The channel whose links they are. */
export interface OwedLinksHost {
  readonly contract: { readonly rewindMsMax: number | null }
  /** A turn is wanted. */
  wake(): void
}

export class OwedLinks implements RoomWaiter<Carrier> {
  readonly #clock: Clock
  readonly #host: OwedLinksHost
  /** Those of which something changed since the last turn. */
  readonly #changed = new Set<Session>()
  /** Those of which no more is to be told than that their client has seen more. */
  readonly #quiet = new Set<Session>()
  /** Those that are owed more than there was room for. */
  readonly #heldBack = new Set<Session>()
  /** Fronts whose room is waited for. */
  readonly #busy = new Set<Carrier>()

  constructor(clock: Clock, host: OwedLinksHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Those of which something changed; with those that are not worth a turn where there is one anyway. */
  sizeWith(isPublished: boolean): number {
    return this.#changed.size + (isPublished ? this.#quiet.size : 0)
  }

  add(session: Session): void {
    this.#changed.add(session)
  }

  /** Not worth a turn: it goes with the next that is. */
  addQuietly(session: Session): void {
    if (session.isOwed) this.#changed.add(session)
    else this.#quiet.add(session)
  }

  /** It has ended: what it is owed goes out with this turn. */
  release(session: Session): void {
    if (this.#heldBack.delete(session)) this.#changed.add(session)
  }

  collect(at: HistoryPosition, isPublished: boolean): Pick<LinksOutcome, 'linked' | 'links' | 'changed'> {
    for (const session of this.#quiet) this.#changed.add(session)
    this.#quiet.clear()
    const changed = [...this.#changed]
    const linked: LinksOutcome['linked'][number][] = []
    const links: LinksOutcome['links'][number][] = []
    /** What is left of the room of those who were given bytes. */
    let rooms: Map<Carrier, number> | null = null
    this.#changed.clear()
    for (const session of changed) {
      const { contact } = session.state
      if (contact === null || contact.state === 'grace') continue
      const { carrier, ref } = contact
      if (contact.state === 'linkedDue') {
        linked.push({ carrier, ref, linked: linkedState(session, contact, at, isPublished, this.#host.contract) })
        session.announce()
      }
      if (!session.isOwed) continue
      // Of one that has ended there is no later turn.
      const room = session.isOpen ? (rooms?.get(carrier) ?? carrier.room) : null
      if (room === null || room > 0) {
        const { bytes, ...owed } = session.handOut(room)
        if (room !== null && bytes > 0) rooms = (rooms ?? new Map<Carrier, number>()).set(carrier, room - bytes)
        links.push({ carrier, ref, ...owed })
      }
      if (session.isOpen && session.isOwed) this.#holdBack(session, carrier)
      session.makeStale()
    }
    return { linked, links, changed }
  }

  #holdBack(session: Session, carrier: Carrier): void {
    this.#heldBack.add(session)
    if (this.#busy.has(carrier)) return
    this.#busy.add(carrier)
    // Not within the turn, which has still to be sent.
    this.#clock.soon(() => {
      this.#busy.delete(carrier)
      carrier.whenRoom(this)
    })
  }

  /** There is room on the link to a front: those that were held back have their turn. */
  proceed(): boolean {
    for (const session of this.#heldBack) this.#changed.add(session)
    this.#heldBack.clear()
    if (this.#changed.size > 0) this.#host.wake()
    return false
  }
}

/** L6: where the link goes on, or begins. Its events begin behind `eventsAfter` of the turn that announces it, or behind that turn. */
function linkedState(
  session: Session,
  due: LinkedDue,
  at: HistoryPosition,
  isPublished: boolean,
  { rewindMsMax }: OwedLinksHost['contract'],
): LinkedState {
  const { origin, epoch, version, imageAgeMs } = at
  const { eventsAfter } = due
  const isWithin = isPublished && eventsAfter !== null
  return {
    view: 0,
    origin,
    epoch,
    version,
    serial: session.link?.serial ?? 0,
    processed: session.acknowledgeable,
    eventsVersion: isWithin ? version : version + 1,
    eventsAfter: isWithin ? eventsAfter : 0,
    processor: session.processor,
    wantsShown: rewindMsMax !== null,
    imageAgeMs,
    reply: session.link?.reply ?? null,
  }
}
