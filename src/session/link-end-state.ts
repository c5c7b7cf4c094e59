/**
 * What a link's end is made with, the states it goes through, and the counts and limits it has. No behaviour.
 */
import type { Reason } from '../protocol/reasons.js'
import { INBOUND_LIMITS, type InboundLimits } from './inbound.js'
import { RETENTION_LIMITS, type RetentionLimits } from './retention.js'

export interface LinkLimits extends RetentionLimits, InboundLimits {
  /** Frames that wait for `go()`. One more, and the link is linked again. */
  readonly waitingFramesMax: number
}

export const LINK_LIMITS: LinkLimits = { ...RETENTION_LIMITS, ...INBOUND_LIMITS, waitingFramesMax: 4096 }

export interface LinkEndOptions {
  readonly channelId: string
  /** Greater than that of any earlier link of the session to this channel. */
  readonly linkNumber: number
  /** What the channel is told at link: an encoded value, or null for none. */
  readonly options: Uint8Array | null
  /** Whether the channel is to be the session's processor from the start. */
  readonly processor: boolean
  /** The greatest epoch that the holder ever accepted for the channel; 0 for none. */
  readonly epochSeen: number
  readonly limits?: LinkLimits
}

/**
 * idle: not opened yet. linking: LINK is sent. catching-up: LINKED has come, the state is not at its version yet. live: it
 * is. stalled: contact is lost, or is to be made again. closed: over.
 */
export type LinkEndState =
  | { readonly state: 'idle' }
  | { readonly state: 'linking'; readonly link: number }
  | { readonly state: 'catching-up'; readonly link: number; readonly target: number }
  | { readonly state: 'live'; readonly link: number }
  | { readonly state: 'stalled'; readonly reason: Reason }
  | { readonly state: 'closed'; readonly reason: Reason; readonly message: string }

/** What is held now, and what was done so far. */
export interface LinkCounts {
  /** Times that the channel accepted it as a new link, and as one that goes on. */
  readonly linked: number
  readonly resumed: number
  readonly resets: number
  readonly keyframes: number
  readonly patches: number
  /** Entries sent again. */
  readonly replayed: number
  /** Items that came again and were dropped. */
  readonly duplicates: number
  /** Entries without an outcome, and their bytes. */
  readonly retained: number
  readonly retainedBytes: number
  /** Requests, takes and releases that are waited for. */
  readonly requests: number
  /** Private blocks and frames that wait for their version, or for `go()`. */
  readonly held: number
}
