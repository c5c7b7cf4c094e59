/** What a back sends in one piece, encoded as far as its limit. Knows nothing of what it is. */
import { CentrumError } from '../protocol/errors.js'
import { encodeWithin } from '../value/encode-within.js'
import { TooManyBytes } from '../value/too-many-bytes.js'

/** Throws a `CentrumError` `too-large`, and `EncodeError` for what cannot be encoded. `what`: `event 'boom'`. */
export function encodeSendable(what: string, value: unknown, sendBytesMax: number): Uint8Array {
  try {
    return encodeWithin(value, sendBytesMax)
  } catch (error) {
    if (!(error instanceof TooManyBytes)) throw error
    throw new CentrumError(
      'too-large',
      `${what} has ${error.message}, the limit is ${sendBytesMax} (sendBytesMax): send less at once, or make it part of the state`,
      { cause: error },
    )
  }
}
