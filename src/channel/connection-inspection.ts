/** What is seen of a client's connection from outside: counts of all that is held, and of what was done. Types only. */

export interface LinksInspection {
  /** Links that are not closed. */
  readonly links: number
  /** Links that wait for their time to be opened again. */
  readonly relinks: number
  /** Messages for the processor that wait until one has taken over. */
  readonly processorWaiting: number
  /** Messages and requests that have no outcome yet, of all links. */
  readonly retained: number
  /** Their bytes. */
  readonly retainedBytes: number
  /** What came and cannot be handed on yet: private blocks and frames, of all links. */
  readonly held: number
  /** Since the connection was made: times that a channel accepted a link as a new one, and as one that goes on. */
  readonly linked: number
  /** Links that went on where they were. */
  readonly resumed: number
  /** Links that began anew: `onReset`. */
  readonly resets: number
  /** Whole states that came. */
  readonly keyframes: number
  /** Patches that came. */
  readonly patches: number
  /** Messages and requests that were sent again. */
  readonly replayed: number
  /** Items that came again and were dropped. */
  readonly duplicates: number
}

/** What `inspect()` of a connection returns: counts of all that is held and of what was done. */
export interface ConnectionInspection extends LinksInspection {
  /** Attempts to reach a front, and those that a front welcomed. */
  readonly dials: number
  /** Times that a front welcomed it. */
  readonly connects: number
}
