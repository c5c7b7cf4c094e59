/** Counts of what a front has done since its start. Knows nothing of what counts them. */

/** What was done since the start, for operators and tests. */
export interface FrontCounts {
  /** Keyframes that backs sent. */
  keyframesTaken: number
  /** Turns that backs sent and that were passed on. */
  blocksTaken: number
  /** Keyframes that links got, from the cache or as they arrived. */
  keyframesGiven: number
  /** Turns that late and returning links got from the ring. */
  turnsGivenLate: number
  /** Frames that were dropped because they were of an older epoch, or for a channel that is no longer followed. */
  staleDropped: number
  duplicatesDropped: number
  /** Turns that did not follow the previous one: each causes a new SUBSCRIBE. */
  gaps: number
  /** Links that fell behind because their carrier was congested. */
  lagged: number
  /** Messages that were replaced by a cancelled entry because they were too large. */
  cancelled: number
  /** Links of masters that were lost. */
  peersLost: number
  /** Sessions that backs kicked. */
  kicked: number
  /** Sessions that were asked to try another front, because a back could not be reached. */
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
