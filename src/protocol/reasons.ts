/**
 * Why something ended, was refused or is in doubt: one list for both hops, for statuses, refusals, close codes and errors.
 * Ordinals are on the wire: explicit, and never reused. A WebSocket closes with 4000 + the ordinal. Whether trying again
 * makes sense is said in `errors.ts`.
 */
export const REASONS = {
  'protocol-error': 1,
  versions: 2,
  'list-differs': 3,
  'id-taken': 4,
  'wrong-id': 5,
  'handshake-timeout': 6,
  'authentication-refused': 7,
  'authentication-failed': 8,
  'session-expired': 9,
  replaced: 10,
  gap: 11,
  reset: 12,
  overflow: 13,
  slow: 14,
  'rate-limited': 15,
  'too-many': 16,
  'too-large': 17,
  faulted: 18,
  draining: 19,
  'not-owner': 20,
  'channel-closed': 21,
  'unknown-channel': 22,
  'link-refused': 23,
  invalid: 24,
  'not-declared': 25,
  'not-permitted': 26,
  'not-processor': 27,
  'handler-failed': 28,
  'handler-timeout': 29,
  kicked: 30,
  unreachable: 31,
  'heartbeat-lost': 32,
  closing: 33,
  unlinked: 34,
  withdrawn: 35,
  expired: 36,
  'connection-lost': 37,
} as const

export type Reason = keyof typeof REASONS

/** The reason of an ordinal, or undefined for one that this version does not know. */
export function reasonOf(ordinal: number): Reason | undefined {
  return (Object.keys(REASONS) as Reason[]).find((reason) => REASONS[reason] === ordinal)
}

/** The WebSocket close code that stands for a reason. */
export function closeCodeOf(reason: Reason): number {
  return 4000 + REASONS[reason]
}

/** The reason a WebSocket was closed for, or undefined where the code is none of centrum's. */
export function reasonOfCloseCode(code: number): Reason | undefined {
  return reasonOf(code - 4000)
}
