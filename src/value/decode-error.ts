/** Thrown for bytes that are malformed. On a connection it becomes the close code. */
export class DecodeError extends Error {
  /** The name of the class. */
  override readonly name = 'DecodeError'
  /** The stable error code; docs/errors.md explains it. */
  readonly code = 'decode-error'
  /** Trying again with the same input makes no difference. */
  readonly retryable = false
}
