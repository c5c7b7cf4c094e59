/** How links end that nobody asked to end: what `onUnlink` and the client get. */
import type { Ending } from './tasks.js'

export const LINK_ENDINGS = {
  /** Terminal for the socket: a newer one of the session is there. */
  REPLACED: { reason: 'replaced', wire: 'replaced', relink: false },
  /** Only the link has ended: the same session has a newer one. */
  SUPERSEDED: { reason: 'unlinked', wire: 'unlinked', relink: false },
  EXPIRED: { reason: 'expired', wire: 'expired', relink: true },
  /** Retryable: the session goes on by its next link. */
  GAP: { reason: 'gap', wire: 'gap', relink: true },
  OVERFLOW: { reason: 'overflow', wire: 'overflow', relink: true },
  FULL: { reason: 'too-many', wire: 'too-many', relink: false },
} as const satisfies Readonly<Record<string, Ending>>
