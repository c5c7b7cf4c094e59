/**
 * Who is there, and who owns which channel: what masters ask of a cluster. A static one answers from its list; a dynamic
 * one will answer from an engine. Knows nothing of links and sessions.
 */
export interface BackDescriptor {
  readonly id: string
  /** `tcp://host:port`, `unix:/path` or, within one process, `memory:name`. */
  readonly address: string
  /** Patterns of the channels it may own: `arena/*`, `lobby`, or `**` for all that no other pattern stands for. */
  readonly channels: readonly string[]
}

/** What `staticCluster` returns, the same for all masters. */
export interface Cluster {
  readonly backs: readonly BackDescriptor[]
  /** The cluster's secret, or undefined where none was given. */
  readonly key: Uint8Array | undefined
  /** The secret and those that are good beside it while keys change; the first is `key`. */
  readonly keys: readonly Uint8Array[]
  /** 16 hex digits: equal on all that have the same list. */
  readonly hash: string
  /** The id of the back that owns a channel; null where no back lists a pattern that fits. */
  ownerOf(channelId: string): string | null
}
