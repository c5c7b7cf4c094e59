/**
 * The hub of a front: one link to each back, one mirror for each channel that someone here is linked to, and the sessions of
 * clients and of the front itself. Knows nothing of sockets; whoever carries sessions uses `port`.
 */
import type { App } from '../channel/app.js'
import type { FrontClientApi, FrontMasterApi } from '../channel/front-api.js'
import type { Cluster } from '../cluster/cluster.js'
import { missingKey } from '../cluster/cluster-key.js'
import { type MaintainedLink, maintainLink } from '../link/maintain-link.js'
import type { LinkLimits } from '../link/link-limits.js'
import { newIncarnation } from '../link/master-identity.js'
import { sharedSecretOf } from '../link/shared-secret.js'
import type { Transport } from '../link/transport.js'
import { transportOf } from '../link/transport-of.js'
import { PeerRegistry } from '../link/peer-registry.js'
import { readOptions } from '../options/read-options.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity, ToBackFrame } from '../protocol/master-frames.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { Admission } from './admission.js'
import { BackPeer } from './relay/back-peer.js'
import { BoundedMap } from '../session/bounded-map.js'
import { ChannelMirror } from './relay/channel-mirror.js'
import { type FrontCore, noCounts } from './relay/front-core.js'
import type { FrontInspection } from './front-inspection.js'
import type { FrontLimits } from './front-limits.js'
import { FRONT_MASTER_OPTIONS, type FrontMasterOptions } from './front-master-options.js'
import type { FrontPort, SessionSink } from './relay/front-port.js'
import { RelayedSession } from './relay/relayed-session.js'
import { makeNamed } from '../protocol/link-frames.js'
import { LocalSessions } from './local/local-sessions.js'
import { encodePayload, expectBroadcast } from './local/sendable.js'
import { IdleMirrors } from './relay/idle-mirrors.js'

const CONNECT_MS = 10_000

type State =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly kept: readonly MaintainedLink[] }
  | { readonly state: 'stopped' }

export class FrontMaster<A extends App = App> {
  readonly id: string
  readonly app: App
  readonly runtime: Runtime
  readonly limits: FrontLimits
  /** 16 hex digits: one run of this master. */
  readonly incarnation: string
  /** Who clients are. */
  readonly admission: Admission
  /** For whoever carries sessions. */
  readonly port: FrontPort
  readonly #cluster: Cluster
  readonly #key: Uint8Array
  readonly #linkLimits: LinkLimits
  readonly #options: FrontMasterOptions
  readonly #core: FrontCore
  readonly #peers = new Map<string, BackPeer>()
  readonly #mirrors = new Map<string, ChannelMirror>()
  readonly #idle: IdleMirrors<ChannelMirror>
  readonly #sessions = new Map<string, Set<RelayedSession>>()
  readonly #own: LocalSessions
  readonly #awaitingBacks = new Set<() => void>()
  #sessionCount = 0
  #state: State = { state: 'idle' }

  /** Throws a `CentrumError`: `invalid-option`, or `missing-key` with a key to paste. */
  constructor(app: App & A, options: FrontMasterOptions) {
    const given = readOptions({ call: 'FrontMaster' }, FRONT_MASTER_OPTIONS, options)
    const { id, cluster, flushMs = given.limits.flushMs, runtime = nodeRuntime() } = given
    if (cluster.key === undefined)
      throw missingKey('a front signs the resume tokens of its clients with it', runtime.random)
    this.id = id
    this.app = app
    this.runtime = { ...runtime, log: runtime.log.with({ front: id }) }
    this.limits = { ...given.limits, flushMs }
    this.#linkLimits = given.linkLimits
    this.incarnation = newIncarnation(runtime.random)
    this.#cluster = cluster
    this.#key = cluster.key
    this.#options = options
    this.admission = new Admission(app, cluster.key, this.limits, this.runtime)
    this.#core = this.#makeCore()
    const { mirrorKeepMs: keepMs, mirrorsKeptMax: keptMax } = this.limits
    this.#idle = new IdleMirrors(runtime.clock, { keepMs, keptMax }, (mirror) => this.#forgetMirror(mirror))
    for (const back of cluster.backs) this.#peers.set(back.id, new BackPeer(this.#core, back.id))
    this.port = { attach: (identity, connectionAttempt, sink) => this.#attach(identity, connectionAttempt, sink) }
    this.#own = new LocalSessions(app, this)
  }

  /** A session of the front's own to a channel. Throws a `CentrumError` `unknown-channel`. */
  readonly channel: FrontMasterApi<A>['channel'] = (id: string) => this.#own.channel(id)

  /** A client, for one of the application's own connections. Throws a `CentrumError`. */
  readonly client: FrontMasterApi<A>['client'] = (identity: unknown) =>
    this.#own.client(identity) as unknown as FrontClientApi<A>

  /**
   * Sends an internal or broadcastable message to every open channel that declares it: at most once each. Throws a
   * `CentrumError`: `not-declared`, `not-permitted`, `not-encodable` or `too-large`.
   */
  readonly broadcast: FrontMasterApi<A>['broadcast'] = (message: string, payload?: unknown): void => {
    expectBroadcast(this.app, 'broadcast', message)
    const body = makeNamed(message, encodePayload('broadcast', payload, this.limits.payloadBytesMax))
    const { identity, connectionAttempt } = this.#own
    this.#sendToAll({ type: 'masterBroadcast', identity, connectionAttempt, body })
  }

  /** Whether each listed back has answered at least once, and the front was not stopped. */
  get ready(): boolean {
    if (this.#state.state !== 'running') return false
    for (const peer of this.#peers.values()) if (!peer.answered) return false
    return true
  }

  /** Begins to dial all backs, and goes on until `stop()`. Does nothing where it has begun. */
  dial(): void {
    if (this.#state.state === 'stopped')
      throw new CentrumError('stopped', `Front '${this.id}' was stopped. Make a new FrontMaster.`)
    if (this.#state.state === 'running') return
    const peers = new PeerRegistry()
    const secret = sharedSecretOf(this.#key, 'proof')
    const identity = {
      role: 'front',
      id: this.id,
      incarnation: this.incarnation,
      membershipHash: this.#cluster.hash,
      secret,
    } as const
    const kept = this.#cluster.backs.map(({ id, address }) => {
      const peer = this.#peers.get(id) as BackPeer
      return maintainLink({
        transport: this.#transportTo(address),
        address,
        identity,
        expectedId: id,
        limits: this.#linkLimits,
        runtime: this.runtime,
        peers,
        events: {
          onUp: (link) => {
            const events = peer.linkUp(link)
            this.runtime.log.info('back.linked', { back: id, incarnation: link.peer.incarnation })
            for (const heed of [...this.#awaitingBacks]) heed()
            return events
          },
          onDown: (reason, message) => {
            peer.linkDown(reason, message)
            const fields = { back: id, reason, message }
            if (this.#state.state === 'stopped') this.runtime.log.info('back.detached', fields)
            else this.runtime.log.warn('back.detached', fields)
          },
          onRefused: (reason, message) => peer.linkDown(reason, message),
        },
      })
    })
    this.#state = { state: 'running', kept }
  }

  #transportTo(address: string): Transport {
    const { transport, network } = this.#options
    const { handshakeMs } = this.#linkLimits
    return transport ?? transportOf(address, { runtime: this.runtime, key: this.#key, network, handshakeMs })
  }

  /**
   * Dials all backs and resolves when each has answered once. Rejects with `unreachable` after `timeoutMs` (10,000), naming
   * those that have not; they are dialled all the same.
   */
  async connect(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = CONNECT_MS } = options
    this.dial()
    if (this.ready) return
    await new Promise<void>((resolve, reject) => {
      const heed = (): void => {
        if (this.#state.state === 'running' && !this.ready) return
        timer.cancel()
        this.#awaitingBacks.delete(heed)
        if (this.ready) resolve()
        else reject(new CentrumError('stopped', `Front '${this.id}' was stopped while it connected.`))
      }
      const timer = this.runtime.clock.after(timeoutMs, () => {
        this.#awaitingBacks.delete(heed)
        const missing = this.#cluster.backs.filter(({ id }) => this.#peers.get(id)?.answered !== true)
        const names = missing.map(({ id, address }) => `'${id}' at ${address}`).join(', ')
        const message = `Front '${this.id}' waited ${timeoutMs} ms and did not reach ${names}. It goes on dialling: start what is missing, or check the list.`
        reject(new CentrumError('unreachable', message))
      })
      this.#awaitingBacks.add(heed)
    })
  }

  /** Ends all sessions' links here (they may go on elsewhere) and the links to backs. Clients' sockets are their carrier's to close. */
  async stop(): Promise<void> {
    const state = this.#state
    if (state.state === 'stopped') return
    this.#own.stop()
    for (const sessions of [...this.#sessions.values()]) for (const session of [...sessions]) session.drop('closing')
    this.#state = { state: 'stopped' }
    for (const peer of this.#peers.values()) peer.close('closing', `front '${this.id}' stops`)
    if (state.state === 'running') for (const kept of state.kept) kept.stop()
    this.#idle.clear()
    this.#mirrors.clear()
    for (const peer of this.#peers.values()) peer.mirrors.clear()
    for (const heed of [...this.#awaitingBacks]) heed()
  }

  /** Counts of all that is held and of what was done. */
  inspect(): FrontInspection {
    const links = { total: 0, waiting: 0, asked: 0, lagging: 0, live: 0 }
    const history = { turns: 0, bytes: 0, capacity: 0, keyframeBytes: 0 }
    let subscribed = 0
    for (const mirror of this.#mirrors.values()) {
      if (mirror.feed.subscribed) subscribed++
      const { turns, bytes, capacity, keyframeBytes } = mirror.feed.size
      history.turns += turns
      history.capacity += capacity
      history.bytes += bytes
      history.keyframeBytes += keyframeBytes
      for (const { state } of mirror.links) {
        if (state === 'over') continue
        links.total++
        links[state]++
      }
    }
    const peers = [...this.#peers.values()]
    return {
      id: this.id,
      state: this.#state.state,
      backs: peers.map((peer) => ({
        id: peer.id,
        up: peer.up,
        answered: peer.answered,
        refs: peer.refCount,
        openChannels: peer.openChannels,
        link: peer.inspect(),
      })),
      sessions: this.#sessionCount,
      links,
      refs: peers.reduce((sum, peer) => sum + peer.refCount, 0),
      channels: this.#mirrors.size,
      subscribed,
      kept: this.#idle.size,
      history,
      epochsRemembered: this.#core.epochs.size,
      timers: peers.reduce((sum, peer) => sum + peer.timers, this.#idle.timers),
      done: { ...this.#core.counts },
    }
  }

  #attach(identity: Identity, connectionAttempt: number, sink: SessionSink): RelayedSession {
    if (this.#state.state === 'stopped') throw new CentrumError('stopped', `Front '${this.id}' was stopped.`)
    const { sessionsMax } = this.limits
    if (this.#sessionCount >= sessionsMax) {
      throw new CentrumError(
        'too-many',
        `This front has ${sessionsMax} sessions and takes no more (sessionsMax). Try another one.`,
      )
    }
    const session = new RelayedSession(this.#core, identity, connectionAttempt, sink)
    const { sessionId } = identity
    const sessions = this.#sessions.get(sessionId) ?? new Set()
    this.#sessions.set(sessionId, sessions.add(session))
    this.#sessionCount++
    return session
  }

  #makeCore(): FrontCore {
    const { id, limits, runtime } = this
    return {
      histories: this.#options.histories ?? null,
      id,
      limits,
      clock: runtime.clock,
      log: runtime.log,
      counts: noCounts(),
      epochs: new BoundedMap(limits.epochsSeenMax),
      waiting: new Set(),
      mirrorOf: (channelId) => this.#mirrorOf(channelId),
      idle: (mirror) => this.#idle.add(mirror),
      busy: (mirror) => this.#idle.delete(mirror),
      sendToAll: (frame, but) => this.#sendToAll(frame, but),
      kick: (sessionId, message, by) => this.#kick(sessionId, message, by),
      forget: (session) => this.#forget(session),
    }
  }

  #mirrorOf(channelId: string): ChannelMirror | null {
    const known = this.#mirrors.get(channelId)
    if (known !== undefined) return known
    if (this.app.match(channelId) === null) return null
    const owner = this.#cluster.ownerOf(channelId)
    const peer = owner === null ? undefined : this.#peers.get(owner)
    if (peer === undefined) return null
    const mirror = new ChannelMirror(this.#core, channelId, peer)
    this.#mirrors.set(channelId, mirror)
    return mirror
  }

  #forgetMirror(mirror: ChannelMirror): void {
    this.#mirrors.delete(mirror.channelId)
    mirror.close()
  }

  #sendToAll(frame: ToBackFrame, but?: BackPeer): void {
    for (const peer of this.#peers.values()) if (peer !== but) peer.send(frame)
  }

  #kick(sessionId: string, message: string, by: BackPeer): void {
    this.#core.counts.kicked++
    this.admission.ban(sessionId, message)
    for (const session of [...(this.#sessions.get(sessionId) ?? [])]) {
      session.close()
      session.sink.kicked(message)
    }
    this.#sendToAll({ type: 'end', sessionId, reason: 'kicked' }, by)
  }

  #forget(session: RelayedSession): void {
    const { sessionId } = session.identity
    const sessions = this.#sessions.get(sessionId)
    if (sessions?.delete(session) !== true) return
    this.#sessionCount--
    if (sessions.size === 0) this.#sessions.delete(sessionId)
  }
}
