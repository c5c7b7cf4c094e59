/** The error with which `authenticate` refuses a client. A refusal is not a failure: it is not logged as one, and the client gets its reason. */
import { CentrumError } from '../protocol/errors.js'

/**
 * Throw this in `authenticate` to refuse a client. Its connection closes with the reason, and the client does not reconnect. The reason is
 * all that the client gets: unlike `LinkRefused`, it takes no details.
 */
export class AuthenticationRefused extends CentrumError {
  override readonly name = 'AuthenticationRefused'

  constructor(reason: string) {
    super('authentication-refused', reason)
  }
}
