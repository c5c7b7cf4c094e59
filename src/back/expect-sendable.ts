/** What a back sends in one piece, against its limit. Knows nothing of what it is. */
import { CentrumError } from '../protocol/errors.js'

/** Throws a `CentrumError` `too-large`. `what`: `event 'boom'`. */
export function expectSendable(what: string, encoded: Uint8Array, sendBytesMax: number): Uint8Array {
  if (encoded.length <= sendBytesMax) return encoded
  throw new CentrumError(
    'too-large',
    `${what} has ${encoded.length} bytes, the limit is ${sendBytesMax} (sendBytesMax): send less at once, or make it part of the state`,
  )
}
