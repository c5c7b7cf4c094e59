/**
 * The one class of errors users see. `code` is stable and has a heading in docs/errors.md; the message says what happened,
 * the limit, the actual value and what to do. Knows nothing of who throws it.
 */
import { type Reason, RETRYABLE } from './reasons.js'

/** Codes of errors that never cross the network, and for which trying again is pointless without a change. */
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

/** Whether the same call may succeed later without any change. */
export function isRetryable(code: ErrorCode): boolean {
  return [...RETRYABLE, ...LOCAL_RETRYABLE].includes(code as never)
}

export interface ErrorOptions {
  /** Whether the same call may succeed later. If left out, as `isRetryable` says. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** Further information for programs: the issues of a schema, the owner of a channel. */
  readonly details?: unknown
}

/** The class of every error that centrum throws or rejects with. docs/errors.md explains each `code`. */
export class CentrumError extends Error {
  /** The name of the class. */
  override readonly name: string = 'CentrumError'
  /** The stable error code; docs/errors.md explains it. */
  readonly code: ErrorCode
  /** Whether the same call may succeed later without any change. */
  readonly retryable: boolean
  /**
   * Further information for programs: the issues of a schema, for example, or the details of a `LinkRefused`. Often
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
