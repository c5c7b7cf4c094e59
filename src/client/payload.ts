/**
 * Payloads to bytes, with the errors that callers of the client see. Knows nothing of where they go.
 */
import { CentrumError, type ErrorCode, type ErrorOptions } from '../protocol/errors.js'
import { EncodeError } from '../value/encode-error.js'
import { encodeValue } from '../value/encode-value.js'

/** What a frame needs beside name and payload. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * `what` and `name` say whose payload it is; `frameBytesMax` is 0 where the front has not said it yet.
 * @throws CentrumError `not-encodable`, with the path of what is no value, or `too-large`
 */
export function encodePayload(what: string, name: string, payload: unknown, frameBytesMax = 0): Uint8Array {
  const refuse = (code: ErrorCode, problem: string, options?: ErrorOptions): never => {
    throw new CentrumError(code, `the ${what} '${name}' ${problem}`, options)
  }
  const bytesMax = frameBytesMax - FRAME_OVERHEAD_BYTES - name.length
  let bytes: Uint8Array
  try {
    bytes = encodeValue(payload)
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
    return refuse('not-encodable', `cannot be sent: ${error.message}`, { cause: error, details: { path: error.path } })
  }
  return frameBytesMax === 0 || bytes.length <= bytesMax
    ? bytes
    : refuse('too-large', `has ${bytes.length} bytes, at most ${bytesMax}. Send less at once.`)
}
