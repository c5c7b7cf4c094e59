/** What `authenticate` throws to refuse a client. A refusal is not a failure: it is not logged as one, and the client receives its reason. */
import { CentrumError } from '../protocol/errors.js'
import type { RefusalOptions } from './link-refused.js'

/** Thrown by `authenticate` to refuse a client. Its connection closes with the reason and does not dial again. */
export class AuthenticationRefused extends CentrumError {
  override readonly name = 'AuthenticationRefused'

  constructor(reason: string, options: RefusalOptions = {}) {
    super('authentication-refused', reason, options)
  }
}
