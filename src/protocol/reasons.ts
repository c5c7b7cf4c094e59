/**
 * Why something ended, was refused or is in doubt: one list for both hops, for statuses, refusals, close codes and errors.
 * The place in the list, from 1, is the ordinal on the wire: nothing is ever moved or taken out, and what is new comes
 * last. A WebSocket closes with 4000 + the ordinal. Whether trying again makes sense is said in `errors.ts`.
 */
const NAMES = [
  'protocol-error',
  'versions',
  'list-differs',
  'id-taken',
  'wrong-id',
  'handshake-timeout',
  'authentication-refused',
  'authentication-failed',
  'session-expired',
  'replaced',
  'gap',
  'reset',
  'overflow',
  'slow',
  'rate-limited',
  'too-many',
  'too-large',
  'faulted',
  'draining',
  'not-owner',
  'channel-closed',
  'unknown-channel',
  'link-refused',
  'invalid',
  'not-declared',
  'not-permitted',
  'not-processor',
  'handler-failed',
  'handler-timeout',
  'kicked',
  'unreachable',
  'heartbeat-lost',
  'closing',
  'unlinked',
  'withdrawn',
  'expired',
  'connection-lost',
] as const

export type Reason = (typeof NAMES)[number]

/** The ordinal of each reason. */
export const REASONS = Object.fromEntries(NAMES.map((reason, i) => [reason, i + 1])) as Readonly<Record<Reason, number>>

/** The reason of an ordinal, or undefined for one that this version does not know. */
export function reasonOf(ordinal: number): Reason | undefined {
  return NAMES[ordinal - 1]
}

/** The WebSocket close code that stands for a reason. */
export function closeCodeOf(reason: Reason): number {
  return 4000 + REASONS[reason]
}

/** The reason a WebSocket was closed for, or undefined where the code is none of centrum's. */
export function reasonOfCloseCode(code: number): Reason | undefined {
  return reasonOf(code - 4000)
}
