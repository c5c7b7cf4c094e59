/**
 * Why something ended, was refused or is in doubt: one list for both hops, for statuses, refusals, close codes and errors.
 * Ordinals are on the wire: explicit, and never reused. `retryable` says whether trying again makes sense without changing
 * anything. A WebSocket closes with 4000 + the ordinal.
 */
export const REASONS = {
  'protocol-error': { ordinal: 1, retryable: false },
  versions: { ordinal: 2, retryable: false },
  'list-differs': { ordinal: 3, retryable: true },
  'id-taken': { ordinal: 4, retryable: true },
  'wrong-id': { ordinal: 5, retryable: true },
  'handshake-timeout': { ordinal: 6, retryable: true },
  'authentication-refused': { ordinal: 7, retryable: false },
  'authentication-failed': { ordinal: 8, retryable: true },
  'session-expired': { ordinal: 9, retryable: true },
  replaced: { ordinal: 10, retryable: false },
  gap: { ordinal: 11, retryable: true },
  reset: { ordinal: 12, retryable: true },
  overflow: { ordinal: 13, retryable: true },
  slow: { ordinal: 14, retryable: true },
  'rate-limited': { ordinal: 15, retryable: true },
  'too-many': { ordinal: 16, retryable: true },
  'too-large': { ordinal: 17, retryable: false },
  faulted: { ordinal: 18, retryable: true },
  draining: { ordinal: 19, retryable: true },
  'not-owner': { ordinal: 20, retryable: true },
  'channel-closed': { ordinal: 21, retryable: true },
  'unknown-channel': { ordinal: 22, retryable: false },
  'link-refused': { ordinal: 23, retryable: false },
  invalid: { ordinal: 24, retryable: false },
  'not-declared': { ordinal: 25, retryable: false },
  'not-permitted': { ordinal: 26, retryable: false },
  'not-processor': { ordinal: 27, retryable: true },
  'handler-failed': { ordinal: 28, retryable: false },
  'handler-timeout': { ordinal: 29, retryable: true },
  kicked: { ordinal: 30, retryable: false },
  unreachable: { ordinal: 31, retryable: true },
  'heartbeat-lost': { ordinal: 32, retryable: true },
  closing: { ordinal: 33, retryable: true },
  unlinked: { ordinal: 34, retryable: true },
  withdrawn: { ordinal: 35, retryable: true },
  expired: { ordinal: 36, retryable: true },
  'connection-lost': { ordinal: 37, retryable: true },
} as const

export type Reason = keyof typeof REASONS

const BY_ORDINAL: ReadonlyMap<number, Reason> = new Map(
  Object.entries(REASONS).map(([name, { ordinal }]) => [ordinal, name as Reason]),
)

/** The reason of an ordinal, or undefined for one that this version does not know. */
export function reasonOf(ordinal: number): Reason | undefined {
  return BY_ORDINAL.get(ordinal)
}

/** The WebSocket close code that stands for a reason. */
export function closeCodeOf(reason: Reason): number {
  return 4000 + REASONS[reason].ordinal
}

/** The reason a WebSocket was closed for, or undefined where the code is none of centrum's. */
export function reasonOfCloseCode(code: number): Reason | undefined {
  return reasonOf(code - 4000)
}
