/**
 * What `onLink` throws to refuse a link. A refusal is not a failure: it is not logged as one, and the client receives its reason.
 */

import { CentrumError } from '../protocol/errors.js'

export interface RefusalOptions {
  /** Whether the same call may succeed later. False unless given. */
  readonly retryable?: boolean
  /** Anything encodable that the other side's program may want to look at. */
  readonly details?: unknown
}

/** Thrown by `onLink` to refuse a link. The client's `link` rejects with the reason. */
export class LinkRefused extends CentrumError {
  override readonly name = 'LinkRefused'

  constructor(reason: string, options: RefusalOptions = {}) {
    super('link-refused', reason, options)
  }
}
