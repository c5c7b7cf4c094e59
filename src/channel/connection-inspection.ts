/** What is seen of a client's connection from outside: counts of all that is held, and of what was done. Types only. */

export interface LinksInspection {
  /** Links that are not closed. */
  readonly links: number
  /** Links that wait before they are linked again. */
  readonly relinks: number
  /** Messages for the processor that wait until a channel has taken over. */
  readonly processorWaiting: number
  /** Messages and requests that have no outcome yet, of all links. */
  readonly retained: number
  /** The bytes of these messages and requests. */
  readonly retainedBytes: number
  /** Private blocks and frames that have arrived and cannot be dispatched yet, of all links. */
  readonly held: number
  /** Links that a channel has accepted as new, since the connection was created. */
  readonly linked: number
  /** Links that continued where they were. */
  readonly resumed: number
  /** Links that were reset (`onReset`). */
  readonly resets: number
  /** Keyframes (whole states) that arrived. */
  readonly keyframes: number
  /** Patches that arrived. */
  readonly patches: number
  /** Messages and requests that were sent again. */
  readonly replayed: number
  /** Answers and direct events that arrived again and were dropped. */
  readonly duplicates: number
}

/** The result of `inspect()` of a connection: counts of everything held and everything done. */
export interface ConnectionInspection extends LinksInspection {
  /** Attempts to reach a front. */
  readonly dials: number
  /** Attempts in which a front accepted the client. */
  readonly connects: number
}
