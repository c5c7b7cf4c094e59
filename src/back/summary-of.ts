/** A channel's word about itself, as its handlers set it: encoded, and small. */
import { encodeValue } from '../value/encode-value.js'
import { WrongCall } from './wrong-call.js'

/** Maximum size of a summary as JSON, in bytes: it is copied to every process of the cluster. */
const SUMMARY_BYTES_MAX = 1_024

/** Null for `undefined`. Throws a `WrongCall`, and `EncodeError` for what cannot be encoded. */
export function summaryOf(value: unknown): Uint8Array | null {
  if (value === undefined) return null
  const summary = encodeValue(value)
  if (summary.length <= SUMMARY_BYTES_MAX) return summary
  throw new WrongCall(
    'too-large',
    `ctx.summary has ${summary.length} bytes when encoded, the limit is ${SUMMARY_BYTES_MAX}. Keep only what a list of channels shows.`,
  )
}
