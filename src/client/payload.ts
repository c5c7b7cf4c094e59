/**
 * Payloads to bytes, with the errors that callers of the client see. Knows nothing of where they go.
 */
import { CentrumError } from '../protocol/errors.js'
import { EncodeError } from '../value/encode-error.js'
import { encodeValue } from '../value/encode-value.js'

/** What a frame needs beside name and payload. */
const FRAME_OVERHEAD_BYTES = 64

/** @throws CentrumError `not-encodable`, with the path of what is no value. */
export function encodePayload(payload: unknown, what: string): Uint8Array {
  try {
    return encodeValue(payload)
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
    throw new CentrumError('not-encodable', `${what} cannot be sent: ${error.message}`, {
      cause: error,
      details: { path: error.path },
    })
  }
}

/** @throws CentrumError `too-large`. `frameBytesMax`: 0 where the front has not said it yet. */
export function expectFits(name: string, payload: Uint8Array, frameBytesMax: number): void {
  const bytesMax = frameBytesMax - FRAME_OVERHEAD_BYTES - name.length
  if (frameBytesMax === 0 || payload.length <= bytesMax) return
  throw new CentrumError('too-large', `'${name}' has ${payload.length} bytes, at most ${bytesMax}. Send less at once.`)
}
