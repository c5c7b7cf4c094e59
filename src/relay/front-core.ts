/** What the parts of one front master share: limits, time, a log, counts, and the few questions that they ask across. */
import type { Reason } from '../protocol/reasons.js'
import type { ToBackFrame } from '../protocol/master-frames.js'
import type { SharedHistories } from '../history/shared-histories.js'
import type { Clock, Log } from '../runtime/runtime.js'
import type { BackPeer } from './back-peer.js'
import type { Outages } from './outages.js'
import type { BoundedMap } from '../session/bounded-map.js'
import type { EndedSessions, SessionEnd } from '../session/ended-sessions.js'
import type { ChannelMirror } from './channel-mirror.js'
import type { RelayLimits } from './relay-limits.js'
import type { WaitingLinks } from './waiting-links.js'
import type { SessionIndex } from './session-index.js'

/** What was done since the start, for operators and tests. */
export interface FrontCounts {
  /** Keyframes that backs sent. */
  keyframesTaken: number
  /** Turns that backs sent and that were passed on. */
  blocksTaken: number
  /** Keyframes that links were given, from the cache or as they came. */
  keyframesGiven: number
  /** Turns that late and returning links were given from the ring. */
  turnsGivenLate: number
  /** What was dropped because it was of an older epoch, or for a channel that is not followed any more. */
  staleDropped: number
  duplicatesDropped: number
  /** Turns that did not follow the one before: each ends in a new SUBSCRIBE. */
  gaps: number
  /** Links that fell behind because their carrier was congested. */
  lagged: number
  /** Messages that were replaced by a void because they were too large. */
  cancelled: number
  /** Links of masters that were lost. */
  peersLost: number
  /** Sessions that backs kicked. */
  kicked: number
  /** Sessions that were asked to try another front, as a back was not reached. */
  sentAway: number
}

export function noCounts(): FrontCounts {
  return {
    keyframesTaken: 0,
    blocksTaken: 0,
    keyframesGiven: 0,
    turnsGivenLate: 0,
    staleDropped: 0,
    duplicatesDropped: 0,
    gaps: 0,
    lagged: 0,
    cancelled: 0,
    peersLost: 0,
    kicked: 0,
    sentAway: 0,
  }
}

export interface FrontCore {
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
  /** The mirror of a channel; null where no pattern of the app or no back serves it. */
  mirrorOf(channelId: string): ChannelMirror | null
  /** Why there is no mirror of a channel, for whoever asked for it. */
  whyUnknown(channelId: string): string
  readonly sessions: SessionIndex
  /** Another back owns the mirror's channel. Does nothing where no such back is known. */
  move(mirror: ChannelMirror, backId: string): void
  /** A link waits for a back that cannot be reached. */
  missing(): void
  /** The mirror has no links: it is kept for a while, then evicted. */
  idle(mirror: ChannelMirror): void
  /** The mirror has a link again. */
  busy(mirror: ChannelMirror): void
  /** To all backs whose link stands, but for one. */
  sendToAll(frame: ToBackFrame, but?: BackPeer): void
  /** Sessions that are over and whose tokens may still be good. */
  readonly ended: EndedSessions
  /** Ends a session for good, here and at all backs but the one that said so. */
  kick(sessionId: string, message: string, by?: BackPeer): void
  /** A back knows that a session is over. */
  endHere(sessionId: string, end: SessionEnd): void
  /** A back could not read what the session sent: its carriers close. */
  blame(sessionId: string, message: string): void
  /** Ends all sessions of a user that have begun by `before` (wall clock), everywhere. */
  endUser(userId: string, before: number, message: string): void
}

/** The reason that clients are given for a lost link of masters: one that is about the link, and after which it makes sense to try again. */
export function reasonForLinks(reason: Reason): Reason {
  switch (reason) {
    case 'heartbeat-lost':
    case 'overflow':
    case 'draining':
      return reason
    default:
      return 'unreachable'
  }
}
