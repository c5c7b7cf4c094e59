/**
 * The one class of errors users see. `code` is stable and has a heading in docs/errors.md; the message says what happened,
 * the limit, the actual value and what to do. Knows nothing of who throws it.
 */
import type { Reason } from './reasons.js'

/** Codes of errors that never cross a wire. */
export const LOCAL_CODES = [
  'invalid-option',
  'missing-key',
  'address-in-use',
  'not-built',
  'invalid-definition',
  'invalid-channel-id',
  'not-encodable',
  'decode-error',
  'buffer-full',
  'timeout',
  'aborted',
  'unknown',
  'no-processor',
  'not-linked',
  'already-linked',
  'already-running',
  'stopped',
] as const

export type ErrorCode = Reason | (typeof LOCAL_CODES)[number]

/** Trying again makes no sense without changing anything. */
const FINAL: readonly ErrorCode[] = [
  'protocol-error',
  'versions',
  'authentication-refused',
  'replaced',
  'too-large',
  'unknown-channel',
  'link-refused',
  'invalid',
  'not-declared',
  'not-permitted',
  'handler-failed',
  'kicked',
  'invalid-option',
  'missing-key',
  'not-built',
  'invalid-definition',
  'invalid-channel-id',
  'not-encodable',
  'decode-error',
  'already-linked',
  'already-running',
  'stopped',
]

/** Whether trying again makes sense without changing anything. */
export function isRetryable(code: ErrorCode): boolean {
  return !FINAL.includes(code)
}

export interface ErrorOptions {
  /** Whether trying again makes sense; as `isRetryable` says unless given. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** What a program may want to look at: issues of a schema, the owner of a channel. */
  readonly details?: unknown
}

export class CentrumError extends Error {
  override readonly name: string = 'CentrumError'
  /** Stable; a heading in docs/errors.md. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later without changing anything. */
  readonly retryable: boolean
  readonly details: unknown

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? isRetryable(code)
    this.details = options.details
  }
}
