/**
 * Dials all backs of the cluster and goes on until it is stopped; reports when each has answered. Knows nothing of what goes over
 * the links.
 */
import type { Cluster } from '../cluster/cluster.js'
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
  readonly network: InProcessNetwork | undefined
  /** What dials; by the form of each address unless given. */
  readonly transport: Transport | undefined
}

type State =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly links: readonly MaintainedLink[] }
  | { readonly state: 'stopped' }

export class BackDialler {
  readonly #options: BackDiallerOptions
  /** Called when another back has answered, or all is stopped. */
  readonly #waiting = new Set<() => void>()
  #state: State = { state: 'idle' }

  constructor(options: BackDiallerOptions) {
    this.#options = options
  }

  get state(): State['state'] {
    return this.#state.state
  }

  /** Whether each back has answered at least once, and it was not stopped. */
  get ready(): boolean {
    return this.#state.state === 'running' && this.#silent().length === 0
  }

  #silent(): Cluster['members'] {
    const { cluster, peers } = this.#options
    return cluster.members.filter(({ id }) => peers.get(id)?.answered !== true)
  }

  /** Does nothing where it has begun. Throws a `CentrumError` `stopped`. */
  dial(): void {
    const { id, incarnation, cluster } = this.#options
    const { keys } = cluster
    if (this.#state.state === 'stopped')
      throw new CentrumError('stopped', `Front '${id}' was stopped. Make a new FrontMaster.`)
    if (this.#state.state === 'running') return
    const secrets = sharedSecretsOf(keys, 'proof')
    const identity = { role: 'front', id, incarnation, membershipHash: cluster.hash, secrets } as const
    const registry = new PeerRegistry()
    const links = cluster.members.map((back) => this.#maintain(back, identity, registry))
    this.#state = { state: 'running', links }
  }

  #maintain(
    { id, address }: Cluster['members'][number],
    identity: Parameters<typeof maintainLink>[0]['identity'],
    registry: PeerRegistry,
  ): MaintainedLink {
    const { linkLimits: limits, runtime, peers, carried } = this.#options
    const peer = peers.get(id) as BackPeer
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
          runtime.log.info('back.linked', { back: id, incarnation: link.peer.incarnation })
          this.#notify()
          return events
        },
        onDown: (reason, message) => {
          peer.linkDown(reason)
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
    const { id, runtime } = this.#options
    const unreachable = (): CentrumError => {
      const names = this.#silent().map((back) => `'${back.id}' at ${back.address}`)
      const message = `Front '${id}' waited ${timeoutMs} ms and did not reach ${names.join(', ')}. It goes on dialling: start what is missing, or check the list.`
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
    for (const peer of peers.values()) peer.close('closing', `front '${id}' stops`)
    if (state.state === 'running') for (const link of state.links) link.stop()
    this.#notify()
  }
}
