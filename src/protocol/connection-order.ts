/**
 * Which of two sockets of a session is the newer (L4): the one whose resume token was renewed more often (H5), and of the same token the
 * one with the greater connectionAttempt. Knows nothing of sockets and tokens.
 */

/** What a socket came with. */
export interface ConnectionOrder {
  /** The number of the resume token that it presented; 0 for none. */
  readonly tokenGeneration: number
  readonly connectionAttempt: number
}

/** Whether one is the older of two; false where they are equal. */
export function isOlder(one: ConnectionOrder, other: ConnectionOrder): boolean {
  return one.tokenGeneration === other.tokenGeneration
    ? one.connectionAttempt < other.connectionAttempt
    : one.tokenGeneration < other.tokenGeneration
}
