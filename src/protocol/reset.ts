/** What a link that began anew tells its user. */
import type { Reason } from './reasons.js'

/** `reset`: its channel began a new history. `session-expired`: its channel had given its session up. */
export type ResetReason = Extract<Reason, 'reset' | 'session-expired'>

/** What a link that began anew tells beside the reason. */
export interface Reset {
  /**
   * How old the stored image was, in milliseconds, with which the channel began its new history after its owner had died: what it did in that
   * time is lost. Null where it began without one, or had owners since that ended in good order.
   */
  readonly imageAgeMs: number | null
}
