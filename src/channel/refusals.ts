/**
 * What an application throws to turn someone away. A refusal is no failure: it is not logged as one, and its reason is told.
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

/** Thrown by `authenticate` to refuse a client. Its connection closes with the reason and does not dial again. */
export class AuthenticationRefused extends CentrumError {
  override readonly name = 'AuthenticationRefused'

  constructor(reason: string, options: RefusalOptions = {}) {
    super('authentication-refused', reason, options)
  }
}
