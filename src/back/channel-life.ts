/** Where a channel stands between its claim and its end. */
import type { PendingOpening } from './pending-opening.js'
import type { Ending } from './tasks.js'

export type ChannelLife =
  /** All that comes waits. */
  | { readonly state: 'opening'; readonly opening: PendingOpening }
  | { readonly state: 'open' }
  /**
   * sessions: each session's `onUnlink` runs. settling: sessions stay, as the channel is stored; handlers that run are waited for. close:
   * `onClose` runs.
   */
  | { readonly state: 'closing'; readonly ending: Ending; step: 'sessions' | 'settling' | 'close' }
  /** No handler runs any more, and the outcome of the last turn is not released yet. */
  | { readonly state: 'ended'; readonly ending: Ending }
  | { readonly state: 'closed' }

/** Nothing of the channel can be relied upon any more. */
export function faulted(reason: string): Ending {
  return { reason, wire: 'faulted', relink: true }
}

/** Links that are left when a channel has closed. */
export const CLOSED: Ending = { reason: 'closing', wire: 'channel-closed', relink: true }
