/**
 * Dials all backs of the cluster, including those that join later, until it is stopped; reports when each has answered. Knows nothing of
 * what is sent over the links.
 */
import { type Cluster, isDynamic, type DynamicCluster } from '../cluster/cluster.js'
import { MissedLinks } from '../cluster/missed-links.js'
import type { InProcessNetwork } from '../link/in-process-transport.js'
import type { LinkLimits } from '../link/link-limits.js'
import { type MaintainedLink, maintainLink } from '../link/maintain-link.js'
import { type CarriedBytes, judgePacketBytes } from '../link/carried-bytes.js'
import { PeerRegistry } from '../link/peer-registry.js'
import { sharedSecretsOf } from '../link/shared-secret.js'
import type { Transport } from '../link/transport.js'
import { transportOf } from '../link/transport-of.js'
import { CentrumError } from '../protocol/errors.js'
import type { Runtime } from '../runtime/runtime.js'
import { waitFor } from '../session/wait-for.js'
import type { BackPeer } from '../relay/back-peer.js'

export interface BackDiallerOptions {
  /** The front's. */
  readonly id: string
  readonly incarnation: string
  readonly cluster: Cluster
  readonly linkLimits: LinkLimits
  /** What is sent to backs in one piece. */
  readonly carried: CarriedBytes
  readonly runtime: Runtime
  readonly peers: ReadonlyMap<string, BackPeer>
  /** The cluster has said for the first time who is there. */
  readonly joined: () => void
  /** A back has answered, which waits so long for sessions that lost contact. */
  readonly met: (backId: string, graceMs: number) => void
  /** Who is there has changed: peers are to be made of those that came. */
  readonly changed: () => void
  readonly network: InProcessNetwork | undefined
  /** What dials; by the form of each address unless given. */
  readonly transport: Transport | undefined
}

interface Dialled {
  readonly address: string
  readonly link: MaintainedLink
}

type State =
  | { readonly state: 'idle' }
  /** `isKnown`: whether the cluster has said who is there. */
  | { readonly state: 'running'; readonly links: Map<string, Dialled>; isKnown: boolean }
  | { readonly state: 'stopped' }

/** How long it waits before it asks the cluster again who is there. */
const RETRY_MS = 1_000

export class BackDialler {
  readonly #options: BackDiallerOptions
  /** Called when another back has answered, or all is stopped. */
  readonly #waiting = new Set<() => void>()
  readonly #registry = new PeerRegistry()
  readonly #missed: MissedLinks
  #following: { end(): void } | null = null
  #state: State = { state: 'idle' }

  constructor(options: BackDiallerOptions) {
    this.#options = options
    const { id, cluster, runtime, linkLimits } = options
    const silentMs = linkLimits.heartbeatMs * linkLimits.heartbeatsMissedMax
    this.#missed = new MissedLinks({ cluster, observerId: id, clock: runtime.clock, silentMs })
  }

  get state(): State['state'] {
    return this.#state.state
  }

  /** Whether each back has answered at least once, and it was not stopped. */
  get ready(): boolean {
    const { members } = this.#options.cluster
    return this.#state.state === 'running' && this.#state.isKnown && members.length > 0 && this.#silent().length === 0
  }

  #silent(): Cluster['members'] {
    const { cluster, peers } = this.#options
    return cluster.members.filter(({ id }) => peers.get(id)?.answered !== true)
  }

  /** Does nothing where it has begun. Throws a `CentrumError` `stopped`. */
  dial(): void {
    const { id, cluster } = this.#options
    if (this.#state.state === 'stopped')
      throw new CentrumError('stopped', `Front '${id}' was stopped. Create a new FrontMaster.`)
    if (this.#state.state === 'running') return
    this.#state = { state: 'running', links: new Map(), isKnown: !isDynamic(cluster) }
    if (isDynamic(cluster)) void this.#follow(cluster)
    else this.#dialAll()
  }

  /** Again and again until the cluster can be asked. */
  async #follow(cluster: DynamicCluster): Promise<void> {
    const { runtime } = this.#options
    for (;;) {
      try {
        const following = await cluster.follow(() => this.#membersChanged())
        this.#following = following
        if (this.#state.state === 'running') this.#state.isKnown = true
        else following.end()
        if (this.#state.state === 'running') this.#options.joined()
        return this.#membersChanged()
      } catch (error) {
        if (this.#state.state !== 'running') return
        runtime.log.warn('engine.unavailable', { error })
        await new Promise<void>((resolve) => void runtime.clock.after(RETRY_MS, resolve))
      }
    }
  }

  #membersChanged(): void {
    if (this.#state.state !== 'running') return
    const { cluster, changed } = this.#options
    const { links } = this.#state
    // First, so that links of clients go where their channels are now, rather than learn that a back has left.
    changed()
    for (const [id, { address, link }] of links) {
      if (cluster.members.some((back) => back.id === id && back.address === address)) continue
      links.delete(id)
      link.stop()
      this.#missed.found(id)
    }
    this.#dialAll()
    this.#notify()
  }

  #dialAll(): void {
    if (this.#state.state !== 'running') return
    const { id, incarnation, cluster } = this.#options
    const secrets = sharedSecretsOf(cluster.keys, 'proof')
    const identity = { role: 'front', id, incarnation, membershipHash: cluster.hash, secrets } as const
    for (const back of cluster.members) {
      if (this.#state.links.has(back.id)) continue
      this.#state.links.set(back.id, { address: back.address, link: this.#maintain(back, identity, this.#registry) })
    }
  }

  #maintain(
    { id, address }: Cluster['members'][number],
    identity: Parameters<typeof maintainLink>[0]['identity'],
    registry: PeerRegistry,
  ): MaintainedLink {
    const { linkLimits: limits, runtime, peers, carried, met } = this.#options
    // One that comes again after it had left is another peer, and its links are dialled anew.
    const peer = peers.get(id) as BackPeer
    this.#missed.dials(id)
    return maintainLink({
      transport: this.#transportTo(address),
      address,
      identity,
      expectedId: id,
      limits,
      runtime,
      peers: registry,
      check: (greeting) => judgePacketBytes(carried, greeting),
      events: {
        onUp: (link) => {
          const events = peer.linkUp(link)
          this.#missed.found(id)
          runtime.log.info('back.linked', { back: id, incarnation: link.peer.incarnation })
          met(id, link.peer.graceMs)
          this.#notify()
          return events
        },
        onDown: (reason, message) => {
          peer.linkDown(reason)
          this.#missed.lost(id, reason === 'heartbeat-lost')
          const fields = { back: id, reason, message }
          if (this.#state.state === 'stopped') runtime.log.info('back.detached', fields)
          else runtime.log.warn('back.detached', fields)
        },
        onRefused: (reason) => peer.linkDown(reason),
        onDialled: (isAbsent) => (peer.isAbsent = isAbsent),
      },
    })
  }

  #transportTo(address: string): Transport {
    const { transport, network, cluster, runtime, linkLimits } = this.#options
    const { keys } = cluster
    return transport ?? transportOf(address, { runtime, keys, network, handshakeMs: linkLimits.handshakeMs })
  }

  #notify(): void {
    for (const look of [...this.#waiting]) look()
  }

  /** Resolves when each back has answered once. Rejects with `unreachable` after `timeoutMs`, or with `stopped`. */
  async answered(timeoutMs: number): Promise<void> {
    if (this.ready) return
    const { id, runtime, cluster } = this.#options
    const unreachable = (): CentrumError => {
      if (this.#state.state === 'running' && (!this.#state.isKnown || cluster.members.length === 0))
        return new CentrumError(
          'unreachable',
          `Front '${id}' waited ${timeoutMs} ms and found no back in the cluster. It keeps looking: start a back.`,
        )
      const names = this.#silent().map((back) => `'${back.id}' at ${back.address}`)
      const message = `Front '${id}' waited ${timeoutMs} ms and did not reach ${names.join(', ')}. It keeps trying: start the missing backs, or check the list.`
      return new CentrumError('unreachable', message)
    }
    await waitFor<void>({ runtime, timeoutMs }, {}, unreachable, ({ resolve, reject }) => {
      const look = (): void => {
        if (this.#state.state === 'running' && !this.ready) return
        this.#waiting.delete(look)
        if (this.ready) resolve()
        else reject(new CentrumError('stopped', `Front '${id}' was stopped while it connected.`))
      }
      this.#waiting.add(look)
      return () => void this.#waiting.delete(look)
    })
  }

  /** Closes all links. */
  stop(): void {
    const state = this.#state
    const { id, peers } = this.#options
    this.#state = { state: 'stopped' }
    this.#following?.end()
    this.#missed.stop()
    for (const peer of peers.values()) peer.close('closing', `front '${id}' stops`)
    if (state.state === 'running') for (const { link } of state.links.values()) link.stop()
    this.#notify()
  }
}
