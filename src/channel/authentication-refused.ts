/** The error with which `authenticate` refuses a client. A refusal is not a failure: it is not logged as one, and the client gets its reason. */
import { CentrumError } from '../protocol/errors.js'
import type { RefusalOptions } from './link-refused.js'

/** Throw this in `authenticate` to refuse a client. Its connection closes with the reason, and the client does not reconnect. */
export class AuthenticationRefused extends CentrumError {
  override readonly name = 'AuthenticationRefused'

  constructor(reason: string, options: RefusalOptions = {}) {
    super('authentication-refused', reason, options)
  }
}
