/**
 * Makes the sessions of an image those of a channel. Some may have linked again while the image was read, and are met here as if they
 * came now (L4, L6). Knows nothing of handlers.
 */
import type { SessionImage } from '../durable/channel-image.js'
import { isOlder } from '../protocol/connection-order.js'
import type { LinkRequest } from '../protocol/link-frames.js'
import type { BackLimits } from './back-limits.js'
import { LINK_ENDINGS } from './link-endings.js'
import type { LiveContext } from './live-context.js'
import type { Payer } from './payers.js'
import type { Seats } from './seats.js'
import { Session } from './session.js'
import type { Ending } from './tasks.js'
import { detach } from './turn-outcome.js'

/** What it asks of the channel's sessions. */
export interface RestoreHost {
  readonly limits: BackLimits
  readonly payerOf: (image: SessionImage) => Payer
  readonly context: LiveContext
  readonly seats: Seats
  /** Those that are linked, by their ids. */
  readonly sessions: Map<string, Session>
  /** Those whose end runs while a newer link of the same session is there. */
  readonly superseded: Set<Session>
  /** With what a session linked while the image was read. */
  readonly early: ReadonlyMap<Session, LinkRequest>
  /** It goes on by its contact. */
  resume(session: Session, request: LinkRequest): void
  /** It has no contact, and is waited for. */
  drop(session: Session): void
  end(session: Session, ending: Ending): void
}

export function restoreSessions(images: readonly SessionImage[], host: RestoreHost): void {
  for (const image of images) {
    const known = host.sessions.get(image.id) ?? null
    const request = known && host.early.get(known)
    if (known && request && known.state.phase === 'linking') meet(known, request, image, host)
    else restore(image, known, host)
  }
}

function meet(early: Session, request: LinkRequest, image: SessionImage, host: RestoreHost): void {
  const { contact } = early.state
  const isReplaced = isOlder(early.order, image.order)
  if (isReplaced || early.linkNumber < image.linkNumber) {
    if (contact && contact.state !== 'grace')
      detach(
        contact.carrier,
        contact.ref,
        isReplaced ? LINK_ENDINGS.REPLACED : LINK_ENDINGS.SUPERSEDED,
        'a newer link of this session is known',
      )
    early.disconnect()
    early.detach()
    restore(image, null, host)
  } else if (early.linkNumber > image.linkNumber) {
    const former = new Session(image, host.limits, host.payerOf(image))
    begin(former, image, host)
    supersede(former, host)
  } else {
    begin(early, image, host)
    if (contact === null || contact.state === 'grace') return
    early.attach(contact.carrier, contact.ref, early.order)
    host.resume(early, request)
  }
}

/** `former`: an older link of the same session, whose end had not run. */
function restore(image: SessionImage, former: Session | null, host: RestoreHost): void {
  const session = new Session(image, host.limits, host.payerOf(image))
  begin(session, image, host)
  if (former) supersede(former, host)
  host.sessions.set(session.id, session)
  host.drop(session)
}

/** The session is the one of the image, wherever it comes through. */
function begin(session: Session, image: SessionImage, { context, seats, end }: RestoreHost): void {
  session.restore(image, (it, data) => context.makeClient(it, data))
  if (session.link?.client) {
    seats.take(session, null)
    context.admit(session.link.client)
  }
  if (session.isFull) end(session, LINK_ENDINGS.OVERFLOW)
}

function supersede(session: Session, { superseded, end }: RestoreHost): void {
  superseded.add(session)
  end(session, LINK_ENDINGS.SUPERSEDED)
}
