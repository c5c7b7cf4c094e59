/**
 * Which channels a back opens, and where it sends those who ask it for others. With a list each channel has its back. In a cluster whose
 * backs come and go any back whose patterns fit takes what it is asked for, as long as it takes channels at all: the store says who has it.
 * Knows nothing of channels that are open.
 */
import type { Log } from '../runtime/runtime.js'
import { type Cluster, isDynamic, type DynamicCluster } from '../cluster/cluster.js'
import type { Owner } from '../protocol/master-frames.js'
import { ChannelUnavailable } from './channel-unavailable.js'

export interface PlacedHereOptions {
  readonly backId: string
  readonly cluster: Cluster
  /** How many channels it takes while others have room; null for any number. */
  readonly capacity: number | null
  readonly log: Log
}

export class PlacedHere {
  /** Whether it hands over what it has and takes nothing more. */
  isLeaving = false
  readonly #backId: string
  readonly #cluster: Cluster
  readonly #capacity: number

  readonly #log: Log

  constructor({ backId, cluster, capacity, log }: PlacedHereOptions) {
    this.#log = log
    this.#backId = backId
    this.#cluster = cluster
    this.#capacity = capacity ?? Infinity
  }

  /** Whether the cluster gives the channel to this back rather than to another. */
  isPlacedHere(channelId: string): boolean {
    return !this.isLeaving && this.#cluster.ownerOf(channelId) === this.#backId
  }

  /** Where a channel goes that this back gives away; null where no other back takes it. */
  elsewhere(channelId: string): Owner | null {
    const cluster = this.#cluster
    return isDynamic(cluster) ? this.#owner(cluster.ownerOf(channelId, (id) => id === this.#backId)) : null
  }

  /** Throws a `ChannelUnavailable` that names who has the channel, where this back does not open it. `open`: how many it has. */
  expect(channelId: string, open: number): void {
    const cluster = this.#cluster
    if (isDynamic(cluster)) return this.#expectRoom(cluster, channelId, open)
    const ownerId = cluster.ownerOf(channelId)
    if (ownerId === this.#backId) return
    throw this.#foreign(channelId, this.#owner(ownerId))
  }

  #expectRoom(cluster: DynamicCluster, channelId: string, open: number): void {
    const self = cluster.members.find(({ id }) => id === this.#backId)
    const isOwn = self === undefined || cluster.ownerOf(channelId, (id) => id !== this.#backId) !== null
    const takesMore = !this.isLeaving && self?.isCordoned !== true && self?.isDraining !== true && open < this.#capacity
    if (isOwn && takesMore) return
    const owner = this.elsewhere(channelId)
    // Where nobody else is, one that is cordoned or full still takes it.
    if (owner === null && isOwn && !this.isLeaving) return
    if (owner === null)
      throw new ChannelUnavailable('draining', `the owner of channel '${channelId}' stops: link again`, {
        relink: true,
      })
    throw this.#foreign(channelId, owner)
  }

  /** Clients read the message: who owns what stays in the log. */
  #foreign(channelId: string, owner: Owner | null): ChannelUnavailable {
    this.#log.warn('channel.not-owned', { channel: channelId, owner: owner?.id ?? null })
    const message = `channel '${channelId}' is not owned here: ${owner ? 'link again' : 'no back of the list owns it'}`
    return new ChannelUnavailable('not-owner', message, { owner, relink: owner !== null })
  }

  #owner(backId: string | null): Owner | null {
    return this.#cluster.members.find(({ id }) => id === backId) ?? null
  }
}
