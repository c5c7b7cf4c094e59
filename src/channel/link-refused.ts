/**
 * The error with which `onLink` refuses a link. A refusal is not a failure: it is not logged as one, and the client gets its reason.
 */

import { CentrumError } from '../protocol/errors.js'

export interface RefusalOptions {
  /** Whether the same call may succeed later. If left out, false. */
  readonly retryable?: boolean
  /** Further information for the client's program: any value that can be encoded. */
  readonly details?: unknown
}

/** Throw this in `onLink` to refuse a link. The client's `link` rejects with the reason. */
export class LinkRefused extends CentrumError {
  override readonly name = 'LinkRefused'

  constructor(reason: string, options: RefusalOptions = {}) {
    super('link-refused', reason, options)
  }
}
