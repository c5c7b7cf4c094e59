/**
 * A call of an application's code that cannot be done as it was made: an event that does not fit its schema, a timer of no such name.
 * Where a handler lets it pass, the handler has failed; its sender's message was none the worse.
 */
import { CentrumError } from '../protocol/errors.js'

export class WrongCall extends CentrumError {}

/** The error of a check as that of a call. */
export function asWrongCall(error: unknown): unknown {
  if (!(error instanceof CentrumError)) return error
  const { code, message, details } = error
  return new WrongCall(code, message, { cause: error, details })
}
