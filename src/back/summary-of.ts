/** A channel's word about itself, as its handlers set it: encoded, and small. */
import { encodeWithin } from '../value/encode-within.js'
import { TooManyBytes } from '../value/too-many-bytes.js'
import { WrongCall } from './wrong-call.js'

/** Maximum size of a summary as JSON, in bytes: it is copied to every process of the cluster. */
const SUMMARY_BYTES_MAX = 1_024

/** Null for `undefined`. Throws a `WrongCall`, and `EncodeError` for what cannot be encoded. */
export function summaryOf(value: unknown): Uint8Array | null {
  if (value === undefined) return null
  try {
    return encodeWithin(value, SUMMARY_BYTES_MAX)
  } catch (error) {
    if (!(error instanceof TooManyBytes)) throw error
    throw new WrongCall(
      'too-large',
      `ctx.summary has ${error.message} when encoded, the limit is ${SUMMARY_BYTES_MAX}. Keep only what a list of channels shows.`,
    )
  }
}
