/**
 * Who is there, and who owns which channel: what masters ask of a cluster. A static one answers from its list; a dynamic
 * one will answer from an engine. Knows nothing of links and sessions.
 */
export interface BackDescriptor {
  /** Its name, unique among all masters of the cluster. */
  readonly id: string
  /** `tcp://host:port`, `unix:/path` or, within one process, `memory:name`. */
  readonly address: string
  /** Patterns of the channels it may own: `arena/*`, `lobby`, or `**` for all that no other pattern stands for. */
  readonly channels: readonly string[]
}

/** What `staticCluster` returns, the same for all masters. */
export interface Cluster {
  /** The backs that are known at the moment. */
  readonly members: readonly BackDescriptor[]
  /** The cluster's secret, or undefined where none was given. */
  readonly key: Uint8Array | undefined
  /** The secret and those that are good beside it while keys change; the first is `key`. */
  readonly keys: readonly Uint8Array[]
  /** 16 hex digits: equal on all that have the same list. */
  readonly hash: string
  /** The id of the back that owns a channel; null where no back lists a pattern that fits. */
  ownerOf(channelId: string): string | null
}

/** A cluster whose backs are written down. */
export interface StaticCluster extends Cluster {
  /** The list. */
  readonly backs: readonly BackDescriptor[]
}

/** A cluster whose backs come and go: `members` and `ownerOf` say what is known at the moment. */
export interface DynamicCluster extends Cluster {
  /** Tells the others of a back that has joined the cluster's store, and learns of itself by `members` like they do. */
  announce(back: AnnouncedBack): Promise<void>
  /**
   * Follows who is there: resolves when it is known for the first time, and calls back at each change from then on. The cluster looks as
   * long as anyone follows. Rejects with a `CentrumError` where the engine cannot be asked.
   */
  follow(onChange: () => void): Promise<{ end(): void }>
}

export interface AnnouncedBack extends BackDescriptor {
  /** How many channels it takes, in proportion to the others. */
  readonly weight: number
  /** How many channels it takes at most; null for no limit. */
  readonly capacity: number | null
  /** What its operator says of it, such as a zone. */
  readonly labels: Readonly<Record<string, string>>
}
