/**
 * Why something ended, was refused or is in doubt: one list for both hops, for statuses, refusals, close codes and errors.
 * The place in its list gives a reason its ordinal on the wire: nothing is ever moved or taken out, and what is new comes
 * last. A WebSocket closes with 4000 + the ordinal.
 */
import { field } from './field.js'

/** Trying again is pointless without a change. Ordinals from 1. */
const FINAL = [
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
  'not-encodable',
] as const

/** Trying again may help. Ordinals from 64. */
export const RETRYABLE = [
  'cluster-mismatch',
  'id-taken',
  'wrong-id',
  'handshake-timeout',
  'authentication-failed',
  'session-expired',
  'gap',
  'reset',
  'overflow',
  'slow',
  'rate-limited',
  'too-many',
  'faulted',
  'draining',
  'not-owner',
  'channel-closed',
  'not-processor',
  'handler-timeout',
  'unreachable',
  'heartbeat-lost',
  'closing',
  'unlinked',
  'withdrawn',
  'expired',
  'connection-lost',
  'store-unavailable',
] as const

const RETRYABLE_FIRST = 64

/** Why something ended, was refused or is unknown. docs/errors.md explains each reason. */
export type Reason = (typeof FINAL)[number] | (typeof RETRYABLE)[number]

/** The ordinal of each reason. */
export const REASONS = Object.fromEntries([
  ...FINAL.map((reason, i) => [reason, i + 1]),
  ...RETRYABLE.map((reason, i) => [reason, i + RETRYABLE_FIRST]),
]) as Readonly<Record<Reason, number>>

/** The reason of an ordinal, or undefined for one that this version does not know. */
export function reasonOf(ordinal: number): Reason | undefined {
  return FINAL[ordinal - 1] ?? RETRYABLE[ordinal - RETRYABLE_FIRST]
}

/** The WebSocket close code that stands for a reason. */
export function closeCodeOf(reason: Reason): number {
  return 4000 + REASONS[reason]
}

/** The reason a WebSocket was closed for, or undefined where the code is none of centrum's. */
export function reasonOfCloseCode(code: number): Reason | undefined {
  return reasonOf(code - 4000)
}

/** A reason of a later version reads as `faulted`, which is retryable: its meaning is unknown, not its effect. */
export const reason = field<Reason>(
  'reason',
  (writer, word) => writer.uvarint(REASONS[word]),
  (reader) => reasonOf(reader.uvarint()) ?? 'faulted',
)
