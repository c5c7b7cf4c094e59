/**
 * Who is there, and who owns which channel: what masters ask of a cluster. A static one answers from its list; a dynamic
 * one from an engine. Knows nothing of links and sessions.
 */
import type { SharedStore } from '../store/store.js'

/** Where a back is, and which channels it may own. */
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
  readonly members: readonly ListedBack[]
  /** Where its channels are kept, those that live in memory by their owners' names. */
  readonly store: SharedStore
  /** How long a back that can store nothing goes on with channels that live in memory; then others may have them. */
  readonly leaseMs: number
  /** The id of the back on which a channel is to be opened that nobody has. Null where there is none. */
  ownerOf(channelId: string, wish?: PlaceWish): string | null
  /** Tells the others of a back that has joined the cluster's store, and of its app. It learns of itself by `members` like they do. */
  announce(back: AnnouncedBack, kinds: readonly ChannelKind[]): Promise<void>
  /**
   * Follows who is there: resolves when it is known for the first time, and calls back at each change from then on. The cluster looks as
   * long as anyone follows. Rejects with a `CentrumError` where the engine cannot be asked.
   */
  follow(onChange: () => void): Promise<{ end(): void }>
  /**
   * Looks whether a back that others miss is gone, and ends its run where it is: resolves with true once its channels may be claimed, and
   * with false where it is there. Rejects with a `CentrumError` where the engine cannot be asked.
   */
  isGone(backId: string): Promise<boolean>
  /** A cordoned back takes no more channels, and keeps those that it has. Rejects with `invalid-option` where there is no such back. */
  cordon(backId: string): Promise<void>
  /** It takes channels again. */
  uncordon(backId: string): Promise<void>
  /**
   * Has the owner of a channel hand it over to a back: state, sessions and all. Resolves when that is done. Rejects with a `CentrumError`:
   * `invalid-option` where there is no such back, `timeout`.
   */
  move(channelId: string, backId: string): Promise<void>
  /** Has a back hand over all its channels and take no more. Resolves when it has none. Rejects like `move`. */
  drain(backId: string): Promise<void>
  /** Says that a back hands over its channels and takes no more. Resolves when that is known. */
  beginDrain(backId: string): Promise<void>
  /** What a back was asked to hand over, one by one. */
  movesOf(backId: string): Promise<readonly ChannelMove[]>
  /** Says how many channels a back has open: others place new ones by it. Rejects with a `CentrumError` where the engine cannot be asked. */
  reportLoad(backId: string, channels: number): Promise<void>
  /** Other fronts of the cluster that clients can dial, as far as is known. Empty where no front of this process was announced. */
  readonly fronts: readonly ListedFront[]
  /** Tells the others where the clients of a front dial it; null: it takes no more. Forgotten when its process ends. */
  announceFront(frontId: string, publicUrl: string | null): Promise<void>
}

/** A front that takes clients in. */
export interface ListedFront {
  readonly id: string
  /** Where clients dial it. */
  readonly publicUrl: string
}

/** Who may have a channel that is to be opened. */
export interface PlaceWish {
  /** Backs that are left out. */
  readonly out?: (backId: string) => boolean
  /** Chooses among those that take more channels; null leaves it to the cluster. */
  readonly choose?: (channelId: string, backs: readonly ListedBack[]) => string | null
}

/** A channel that is to be handed over, and the back that gets it. */
export interface ChannelMove {
  readonly channelId: string
  readonly to: string
}

/** Whether the backs of a cluster come and go. */
export function isDynamic(cluster: Cluster): cluster is DynamicCluster {
  return 'follow' in cluster
}

/** Channels of one definition. */
export interface ChannelKind {
  readonly pattern: string
  readonly durability: 'none' | 'snapshot' | 'log'
}

export interface AnnouncedBack extends BackDescriptor {
  /** How many channels it takes, in proportion to the others. */
  readonly weight: number
  /** How many channels it takes at most; null for no limit. */
  readonly capacity: number | null
  /** What its operator says of it, such as a zone. */
  readonly labels: Readonly<Record<string, string>>
}

/** A back as the engine has it. */
export interface ListedBack extends AnnouncedBack {
  /** One run of it in the cluster's store. */
  readonly incarnation: string
  /** Whether it takes no more channels. */
  readonly isCordoned: boolean
  /** Whether it is to hand over all its channels. */
  readonly isDraining: boolean
  /** Whether its process holds its place: the engine frees that when the connection ends. */
  readonly isHeld: boolean
  /** How many channels it has open, as it last said. */
  readonly channelCount: number
  /** How many of those it is to hand over one by one. */
  readonly moves: number
  /** The number of the last entry of its journal: one that is alive adds some each second. */
  readonly tail: number
}
