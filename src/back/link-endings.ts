/** How links end that nobody asked to end: what `onUnlink` and the client get. */
import type { Ending } from './tasks.js'

/** Terminal for the socket: a newer one of the session is there. */
export const REPLACED: Ending = { reason: 'replaced', wire: 'replaced', relink: false }
/** Only the link has ended: the same session has a newer one. */
export const SUPERSEDED: Ending = { reason: 'unlinked', wire: 'unlinked', relink: false }
export const EXPIRED: Ending = { reason: 'expired', wire: 'expired', relink: true }
/** Retryable: the session goes on by its next link. */
export const GAP: Ending = { reason: 'gap', wire: 'gap', relink: true }
export const OVERFLOW: Ending = { reason: 'overflow', wire: 'overflow', relink: true }
export const FULL: Ending = { reason: 'too-many', wire: 'too-many', relink: false }
