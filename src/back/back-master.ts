/**
 * The hub of a process that owns channels: opens and closes them, lets fronts in, and gives each channel its turns. All channels
 * share one link per front. Knows nothing of clients' sockets.
 */
import type { App, AppMatch } from '../channel/app.js'
import type { BackChannelApi, BackMasterApi } from '../channel/back-api.js'
import type { ChannelAddress } from '../channel/context.js'
import type { Cluster } from '../cluster/cluster.js'
import { acceptLinks, type LinkListener } from '../link/accept-links.js'
import type { SharedHistories } from '../history/shared-histories.js'
import type { InProcessNetwork } from '../link/in-process-transport.js'
import type { LinkLimits } from '../link/link-limits.js'
import { type MasterIdentity, newIncarnation } from '../link/master-identity.js'
import type { MasterLink } from '../link/master-link.js'
import { PeerRegistry } from '../link/peer-registry.js'
import { sharedSecretOf } from '../link/shared-secret.js'
import type { Transport } from '../link/transport.js'
import { transportOf } from '../link/transport-of.js'
import { readOptions, refuseOption } from '../options/read-options.js'
import { CentrumError } from '../protocol/errors.js'
import { encodeToFront, type Identity } from '../protocol/master-frames.js'
import { hexOf } from '../protocol/hex8.js'
import type { Reason } from '../protocol/reasons.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { BackChannel, type ChannelCounts } from './back-channel.js'
import type { BackLimits } from './back-limits.js'
import { BACK_MASTER_OPTIONS, type BackMasterOptions } from './back-master-options.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import { TurnScheduler } from './turn-scheduler.js'
import { FrontPeer } from './front-peer.js'
import { IdleChannels } from './idle-channels.js'
import { KickedSessions } from './kicked-sessions.js'
import { checkedParams, refuseUnbuilt } from './opening.js'
import { addressOf } from './peer-address.js'

/** What a back master holds and has done. */
export interface BackInspection {
  readonly id: string
  readonly incarnation: string
  readonly channels: number
  readonly sessions: number
  /** Sessions in grace. */
  readonly dropped: number
  readonly refs: number
  readonly subscriptions: number
  /** Tasks in inboxes and behind a handler of the same sender that runs yet, and handlers that run across turns. */
  readonly waiting: number
  readonly running: number
  /** What was said to single links, answers included, and that their clients have not seen yet. */
  readonly unseen: number
  /** Timers of turns: one for each `tickMs` in use. */
  readonly beats: number
  readonly awake: number
  readonly fronts: readonly {
    readonly id: string
    readonly incarnation: string
    readonly refs: number
    readonly link: ReturnType<MasterLink['inspect']>
  }[]
  readonly done: Readonly<ChannelCounts>
}

type Life = 'made' | 'listening' | 'stopped'

export class BackMaster<A extends App = App> {
  readonly id: string
  readonly #app: App
  readonly #cluster: Cluster
  readonly #runtime: Runtime
  readonly #limits: BackLimits
  readonly #linkLimits: LinkLimits
  readonly #network: InProcessNetwork | undefined
  readonly #transport: Transport | undefined
  readonly #histories: SharedHistories | undefined
  readonly #address: string
  readonly #identity: MasterIdentity
  readonly #beats: TurnScheduler
  readonly #channels = new Map<string, BackChannel>()
  readonly #peers = new PeerRegistry()
  readonly #fronts = new Set<FrontPeer>()
  readonly #kicked: KickedSessions
  readonly #idle: IdleChannels
  readonly #counts: ChannelCounts = {
    turns: 0,
    patches: 0,
    keyframes: 0,
    links: 0,
    resumes: 0,
    duplicates: 0,
    gaps: 0,
    replaced: 0,
    expired: 0,
    messages: 0,
    requests: 0,
    refused: 0,
    failed: 0,
    peerMessagesDropped: 0,
  }
  #epoch = 0
  #listener: LinkListener | null = null
  #life: Life = 'made'

  /** Throws a `CentrumError` `invalid-option` that names the option. Nothing runs before `listen()`. */
  constructor(app: App & A, options: BackMasterOptions) {
    const call = { call: 'BackMaster' }
    const given = readOptions(call, BACK_MASTER_OPTIONS, options)
    const { id, cluster, graceMs = given.limits.graceMs, runtime = nodeRuntime(), network } = given
    const entry = cluster.backs.find((back) => back.id === id)
    if (!entry) {
      const listed = cluster.backs.map((back) => back.id).join(', ')
      refuseOption(
        call,
        `id is '${id}', which is not in the cluster's list. Use one of ${listed}, or add it to the list.`,
      )
    }
    refuseUnbuilt(app)
    this.id = id
    this.#app = app
    this.#cluster = cluster
    this.#runtime = { ...runtime, log: runtime.log.with({ back: id }) }
    this.#limits = { ...given.limits, graceMs }
    this.#linkLimits = given.linkLimits
    this.#network = network
    this.#transport = given.transport
    this.#histories = given.histories
    this.#address = entry.address
    this.#kicked = new KickedSessions(runtime.clock)
    this.#beats = new TurnScheduler(runtime.clock)
    this.#idle = new IdleChannels(runtime.clock)
    this.#identity = {
      role: 'back',
      id,
      incarnation: newIncarnation(runtime.random),
      membershipHash: cluster.hash,
      secret: cluster.key === undefined ? undefined : sharedSecretOf(cluster.key, 'proof'),
    }
  }

  /** Where it listens; with the port that it got once it does. */
  get address(): string {
    return this.#listener?.address ?? this.#address
  }

  /** Lets fronts in. Rejects with `address-in-use`, naming who is there, or `missing-key`. */
  async listen(): Promise<void> {
    if (this.#life !== 'made')
      throw new CentrumError('already-running', `${this.id} listens already, or was stopped: make a new BackMaster`)
    this.#life = 'listening'
    const { key } = this.#cluster
    const transport =
      this.#transport ?? transportOf(this.#address, { runtime: this.#runtime, key, network: this.#network })
    this.#listener = await acceptLinks({
      transport,
      address: this.#address,
      identity: this.#identity,
      limits: this.#linkLimits,
      runtime: this.#runtime,
      peers: this.#peers,
      onLink: (link) => this.#welcome(link),
    })
    this.#runtime.log.info('back.listening', { address: this.address })
  }

  /** Opens a channel without waiting for a link. Resolves when its `onOpen` has settled. */
  open: BackMasterApi<A>['open'] = (id: string): Promise<void> => {
    const channel = this.#channelFor(id, 0)
    return channel.whenOpen()
  }

  /** An open channel. Throws `channel-closed` for one that is not open here. */
  channel: BackMasterApi<A>['channel'] = ((id: string): BackChannelApi => {
    const channel = this.#channels.get(id)
    if (!channel)
      throw new CentrumError(
        'channel-closed',
        `channel '${id}' is not open on ${this.id}: open it first, or wait for its first link`,
      )
    return channel.face
  }) as unknown as BackMasterApi<A>['channel']

  /** Ends each link with `channel-closed`, then the channel. Resolves when `onClose` has settled; at once if it is not open. */
  close: BackMasterApi<A>['close'] = async (id: string, reason = 'closed by its back'): Promise<void> => {
    await this.#channels.get(id)?.close({ reason, wire: 'channel-closed', relink: false })
  }

  /** To the linked clients of all open channels that declare the event. */
  broadcast: BackMasterApi<A>['broadcast'] = (event: string, ...payload: unknown[]): void => {
    let declared = false
    for (const { contract } of this.#app.channels.values()) if (contract.events.has(event)) declared = true
    if (!declared) throw new CentrumError('not-declared', `event '${event}' is declared by no channel of this app`)
    for (const channel of this.#channels.values()) {
      if (channel.contract.events.has(event)) channel.face.broadcast(event as never, payload[0])
    }
  }

  /** Closes every channel and link. */
  async stop(): Promise<void> {
    if (this.#life === 'stopped') return
    this.#life = 'stopped'
    await Promise.all(
      [...this.#channels.values()].map((channel) =>
        channel.close({ reason: 'closing', wire: 'closing', relink: true }),
      ),
    )
    for (const front of [...this.#fronts]) front.link.close('closing', `${this.id} stops`)
    this.#beats.stop()
    this.#idle.stop()
    await this.#listener?.close()
    this.#runtime.log.info('back.stopped', {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  inspect(): BackInspection {
    const sum = (count: (channel: BackChannel) => number): number => {
      let total = 0
      for (const channel of this.#channels.values()) total += count(channel)
      return total
    }
    const fronts = [...this.#fronts].map(({ link, refs }) => ({
      id: link.peer.id,
      incarnation: link.peer.incarnation,
      refs,
      link: link.inspect(),
    }))
    return {
      id: this.id,
      incarnation: this.#identity.incarnation,
      channels: this.#channels.size,
      sessions: sum((channel) => channel.sessions.size),
      dropped: sum((channel) => channel.sessions.dropped),
      refs: fronts.reduce((total, { refs }) => total + refs, 0),
      subscriptions: sum((channel) => channel.stream.subscribers),
      waiting: sum((channel) => channel.waiting),
      running: sum((channel) => channel.running),
      unseen: sum((channel) => channel.sessions.unseen),
      beats: this.#beats.timers,
      awake: this.#beats.awake,
      fronts,
      done: { ...this.#counts },
    }
  }

  #welcome(link: MasterLink): FrontPeer {
    const peer = new FrontPeer(link, {
      clock: this.#runtime.clock,
      log: this.#runtime.log,
      channelFor: (channelId, epochSeen) => this.#channelFor(channelId, epochSeen),
      openChannel: (channelId) => this.#channels.get(channelId) ?? null,
      kicked: (sessionId) => this.#kicked.has(sessionId),
      broadcast: (identity, connectionAttempt, name, payload) =>
        this.#sayToAll(identity, connectionAttempt, name, payload),
      endSession: (sessionId, reason) => {
        for (const channel of this.#channels.values()) channel.sessions.end(sessionId, reason)
      },
      gone: (front) => this.#fronts.delete(front),
    })
    this.#fronts.add(peer)
    this.#runtime.log.info('front.linked', { front: link.peer.id, incarnation: link.peer.incarnation })
    for (const channelId of this.#channels.keys()) {
      peer.send(encodeToFront({ type: 'channel', channelId, open: true, reason: 'reset' }))
    }
    return peer
  }

  /** Rules C1 and V1: the open channel, or a new one in an epoch above all that anyone has seen of it. */
  #channelFor(channelId: string, epochSeen: number): BackChannel {
    const known = this.#channels.get(channelId)
    if (known) {
      if (known.stream.epoch < epochSeen) {
        this.#runtime.log.warn('channel.epoch-outdated', {
          channel: channelId,
          epoch: known.stream.epoch,
          seen: epochSeen,
        })
        void known.close({ reason: 'reset', wire: 'reset', relink: true })
      }
      if (!known.takesLinks) {
        throw new ChannelUnavailable('channel-closed', `channel '${channelId}' is closing: link again`, {
          relink: true,
        })
      }
      return known
    }
    if (this.#life === 'stopped') throw new ChannelUnavailable('closing', `${this.id} stops`, { relink: true })
    const match = this.#app.match(channelId)
    if (!match)
      throw new CentrumError(
        'unknown-channel',
        `no channel of this app fits '${channelId}' (patterns: ${[...this.#app.channels.keys()].join(', ')})`,
      )
    const ownerId = this.#cluster.ownerOf(channelId)
    if (ownerId !== this.id) {
      const owner = this.#cluster.backs.find(({ id }) => id === ownerId) ?? null
      throw new ChannelUnavailable(
        'not-owner',
        `channel '${channelId}' belongs to ${ownerId ?? 'no back of the list'}, not to ${this.id}`,
        { owner, relink: owner !== null },
      )
    }
    return this.#open(channelId, match, epochSeen)
  }

  #open(channelId: string, match: AppMatch, epochSeen: number): BackChannel {
    const { openChannelsMax } = this.#limits
    if (this.#channels.size >= openChannelsMax) {
      throw new CentrumError('too-many', `${this.id} has ${openChannelsMax} channels open (openChannelsMax)`)
    }
    this.#refuseBeyondChannelsMax(match)
    const params = checkedParams(match)
    this.#epoch = Math.max(Math.floor(this.#runtime.clock.wall()), this.#epoch + 1, epochSeen + 1)
    const origin = { epoch: this.#epoch, nonce: hexOf(this.#runtime.random.bytes(8)) }
    const channel = new BackChannel(channelId, params, match.implementation, origin, {
      runtime: this.#runtime,
      limits: this.#limits,
      counts: this.#counts,
      onePerUser: this.#app.sessions === 'onePerUser',
      prod: (it) => this.#beats.prod(it),
      closed: (it, reason) => this.#closed(it, reason),
      idle: (it, idleMs) => this.#idle.watch(it, idleMs),
      kick: (sessionId, message) => this.#kick(sessionId, message),
      address: (from, id) => this.#addressOf(from, id),
    })
    this.#channels.set(channelId, channel)
    this.#histories?.lend(this.id, channelId, channel.stream.history)
    this.#tellFronts(channelId, true, 'reset')
    return channel
  }

  #refuseBeyondChannelsMax({ pattern, implementation }: AppMatch): void {
    const { channelsMax } = implementation.contract
    let count = 0
    for (const channel of this.#channels.values()) if (channel.contract === implementation.contract) count++
    if (count < channelsMax) return
    throw new CentrumError('too-many', `${count} channels of '${pattern}' are open (channelsMax)`)
  }

  #closed(channel: BackChannel, reason: Reason): void {
    this.#channels.delete(channel.id)
    this.#histories?.takeBack(this.id, channel.id)
    this.#idle.leave(channel)
    this.#beats.leave(channel)
    for (const front of this.#fronts) front.forget(channel)
    this.#tellFronts(channel.id, false, reason)
  }

  #tellFronts(channelId: string, open: boolean, reason: Reason): void {
    const frame = encodeToFront({ type: 'channel', channelId, open, reason })
    for (const front of this.#fronts) front.send(frame)
  }

  #kick(sessionId: string, message: string): void {
    this.#kicked.add(sessionId)
    for (const channel of this.#channels.values()) channel.sessions.kick(sessionId, message)
    const frame = encodeToFront({ type: 'kick', sessionId, message })
    for (const front of this.#fronts) front.send(frame)
  }

  /** L4: not to a channel where a newer socket of the session is linked. */
  #sayToAll(identity: Identity, connectionAttempt: number, name: string, payload: Uint8Array): void {
    const order = { tokenGeneration: identity.tokenGeneration, connectionAttempt }
    for (const channel of this.#channels.values()) {
      if (channel.sessions.isReplaced(identity.sessionId, order)) continue
      const kind = channel.contract.messages.get(name)?.kind
      if (kind !== 'broadcastable' && !(kind === 'internal' && identity.senderKind !== 'client')) continue
      channel.say({ identity, request: false, name, payload, settle: null })
    }
  }

  #addressOf(from: BackChannel, id: string): Pick<ChannelAddress, 'id' | 'send' | 'request'> {
    const owner = this.#cluster.ownerOf(id)
    if (owner !== this.id && owner !== null) {
      throw new CentrumError(
        'not-built',
        `channel '${id}' belongs to ${owner}: channels of different backs cannot speak to each other yet. List both patterns on one back.`,
      )
    }
    return addressOf(from.id, id, () => this.#channelFor(id, 0), from.log)
  }
}
