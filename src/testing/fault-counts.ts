/** How often each thing went wrong in a simulated cluster, whoever brought it about: a fault that never happens shows nothing. */

export interface FaultCounts {
  /** Parcels that took longer than all others. */
  spikes: number
  /** Writes between masters that arrived in two pieces. */
  splits: number
  /** Connections that broke, those of processes that died not counted. */
  breaks: number
  /** Connections of which at least one side was not told that they broke, or that the other process died. */
  halfOpen: number
  /** Parcels that were under way on a connection that broke, and never arrived. */
  lost: number
  /** Closes that never reached the other side. */
  swallowedCloses: number
  /** Pairs of processes that could not reach each other, and of those the ones where bytes passed one way. */
  partitions: number
  oneWayPartitions: number
  /** Times that a connection's next parcel stood before a blocked way. */
  held: number
  /** Parcels that came behind later ones of other connections. */
  reordered: number
  stalls: number
  /** What happened late because its process had stood still. */
  late: number
  /** Processes that died without a word, and of those the ones whose machine died too. */
  kills: number
  darkKills: number
  restarts: number
  /** Times that a process began to read slowly, and parcels that waited for one. */
  slowReaders: number
  slowed: number
  /** Processes whose wall clock was wrong, and whose clocks ran at another speed, from their start on. */
  skewedClocks: number
  driftingClocks: number
  clockJumps: number
}

export function newFaultCounts(): FaultCounts {
  return {
    spikes: 0,
    splits: 0,
    breaks: 0,
    halfOpen: 0,
    lost: 0,
    swallowedCloses: 0,
    partitions: 0,
    oneWayPartitions: 0,
    held: 0,
    reordered: 0,
    stalls: 0,
    late: 0,
    kills: 0,
    darkKills: 0,
    restarts: 0,
    slowReaders: 0,
    slowed: 0,
    skewedClocks: 0,
    driftingClocks: 0,
    clockJumps: 0,
  }
}
