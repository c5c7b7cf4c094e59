/** How many clients have a seat in a channel: from the moment in which their `onLink` begins until their link has ended. Knows nothing of links. */
import { CentrumError } from '../protocol/errors.js'
import type { Session } from './session.js'

export class Seats {
  /** Whether a link was refused. */
  hasRefused = false
  #taken = 0

  /** `max`: null for as many as come. Throws `too-many` where none is left. */
  take(session: Session, max: number | null): void {
    if (max !== null && this.#taken >= max) {
      const message = `all ${max} seats of the channel are taken (linksMax): link later, or to another channel`
      throw new CentrumError('too-many', message)
    }
    this.#taken++
    session.isSeated = true
  }

  leave(session: Session): void {
    if (session.isSeated) this.#taken--
    session.isSeated = false
  }
}
