/** `sessions: 'onePerUser'`: of the sessions of a user the one that began last stays. Knows nothing of links and frames. */
import type { SenderKind } from '../protocol/frame-types.js'
import type { Session } from './session.js'

interface OfUser {
  readonly senderKind: SenderKind
  readonly userId: string
  readonly beganAt: number
}

/** Whether a session of the same user that began later is linked. */
export function hasNewer(sessions: Iterable<Session>, { senderKind, userId, beganAt }: OfUser): boolean {
  if (senderKind !== 'client') return false
  for (const other of sessions) {
    if (other.isLinked && other.senderKind === 'client' && other.userId === userId && other.beganAt > beganAt)
      return true
  }
  return false
}

/** Which sessions a user's accepted one replaces; itself where a later one is there: one that resumes never displaces that. */
export function replacedBy(accepted: Session, sessions: Iterable<Session>): readonly Session[] {
  if (hasNewer(sessions, accepted)) return [accepted]
  return [...sessions].filter(
    (other) =>
      other !== accepted &&
      other.senderKind === 'client' &&
      other.userId === accepted.userId &&
      other.beganAt <= accepted.beganAt,
  )
}
