/** The reason that clients get when a link of masters is lost. */
import type { Reason } from '../protocol/reasons.js'

/** The reason that clients are given for a lost link of masters: one that is about the link, and after which it makes sense to try again. */
export function reasonForLinks(reason: Reason): Reason {
  switch (reason) {
    case 'heartbeat-lost':
    case 'overflow':
    case 'draining':
      return reason
    default:
      return 'unreachable'
  }
}
