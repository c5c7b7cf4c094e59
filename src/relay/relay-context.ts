/** What all parts of one front's relay share: limits, time, a log, counts, and memory. Knows none of the parts. */
import type { SharedHistories } from '../history/shared-histories.js'
import type { Clock, Log } from '../runtime/runtime.js'
import type { BoundedMap } from '../session/bounded-map.js'
import type { EndedSessions } from '../session/ended-sessions.js'
import type { FrontCounts } from './front-counts.js'
import type { Outages } from './outages.js'
import type { RelayLimits } from './relay-limits.js'
import type { WaitingLinks } from './waiting-links.js'

export interface RelayContext {
  readonly id: string
  readonly limits: RelayLimits
  readonly clock: Clock
  readonly log: Log
  readonly counts: FrontCounts
  /** The greatest epoch accepted of a channel. */
  readonly epochs: BoundedMap<string, number>
  /** What backs of this process lend; null where there are none. */
  readonly histories: SharedHistories | null
  /** Links that wait for a back. */
  readonly waiting: WaitingLinks
  readonly outages: Outages
  /** Sessions that are over and whose tokens may still be good. */
  readonly ended: EndedSessions
}
