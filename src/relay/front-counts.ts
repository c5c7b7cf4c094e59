/** What a front has done since its start. Knows nothing of who counts. */

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
