/** What the bytes of a session count towards: its user, or its address if the session is a user of its own. */
import type { Identity } from '../protocol/master-frames.js'

/** `address`: '' where it is not known. */
export function payerOf({ senderKind, sessionId, userId }: Identity, address: string): string {
  if (senderKind !== 'client') return `${senderKind} ${sessionId}`
  return userId === sessionId && address !== '' ? `address ${address}` : `user ${userId}`
}
