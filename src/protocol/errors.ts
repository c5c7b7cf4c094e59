/**
 * The one class of errors users see. `code` is stable and has a heading in docs/errors.md; the message says what happened,
 * the limit, the actual value and what to do. Knows nothing of who throws it.
 */
import { REASONS, type Reason } from './reasons.js'

/** Codes of errors that never cross a wire, with whether trying again makes sense. */
export const LOCAL_CODES = {
  'invalid-option': false,
  'missing-key': false,
  'address-in-use': true,
  'not-built': false,
  'invalid-definition': false,
  'invalid-channel-id': false,
  'not-encodable': false,
  'decode-error': false,
  'buffer-full': true,
  timeout: true,
  aborted: true,
  unknown: true,
  'no-processor': true,
  'not-linked': true,
  'already-linked': false,
  'already-running': false,
  stopped: false,
} as const

export type ErrorCode = Reason | keyof typeof LOCAL_CODES

export interface ErrorOptions {
  /** Whether trying again makes sense; from the code's table unless given. */
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
    this.retryable =
      options.retryable ??
      (code in REASONS ? REASONS[code as Reason].retryable : LOCAL_CODES[code as keyof typeof LOCAL_CODES])
    this.details = options.details
  }
}
