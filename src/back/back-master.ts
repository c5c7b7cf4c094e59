/**
 * The hub of a process that owns channels: opens and closes them, lets fronts in, and gives each channel its turns. All channels
 * share one link per front. Knows nothing of clients' sockets.
 */
import type { App } from '../channel/app.js'
import type { BackChannelApi, BackMasterApi } from '../channel/back-api.js'
import { type Cluster, isDynamic } from '../cluster/cluster.js'
import { logPatternGaps } from '../cluster/pattern-gaps.js'
import { acceptLinks, type LinkListener } from '../link/accept-links.js'
import type { InProcessNetwork } from '../link/in-process-transport.js'
import type { LinkLimits } from '../link/link-limits.js'
import { type MasterIdentity, newIncarnation } from '../link/master-identity.js'
import type { MasterLink } from '../link/master-link.js'
import { type CarriedBytes, expectToFit, judgePacketBytes } from '../link/carried-bytes.js'
import { PeerRegistry } from '../link/peer-registry.js'
import { sharedSecretsOf } from '../link/shared-secret.js'
import type { Transport } from '../link/transport.js'
import { transportOf } from '../link/transport-of.js'
import { missingKey } from '../cluster/cluster-key.js'
import { parseAddress } from '../protocol/address.js'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { CentrumError } from '../protocol/errors.js'
import { encodeToFront } from '../protocol/master-frames.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { type BackInspection, inspectBack } from './back-inspection.js'
import type { BackLimits } from './back-limits.js'
import { reasonGiven } from './reason-given.js'
import { BACK_MASTER_OPTIONS, type BackMasterOptions } from './back-master-options.js'
import { ChannelApi } from './channel-api.js'
import { FrontPeer } from './front-peer.js'
import { OpenChannels } from './open-channels.js'
import { BackMembership } from './back-membership.js'
import { readPlace } from './back-place.js'
import { PeerRelay } from './peer-relay.js'

type Life = 'made' | 'listening' | 'stopped'

/** The layer below `startBack`: owns channels, and accepts fronts once it listens. */
export class BackMaster<A extends App = App> {
  /** Its id in the cluster's list. */
  readonly id: string
  readonly #app: App
  readonly #cluster: Cluster
  readonly #runtime: Runtime
  readonly #linkLimits: LinkLimits
  readonly #network: InProcessNetwork | undefined
  readonly #transport: Transport | undefined
  readonly #address: string
  /** Where others dial it; null for where it listens. */
  readonly #advertised: string | null
  readonly #dialled: string
  readonly #identity: MasterIdentity
  /** What is sent to fronts in one piece. */
  readonly #carried: CarriedBytes
  readonly #channels: OpenChannels
  readonly #membership: BackMembership
  /** How its channels reach others. */
  readonly #peerRelay: PeerRelay
  readonly #peers = new PeerRegistry()
  readonly #fronts = new Set<FrontPeer>()
  #listener: LinkListener | null = null
  #life: Life = 'made'

  /** Throws a `CentrumError` `invalid-option` that names the option. Nothing runs before `listen()`. */
  constructor(app: App & A, options: BackMasterOptions) {
    const call = { call: 'BackMaster' }
    const given = readOptions(call, BACK_MASTER_OPTIONS, options)
    const { cluster, graceMs = given.limits.graceMs, runtime = nodeRuntime(), network } = given
    if (given.keepOnRestart && given.store === undefined && !isDynamic(cluster))
      refuseOption(call, 'keepOnRestart is given without a store. Give a store, or leave out keepOnRestart.')
    const { back, capacity, listen, advertised, dialled } = readPlace(app, given, runtime.random)
    const { id } = back
    this.#carried = { limits: 'limits.sendBytesMax', bytes: given.limits.sendBytesMax }
    expectToFit('BackMaster', this.#carried, given.linkLimits)
    this.id = id
    this.#app = app
    this.#cluster = cluster
    this.#runtime = { ...runtime, log: runtime.log.with({ back: id }) }
    // Where backs come and go nobody is known yet.
    if (!isDynamic(cluster)) logPatternGaps(app.channels.keys(), cluster.members, this.#runtime.log)
    this.#linkLimits = given.linkLimits
    this.#network = network
    this.#transport = given.transport
    this.#address = listen
    this.#advertised = advertised
    this.#dialled = dialled
    this.#identity = {
      role: 'back',
      id,
      incarnation: newIncarnation(runtime.random),
      membershipHash: cluster.hash,
      secrets: sharedSecretsOf(cluster.keys, 'proof'),
      graceMs,
    }
    this.#peerRelay = this.#makePeerRelay(given.limits)
    this.#channels = new OpenChannels({
      peers: this.#peerRelay,
      backId: id,
      app,
      cluster,
      runtime: this.#runtime,
      histories: given.histories,
      keepOnRestart: given.keepOnRestart,
      capacity,
      limits: { ...given.limits, graceMs },
      fronts: {
        send: (frame) => {
          for (const front of this.#fronts) front.send(frame)
        },
        stalled: (channelId, reason) => {
          for (const front of this.#fronts) front.stalled(channelId, reason)
        },
        evict: (channelId) => {
          for (const front of this.#fronts) front.evict(channelId)
        },
      },
    })
    this.#membership = new BackMembership({
      cluster,
      store: given.store,
      storedDiffers: given.storedDiffers,
      runtime: this.#runtime,
      channels: this.#channels,
      back,
      incarnation: this.#identity.incarnation,
      changed: () => this.#peerRelay.membersChanged(),
    })
  }

  /** Where it listens; once it listens, with the actual port. */
  get address(): string {
    return this.#listener?.address ?? this.#address
  }

  /** Begins to accept fronts. Rejects with `address-in-use`, naming the process that listens there, or `missing-key`. */
  async listen(): Promise<void> {
    if (this.#life !== 'made')
      throw new CentrumError(
        'already-running',
        `${this.id} is already listening, or was stopped: create a new BackMaster`,
      )
    if (
      this.#cluster.key === undefined &&
      this.#transport === undefined &&
      parseAddress(this.#address).kind === 'tcp'
    ) {
      throw missingKey(
        `'${this.id}' listens at ${this.#address}, where every process on this machine can connect to it`,
      )
    }
    this.#life = 'listening'
    await this.#membership.join()
    this.#listener = await acceptLinks({
      transport: this.#transportOf(this.#address, this.#dialled),
      address: this.#address,
      identity: this.#identity,
      limits: this.#linkLimits,
      runtime: this.#runtime,
      peers: this.#peers,
      admit: (greeting) => judgePacketBytes(this.#carried, greeting),
      onLink: (link) => this.#welcome(link),
    })
    await this.#membership.begin(this.#advertised ?? this.address)
    this.#runtime.log.info('back.listening', { address: this.address })
  }

  /**
   * Hands over all channels to other backs, with state, sessions and timers, and takes no more; no client's socket closes. Resolves when it
   * has none that another back accepts. In a static cluster no other back can take them, and nothing happens.
   */
  drain(): Promise<void> {
    return this.#membership.drain()
  }

  /**
   * Opens a channel without waiting for a link. Resolves when its `onOpen` has settled. Rejects with a `CentrumError`:
   * `unknown-channel`, `not-owner`, `too-many`, `closing`, or `faulted` if its code threw.
   */
  open: BackMasterApi<A>['open'] = async (id: string): Promise<void> => {
    await this.#channels.channelFor(id, 0).whenOpen()
  }

  /** Returns an open channel. Throws `channel-closed` if it is not open here. */
  channel: BackMasterApi<A>['channel'] = ((id: string): BackChannelApi => {
    const channel = this.#channels.find(id)
    if (!channel || channel.epoch === 0)
      throw new CentrumError(
        'channel-closed',
        `channel '${id}' is not open on ${this.id}: open it first, or wait for its first link`,
      )
    return new ChannelApi(channel)
  }) as unknown as BackMasterApi<A>['channel']

  /** Ends each link with `channel-closed`, then closes the channel. Resolves when `onClose` has settled; at once if it is not open. */
  close: BackMasterApi<A>['close'] = async (id: string, given?: string): Promise<void> => {
    const reason = reasonGiven('close', given, 'closed by its back')
    const channel = this.#channels.find(id)
    if (channel) await this.#channels.closeAll([channel], { reason, wire: 'channel-closed', relink: false })
  }

  /** Sends an event to the linked clients of all open channels that declare it. */
  broadcast: BackMasterApi<A>['broadcast'] = (event: string, ...payload: unknown[]): void => {
    let declared = false
    for (const { contract } of this.#app.channels.values()) if (contract.events.has(event)) declared = true
    if (!declared) throw new CentrumError('not-declared', `event '${event}' is declared by no channel of this app`)
    for (const { contract, context } of this.#channels) {
      if (contract.events.has(event)) context.broadcast(event, payload[0])
    }
  }

  /** Closes every channel and link, within `shutdownMs` unless `withinMs` is given. What was left undone is logged. */
  async stop({ withinMs }: { readonly withinMs?: number | undefined } = {}): Promise<void> {
    if (this.#life === 'stopped') return
    this.#life = 'stopped'
    this.#membership.stop()
    await this.#channels.stop(withinMs)
    await this.#peerRelay.stop()
    for (const front of [...this.#fronts]) front.link.close('closing', `${this.id} stops`)
    await this.#listener?.close()
    this.#runtime.log.info('back.stopped', {})
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Counts of all that is held and of what was done. */
  inspect(): BackInspection {
    return inspectBack(this.#identity, this.#channels, this.#fronts)
  }

  #transportOf(address: string, dialled = address): Transport {
    const { keys } = this.#cluster
    return this.#transport ?? transportOf(address, { runtime: this.#runtime, keys, network: this.#network, dialled })
  }

  #makePeerRelay(limits: BackLimits): PeerRelay {
    return new PeerRelay({
      identity: this.#identity,
      app: this.#app,
      cluster: this.#cluster,
      runtime: this.#runtime,
      limits,
      linkLimits: this.#linkLimits,
      transportTo: (address) => this.#transportOf(address),
      accept: (link) => this.#welcome(link),
    })
  }

  #welcome(link: MasterLink): FrontPeer {
    const peer = new FrontPeer(link, this.#channels, this.#runtime, () => this.#fronts.delete(peer))
    this.#fronts.add(peer)
    this.#runtime.log.info('front.linked', { front: link.peer.id, incarnation: link.peer.incarnation })
    for (const { id, isOpen } of this.#channels) {
      if (isOpen) peer.send(encodeToFront({ type: 'channel', channelId: id, open: true, reason: 'reset' }))
    }
    return peer
  }
}
