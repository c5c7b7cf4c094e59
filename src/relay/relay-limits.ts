/** What a relay is bounded by. Whoever makes it has the rows: fronts in `front-limits.ts`. Knows no values. */
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
