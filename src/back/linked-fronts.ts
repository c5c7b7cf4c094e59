/** The fronts that are linked to a back, as its channels reach them. */
import type { Reason } from '../protocol/reasons.js'

/** The fronts that are linked to the back. */
export interface LinkedFronts {
  send(frame: Uint8Array): void
  /** Why nothing new comes of the channel for now; null: it does again. */
  stalled(channelId: string, reason: Reason | null): void
  /** The channel has closed: its next subscription begins anew. */
  evict(channelId: string): void
}
