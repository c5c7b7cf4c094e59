/** What a set of links needs of whoever carries its session, what it is asked for, and what is seen of it from outside. */
import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { LinkEndLimits } from './link-end-limits.js'
import type { LinkEndCounts } from './link-end-state.js'
import type { LinkFrame } from './link-holder.js'
import type { WaitDefaults } from './wait-for.js'

export interface LinkSetHost<L> extends WaitDefaults {
  readonly limits: LinkEndLimits
  /** Whether a channel that is linked is linked again by giving out the same link, with the same options. */
  readonly shares?: boolean
  /** Sends over the present connection. Not called while there is none. */
  send(frame: LinkFrame): void
  /** What was seen is due: calls `LinkSet.flush()`, with whatever else is about to be sent. */
  flush(): void
  /** Why there is no connection, for errors of calls that wait for one. */
  describe(): string
  /** A channel ended the whole session. */
  sessionEnded(reason: Reason, message: string): void
  /** A link is closed. */
  linkClosed(): void
  processorChanged(link: L | null, reason: Reason | null): void
  /** So many messages in a row that waited for `to` to become the processor have no effect. */
  unsent(to: L, count: number, error: CentrumError): void
}

export interface LinkSetRequest {
  /** The options of the link, for the channel: an encoded value, or null for none. */
  readonly options: Uint8Array | null
  /** Whether the channel is to become the processor as soon as it is linked. */
  readonly processor: boolean
}

export interface LinkSetInspection extends LinkEndCounts {
  readonly links: number
  /** Links that wait before they are opened again. */
  readonly relinks: number
  /** Messages and moves that wait for the processor. */
  readonly processorWaiting: number
  readonly retained: number
  readonly retainedBytes: number
  readonly held: number
}
