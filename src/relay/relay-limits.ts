/** The limits of a relay. Its creator has the rows: for fronts they are in `front-limits.ts`. Knows no values. */
export interface RelayLimits {
  readonly flushMs: number
  readonly payloadBytesMax: number
  readonly sessionsMax: number
  readonly linksPerSessionMax: number
  readonly waitingLinksMax: number
  readonly waitingBytesMax: number
  readonly waitingBytesPerUserMax: number
  readonly mirrorKeepMs: number
  readonly mirrorsKeptMax: number
  readonly catchUpBytesMax: number
  readonly epochsSeenMax: number
  readonly cutOffMs: number
  readonly ringTurnsMax: number
  readonly ringBytesMax: number
  readonly ringMs: number
}
