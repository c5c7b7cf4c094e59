/**
 * Which channels a back opens, and where it sends those who ask it for others. With a list each channel has its back. In a cluster whose
 * backs come and go any back whose patterns fit takes what it is asked for, as long as it takes channels at all: the store says who has it.
 * Knows nothing of channels that are open.
 */
import type { ChooseBack } from '../channel/choose-back-of.js'
import type { Log, Random } from '../runtime/runtime.js'
import { type Cluster, isDynamic, type DynamicCluster, type PlaceWish } from '../cluster/cluster.js'
import { takesMore } from '../cluster/placement.js'
import type { Owner } from '../protocol/master-frames.js'
import { ChannelUnavailable } from './channel-unavailable.js'

export interface PlacedHereOptions {
  readonly backId: string
  readonly cluster: Cluster
  /** How many channels it takes; null for any number. */
  readonly capacity: number | null
  /** The app's choice of where channels open; null where it has none. */
  readonly choose: ChooseBack | null
  readonly log: Log
}

export class PlacedHere {
  /** Whether it hands over what it has and takes nothing more. */
  isLeaving = false
  readonly #backId: string
  readonly #cluster: Cluster
  readonly #capacity: number
  readonly #choose: Pick<PlaceWish, 'choose'>
  readonly #log: Log

  constructor({ backId, cluster, capacity, choose, log }: PlacedHereOptions) {
    this.#log = log
    this.#choose = choose === null ? {} : { choose }
    this.#backId = backId
    this.#cluster = cluster
    this.#capacity = capacity ?? Infinity
  }

  /** Whether the cluster gives the channel to this back rather than to another. */
  isPlacedHere(channelId: string): boolean {
    const cluster = this.#cluster
    const owner = isDynamic(cluster) ? cluster.ownerOf(channelId, this.#choose) : cluster.ownerOf(channelId)
    return !this.isLeaving && owner === this.#backId
  }

  /** Where a channel goes that this back gives away; null where no other back takes it. */
  elsewhere(channelId: string): Owner | null {
    const cluster = this.#cluster
    if (!isDynamic(cluster)) return null
    return this.#owner(cluster.ownerOf(channelId, { ...this.#choose, out: (id) => id === this.#backId }))
  }

  /** The same, if there is one that takes channels that nobody has had. */
  #elsewhereWithRoom(cluster: DynamicCluster, channelId: string): Owner | null {
    const open = new Set(cluster.members.filter((back) => takesMore(back)).map(({ id }) => id))
    const out = (id: string): boolean => id === this.#backId || !open.has(id)
    return this.#owner(cluster.ownerOf(channelId, { ...this.#choose, out }))
  }

  /** Any other back that may have the channel: for what cannot be opened here. Null where there is none. */
  drawOther(channelId: string, random: Random): Owner | null {
    const cluster = this.#cluster
    if (!isDynamic(cluster)) return null
    const others = cluster.members.filter(
      ({ id }) => id !== this.#backId && cluster.ownerOf(channelId, { out: (other) => other !== id }) !== null,
    )
    return others[Math.floor(random.float() * others.length)] ?? null
  }

  /**
   * Throws a `ChannelUnavailable` that names who has the channel, where this back does not open it. `open`: how many it has. `isKnown`:
   * somebody has had the channel, and goes on with it: that is done also where nobody has room.
   */
  expect(channelId: string, open: number, isKnown: boolean): void {
    const cluster = this.#cluster
    if (isDynamic(cluster)) return this.#expectRoom(cluster, channelId, open, isKnown)
    const ownerId = cluster.ownerOf(channelId)
    if (ownerId === this.#backId) return
    throw this.#foreign(channelId, this.#owner(ownerId))
  }

  #expectRoom(cluster: DynamicCluster, channelId: string, open: number, isKnown: boolean): void {
    const self = cluster.members.find(({ id }) => id === this.#backId)
    const isOwn = self === undefined || cluster.ownerOf(channelId, { out: (id) => id !== this.#backId }) !== null
    const isClosed = self?.isCordoned === true || self?.isDraining === true
    const isFull = open >= this.#capacity
    if (isOwn && !this.isLeaving && !isClosed && !isFull) return
    const withRoom = this.#elsewhereWithRoom(cluster, channelId)
    if (withRoom !== null) throw this.#foreign(channelId, withRoom)
    const owner = this.elsewhere(channelId)
    if (isOwn && !this.isLeaving) {
      // One that is cordoned takes what is new where nobody else is.
      if (isKnown || (!isFull && owner === null)) return
      throw this.#full(channelId)
    }
    if (owner === null)
      throw new ChannelUnavailable('draining', `the owner of channel '${channelId}' stops: link again`, {
        relink: true,
      })
    throw this.#foreign(channelId, owner)
  }

  #full(channelId: string): ChannelUnavailable {
    this.#log.warn('channel.no-room', { channel: channelId })
    return new ChannelUnavailable(
      'too-many',
      `channel '${channelId}' is not open, and no back can open it: all that may own it have reached their capacity. Try again later`,
    )
  }

  /** Clients read the message: who owns what stays in the log. */
  #foreign(channelId: string, owner: Owner | null): ChannelUnavailable {
    this.#log.warn('channel.not-owned', { channel: channelId, owner: owner?.id ?? null })
    const message = `channel '${channelId}' is not owned here: ${owner ? 'link again' : 'no back in the list owns it'}`
    return new ChannelUnavailable('not-owner', message, { owner, relink: owner !== null })
  }

  #owner(backId: string | null): Owner | null {
    return this.#cluster.members.find(({ id }) => id === backId) ?? null
  }
}
