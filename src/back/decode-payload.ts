/** Opens what a client, a front or a channel sent: no more than a handler may be given at once. Knows nothing of schemas. */
import { CentrumError } from '../protocol/errors.js'
import { readNamed } from '../protocol/link-frames.js'
import { DecodeError } from '../value/decode-error.js'
import { decodeValue } from '../value/decode-value.js'
import { TooManyContainers } from '../value/too-many-containers.js'

/** Bytes that no client's library makes: they cost their message, and the socket of whoever sent them. */
export class UnreadablePayload extends CentrumError {
  constructor(cause: DecodeError) {
    super('invalid', `the payload cannot be decoded: ${cause.message}`, { cause })
  }
}

/** Throws `UnreadablePayload`, or a `CentrumError` `too-large`. */
export function decodePayload(
  bytes: Uint8Array,
  { payloadContainersMax }: { readonly payloadContainersMax: number },
): unknown {
  try {
    return decodeValue(bytes, payloadContainersMax)
  } catch (error) {
    if (error instanceof DecodeError) throw new UnreadablePayload(error)
    if (!(error instanceof TooManyContainers)) throw error
    throw new CentrumError(
      'too-large',
      `a payload of ${bytes.length} bytes has ${error.message} (payloadContainersMax): send less at once, or a flatter value`,
      { cause: error },
    )
  }
}

/** The name and the payload, which stays closed. Throws `UnreadablePayload`. */
export function openNamed(body: Uint8Array): ReturnType<typeof readNamed> {
  try {
    return readNamed(body)
  } catch (error) {
    throw error instanceof DecodeError ? new UnreadablePayload(error) : error
  }
}
