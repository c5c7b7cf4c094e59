/** Why a handler is not waited for any more: its channel moves to another back. */
import { CentrumError } from '../protocol/errors.js'

export class HandedOver extends CentrumError {
  constructor(limitMs: number) {
    super(
      'handler-timeout',
      `the channel moves to another back, and the handler has not settled within ${limitMs} ms (handOverMs)`,
    )
  }
}
