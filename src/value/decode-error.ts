/** Bytes that are not what they should be. Layers above turn it into the close code of the connection it came over. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError'
  readonly code = 'decode-error'
  readonly retryable = false
}
