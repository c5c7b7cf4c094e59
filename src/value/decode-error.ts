/** Bytes that are not what they should be. Layers above turn it into the close code of the connection it came over. */
export class DecodeError extends Error {
  /** The name of the class. */
  override readonly name = 'DecodeError'
  /** Stable; a heading in docs/errors.md. */
  readonly code = 'decode-error'
  /** Trying again with the same input makes no difference. */
  readonly retryable = false
}
