/** What LINKED says of a link as it begins or goes on. Knows nothing of who sends it. */
import type { LinkedState } from '../protocol/link-frames.js'
import type { Session } from './session.js'
import type { LinkedDue } from './session-state.js'
import type { HistoryPosition } from './turn-outcome.js'

/** L6: where the link goes on, or begins. Its events begin behind `eventsAfter` of the turn that announces it, or behind that turn. */
export function linkedStateOf(
  session: Session,
  due: LinkedDue,
  at: HistoryPosition,
  isPublished: boolean,
): LinkedState {
  const { origin, epoch, version } = at
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
    reply: session.link?.reply ?? null,
  }
}
