/**
 * Payloads to bytes, with the errors that callers of the client see. Knows nothing of where they go.
 */
import { CentrumError } from '../protocol/errors.js'
import type { EncodeError } from '../value/encode-error.js'
import { encodeValue } from '../value/encode-value.js'

/** What a frame needs beside name and payload. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * `what` and `name` say whose payload it is; `frameBytesMax` is 0 where that is not known yet.
 * @throws CentrumError `not-encodable`, with the path of what is no value, or `too-large`
 */
export function encodePayload(what: string, name: string, payload: unknown, frameBytesMax = 0): Uint8Array {
  const subject = `the ${what} '${name}'`
  let bytes: Uint8Array
  try {
    bytes = encodeValue(payload)
  } catch (cause) {
    const { message, path } = cause as EncodeError
    throw new CentrumError('not-encodable', `${subject} cannot be sent: ${message}`, { cause, details: { path } })
  }
  const bytesMax = frameBytesMax - FRAME_OVERHEAD_BYTES - name.length
  if (frameBytesMax === 0 || bytes.length <= bytesMax) return bytes
  throw new CentrumError('too-large', `${subject} has ${bytes.length} bytes, at most ${bytesMax}. Send less at once.`)
}
