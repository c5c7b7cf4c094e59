/**
 * How the channels of a back reach other channels: as sessions over a relay, as clients do over a front's. Backs are dialled when they
 * are first spoken to; to its own channels a back links within the process. Knows nothing of turns.
 */
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { MissedLinks } from '../cluster/missed-links.js'
import { acceptLinks, type LinkListener } from '../link/accept-links.js'
import { InProcessNetwork, inProcessTransport } from '../link/in-process-transport.js'
import type { LinkLimits } from '../link/link-limits.js'
import { type MaintainedLink, maintainLink } from '../link/maintain-link.js'
import type { MasterIdentity } from '../link/master-identity.js'
import type { LinkEvents, MasterLink } from '../link/master-link.js'
import { PeerRegistry } from '../link/peer-registry.js'
import type { Transport } from '../link/transport.js'
import { CentrumError } from '../protocol/errors.js'
import { Relay } from '../relay/relay.js'
import { EndedSessions } from '../session/ended-sessions.js'
import type { Runtime } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import type { Outgoing, PeerSpeaker } from './peer-messages.js'
import { PeerSession } from './peer-session.js'

export interface PeerRelayOptions {
  /** The back's own. */
  readonly identity: MasterIdentity
  readonly app: App
  readonly cluster: Cluster
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly linkLimits: LinkLimits
  /** What dials the address of another back. */
  readonly transportTo: (address: string) => Transport
  /** Takes the link of the back to itself. */
  readonly accept: (link: MasterLink) => LinkEvents
}

/** Where a back meets itself. */
const SELF = 'memory:self'
/** Channels whose greatest epoch is remembered. */
const EPOCHS_SEEN_MAX = 65_536
/** When a message that is kept is sent again, where no more sessions fit. */
const SEND_AGAIN_MS = 1_000

export class PeerRelay {
  readonly #options: PeerRelayOptions
  readonly #relay: Relay
  readonly #registry = new PeerRegistry()
  /** Where each back was dialled. */
  readonly #links = new Map<string, { readonly address: string; readonly link: MaintainedLink }>()
  readonly #sessions = new Map<string, { readonly epoch: number; readonly session: PeerSession }>()
  /** Those of channels that have closed: what they said is on its way. */
  readonly #leaving = new Set<PeerSession>()
  readonly #missed: MissedLinks
  #self: Promise<LinkListener> | null = null
  #isStopped = false

  constructor(options: PeerRelayOptions) {
    const { identity, app, cluster, runtime, limits, linkLimits } = options
    this.#options = options
    const silentMs = linkLimits.heartbeatMs * linkLimits.heartbeatsMissedMax
    this.#missed = new MissedLinks({ cluster, observerId: identity.id, clock: runtime.clock, silentMs })
    this.#relay = new Relay({
      id: identity.id,
      app,
      cluster,
      runtime,
      histories: null,
      wanted: (backId) => this.#dial(backId),
      // Channels are never kicked: nothing is remembered.
      ended: new EndedSessions(runtime.clock, { keepMs: 0, sessionsMax: 0 }),
      limits: {
        flushMs: 0,
        payloadBytesMax: limits.sendBytesMax,
        sessionsMax: limits.openChannelsMax,
        linksPerSessionMax: limits.openChannelsMax,
        waitingLinksMax: limits.openChannelsMax,
        waitingBytesMax: Infinity,
        waitingBytesPerUserMax: Infinity,
        mirrorKeepMs: 0,
        mirrorsKeptMax: 0,
        catchUpBytesMax: 0,
        epochsSeenMax: EPOCHS_SEEN_MAX,
        // Channels have no other front to go to.
        cutOffMs: Infinity,
        ringTurnsMax: limits.ringTurnsMax,
        ringBytesMax: limits.ringBytesMax,
        ringMs: 0,
      },
    })
  }

  get sessions(): number {
    return this.#sessions.size + this.#leaving.size
  }

  /** Sends what a channel has for another one. Never throws: what goes wrong is its outcome. */
  send(speaker: PeerSpeaker, outgoing: Outgoing): void {
    try {
      if (this.#isStopped) throw new CentrumError('closing', 'the back stops')
      this.#sessionOf(speaker).send(outgoing)
    } catch (error) {
      // What is kept in an outbox is sent by the next owner.
      if (outgoing.serial === null) outgoing.settle({ ok: false, error })
      else if (!this.#isStopped) this.#options.runtime.clock.after(SEND_AGAIN_MS, () => this.send(speaker, outgoing))
    }
  }

  #sessionOf(speaker: PeerSpeaker): PeerSession {
    const { channelId, epoch } = speaker
    const known = this.#sessions.get(channelId)
    if (known !== undefined && known.epoch === epoch) return known.session
    known?.session.stop()
    const { runtime, limits } = this.#options
    const session: PeerSession = new PeerSession({
      speaker,
      port: this.#relay,
      runtime,
      limits,
      over: () => {
        this.#leaving.delete(session)
        if (this.#sessions.get(channelId)?.session === session) this.#sessions.delete(channelId)
      },
    })
    this.#sessions.set(channelId, { epoch, session })
    return session
  }

  /** The channel has closed: what it said still arrives. */
  closed(channelId: string): void {
    const known = this.#sessions.get(channelId)
    if (known === undefined) return
    this.#sessions.delete(channelId)
    this.#leaving.add(known.session)
    known.session.end()
  }

  /** Backs have come or gone. */
  membersChanged(): void {
    const { members } = this.#options.cluster
    this.#relay.membersChanged()
    for (const [backId, { address, link }] of this.#links) {
      if (members.some((back) => back.id === backId && back.address === address)) continue
      this.#links.delete(backId)
      link.stop()
      this.#missed.found(backId)
      if (this.#relay.peers.has(backId)) this.#dial(backId)
    }
  }

  #dial(backId: string): void {
    if (this.#links.has(backId) || this.#isStopped) return
    const { identity, cluster, runtime, linkLimits: limits, transportTo } = this.#options
    const back = cluster.members.find(({ id }) => id === backId)
    const peer = this.#relay.peers.get(backId)
    if (back === undefined || peer === undefined) return
    const isSelf = backId === identity.id
    if (!isSelf) this.#missed.dials(backId)
    const link = maintainLink({
      transport: isSelf ? this.#meetSelf() : transportTo(back.address),
      address: isSelf ? SELF : back.address,
      // To whom it dials it is one that links to channels, as fronts do.
      identity: { ...identity, role: 'front' },
      expectedId: backId,
      limits,
      runtime,
      peers: this.#registry,
      events: {
        onUp: (up) => {
          runtime.log.info('back.linked', { back: backId, incarnation: up.peer.incarnation })
          this.#missed.found(backId)
          return peer.linkUp(up)
        },
        onDown: (reason) => {
          peer.linkDown(reason)
          if (!isSelf) this.#missed.lost(backId, reason === 'heartbeat-lost')
        },
        onRefused: (reason) => peer.linkDown(reason),
      },
    })
    this.#links.set(backId, { address: back.address, link })
  }

  #meetSelf(): Transport {
    const { identity, linkLimits: limits, runtime, accept: onLink } = this.#options
    const transport = inProcessTransport(new InProcessNetwork(), runtime.clock)
    this.#self = acceptLinks({ transport, address: SELF, identity, limits, runtime, onLink })
    return transport
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#missed.stop()
    for (const { session } of [...this.#sessions.values()]) session.stop()
    for (const session of [...this.#leaving]) session.stop()
    this.#relay.close()
    for (const { link } of this.#links.values()) link.stop()
    await (await this.#self)?.close()
  }
}
