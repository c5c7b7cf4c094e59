/**
 * Who is there, and who owns which channel: what masters ask of a cluster. A static one answers from its list; a dynamic
 * one from an engine. Knows nothing of links and sessions.
 */
import type { SharedStore } from '../store/store.js'

/** Where a back is, and which channels it may own. */
export interface BackDescriptor {
  /** Its name, unique among all backs and fronts of the cluster. */
  readonly id: string
  /** `tcp://host:port`, `unix:/path` or, within one process, `memory:name`. */
  readonly address: string
  /** Patterns of the channels it may own: `arena/*`, `lobby`, or `**` for all channels that no other pattern matches. */
  readonly channels: readonly string[]
}

/** Which backs there are, and which back owns which channel: what `staticCluster` and `postgresCluster` return. */
export interface Cluster {
  /** The backs that are known at the moment. */
  readonly members: readonly BackDescriptor[]
  /** The cluster's secret, or undefined where none was given. */
  readonly key: Uint8Array | undefined
  /** All keys that are accepted while the key is being changed; the first is `key`. */
  readonly keys: readonly Uint8Array[]
  /** 16 hex digits: equal in all processes that have the same list. */
  readonly hash: string
  /** The id of the back that owns a channel; null if no back lists a pattern that matches. */
  ownerOf(channelId: string): string | null
}

/** A cluster whose backs are a fixed list. */
export interface StaticCluster extends Cluster {
  /** The list. */
  readonly backs: readonly BackDescriptor[]
}

/** A cluster whose backs join and leave at run time: `members` and `ownerOf` return what is known at the moment. */
export interface DynamicCluster extends Cluster {
  readonly members: readonly ListedBack[]
  /** Where its channels are stored; for channels in memory, only their owners. */
  readonly store: SharedStore
  /** How long a back that can store nothing continues its channels in memory; after that other backs may take them. */
  readonly leaseMs: number
  /** The id of the back on which a channel without an owner should be opened. Null if there is none. */
  ownerOf(channelId: string, wish?: PlaceWish): string | null
  /** Tells the others of a back that has joined the cluster's store, and of its app. It learns of itself by `members` like they do. */
  announce(back: AnnouncedBack, kinds: readonly ChannelKind[]): Promise<void>
  /**
   * Follows the list of backs: resolves when it is first known, and then calls back at each change. The cluster keeps looking as
   * long as anything follows. Rejects with a `CentrumError` if the engine cannot be reached.
   */
  follow(onChange: () => void): Promise<{ end(): void }>
  /**
   * Checks whether a missed back is dead, and ends its run if it is: resolves with true once its channels may be claimed, and with
   * false if it is alive. Rejects with a `CentrumError` if the engine cannot be reached.
   */
  isGone(backId: string): Promise<boolean>
  /** Cordons a back: it takes no more channels, but keeps those it has. Rejects with `invalid-option` if there is no such back. */
  cordon(backId: string): Promise<void>
  /** Undoes `cordon`: the back takes channels again. */
  uncordon(backId: string): Promise<void>
  /**
   * Moves a channel to another back, with its state, sessions and timers. Resolves when this is done. Rejects with a `CentrumError`:
   * `invalid-option` if there is no such back, `timeout`.
   */
  move(channelId: string, backId: string): Promise<void>
  /** Makes a back hand over all its channels and take no more. Resolves when it has none. Rejects like `move`. */
  drain(backId: string): Promise<void>
  /** Announces that a back is handing over its channels and takes no more. Resolves when this is recorded. */
  beginDrain(backId: string): Promise<void>
  /** The channels that a back was asked to hand over one by one. */
  movesOf(backId: string): Promise<readonly ChannelMove[]>
  /** Reports how many channels a back has open, by which other processes place new ones. Rejects with a `CentrumError` if the engine cannot be reached. */
  reportLoad(backId: string, channels: number): Promise<void>
  /**
   * Reports that this process cannot reach a back, or reaches it again. A back that several processes cannot reach, or one process
   * while the back stores nothing, is declared dead.
   */
  suspect(observerId: string, backId: string, isMissed: boolean): void
  /** Other fronts of the cluster that clients can connect to, as far as known. Empty if no front of this process was announced. */
  readonly fronts: readonly ListedFront[]
  /** Tells the others where the clients of a front dial it; null: it takes no more. Forgotten when its process ends. */
  announceFront(frontId: string, publicUrl: string | null): Promise<void>
}

/** A front that accepts clients. */
export interface ListedFront {
  readonly id: string
  /** The URL at which clients connect to it. */
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
  /** How many masters do not reach it now. */
  readonly suspectedBy: number
  /** The number of the last entry of its journal: one that is alive adds some each second. */
  readonly tail: number
}
