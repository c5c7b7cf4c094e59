/**
 * What frames, entries and items are called on the wire, who speaks, and which versions of the protocol there are.
 */
import * as ENTRY from './entry-kind.js'
import * as ITEM from './item-kind.js'

/** What an entry of a link's numbered stream is. */
export { ENTRY }
export type EntryKind = (typeof ENTRY)[keyof typeof ENTRY]

/** What the channel says to one link alone. */
export { ITEM }
export type ItemKind = (typeof ITEM)[keyof typeof ITEM]

/** Who a session speaks for. */
export const SENDER_KIND = { client: 0, front: 1, channel: 2 } as const
export type SenderKind = keyof typeof SENDER_KIND

/** Versions of the protocol that this code speaks, on both hops. */
export const VERSION_MIN = 1
/** The greatest version of the protocol that this package speaks. */
export const VERSION_MAX = 1

/** Optional abilities, a bit each, agreed on as the intersection; none yet. */
export const FEATURES = 0
