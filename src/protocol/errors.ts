/**
 * The one class of errors users see. `code` is stable and has a heading in docs/errors.md; the message says what happened,
 * the limit, the actual value and what to do. Knows nothing of who throws it.
 */
import { type Reason, RETRYABLE } from './reasons.js'

/** Codes of errors that never cross a wire, and for which trying again makes no sense without changing anything. */
export const LOCAL_FINAL = [
  'invalid-option',
  'missing-key',
  'not-built',
  'invalid-definition',
  'invalid-channel-id',
  'decode-error',
  'already-linked',
  'already-running',
  'stopped',
  'store-mismatch',
  'store-damaged',
  'store-lost',
  'store-driver-missing',
] as const

/** Those for which it may help. */
export const LOCAL_RETRYABLE = [
  'address-in-use',
  'buffer-full',
  'timeout',
  'aborted',
  'unknown',
  'no-processor',
  'not-linked',
  'store-in-use',
  'store-read-only',
  'store-full',
] as const

/** The codes of errors: reasons, which cross the wire, and those that stay in their process. */
export type ErrorCode = Reason | (typeof LOCAL_FINAL)[number] | (typeof LOCAL_RETRYABLE)[number]

/** Whether trying again makes sense without changing anything. */
export function isRetryable(code: ErrorCode): boolean {
  return [...RETRYABLE, ...LOCAL_RETRYABLE].includes(code as never)
}

export interface ErrorOptions {
  /** Whether trying again makes sense; as `isRetryable` says unless given. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** What a program may want to look at: issues of a schema, the owner of a channel. */
  readonly details?: unknown
}

/** Every error that centrum throws or rejects with. docs/errors.md has a heading for each `code`. */
export class CentrumError extends Error {
  /** The name of the class. */
  override readonly name: string = 'CentrumError'
  /** Stable; a heading in docs/errors.md. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later without changing anything. */
  readonly retryable: boolean
  /**
   * What explains it for programs: the issues of a schema, for example, or what `LinkRefused` was given. Often
   * undefined.
   */
  readonly details: unknown

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.retryable = options.retryable ?? isRetryable(code)
    this.details = options.details
  }
}
