/** What a link that began anew tells its user. */
import type { Reason } from './reasons.js'

/** `reset`: the channel began a new history. `session-expired`: the channel no longer had the session. */
export type ResetReason = Extract<Reason, 'reset' | 'session-expired'>

/** What `onReset` gets besides the reason. */
export interface Reset {
  /**
   * How old the stored image was, in milliseconds, from which the channel began its new history after its owner died: everything after
   * the image is lost. Null if it began without an image, or if later owners stopped normally.
   */
  readonly imageAgeMs: number | null
}
