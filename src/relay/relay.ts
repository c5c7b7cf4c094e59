/**
 * What a front forwards: a peer for each back, a mirror for each channel that is linked here, and the sessions of clients and of the
 * front itself. Knows nothing of sockets, and nothing of how backs are dialled.
 */
import type { App } from '../channel/app.js'
import { chooseBackOf } from '../channel/choose-back-of.js'
import { type Cluster, type DynamicCluster, isDynamic, type PlaceWish } from '../cluster/cluster.js'
import { listedForm } from '../cluster/pattern-gaps.js'
import type { SharedHistories } from '../history/shared-histories.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity, ToBackFrame } from '../protocol/master-frames.js'
import type { Clock, Log, Runtime } from '../runtime/runtime.js'
import { BoundedMap } from '../session/bounded-map.js'
import type { EndedSessions, SessionEnd } from '../session/ended-sessions.js'
import type { FrontInspection, OpenChannel } from './front-inspection.js'
import type { RelayLimits } from './relay-limits.js'
import { BackPeer, type PeerCore } from './back-peer.js'
import { ChannelMirror, type MirrorCore } from './channel-mirror.js'
import { type FrontCounts, noCounts } from './front-counts.js'
import type { FrontPort, SessionSink } from './front-port.js'
import { IdleMirrors } from './idle-mirrors.js'
import { Outages } from './outages.js'
import { OwnerSearch } from './owner-search.js'
import type { Feeder } from './relayed-link.js'
import { type BroadcastFrame, RelayedSession, type SessionCore } from './relayed-session.js'
import { WaitingLinks } from './waiting-links.js'
import { SessionIndex } from './session-index.js'

export interface RelayOptions {
  /** The front's. */
  readonly id: string
  readonly app: App
  readonly cluster: Cluster
  readonly limits: RelayLimits
  readonly runtime: Runtime
  readonly ended: EndedSessions
  readonly histories: SharedHistories | null
  /** A mirror asks this back from here on. */
  readonly wanted?: (backId: string) => void
}

export class Relay implements SessionCore, MirrorCore, PeerCore, FrontPort {
  readonly id: string
  readonly limits: RelayLimits
  readonly clock: Clock
  readonly log: Log
  readonly counts: FrontCounts = noCounts()
  readonly epochs: BoundedMap<string, number>
  readonly histories: SharedHistories | null
  readonly waiting: WaitingLinks
  readonly outages: Outages
  readonly sessions = new SessionIndex<RelayedSession>()
  readonly ended: EndedSessions
  /** By the ids of the backs. */
  readonly peers = new Map<string, BackPeer>()
  readonly #app: App
  readonly #cluster: Cluster
  readonly #mirrors = new Map<string, ChannelMirror>()
  /** Who had a channel when it was last known, where backs come and go: mirrors of it come and go as well. */
  readonly #owners: BoundedMap<string, string>
  /** Patterns of the app of which a channel without an owner was asked for: as many as the app has at most. */
  readonly #unowned = new Set<string>()
  readonly #idle: IdleMirrors<ChannelMirror>
  /** Has the mirrors of channels for which there is no back. */
  readonly #nobody: BackPeer
  /** Null where the backs are a list. */
  readonly #search: OwnerSearch | null
  /** The app's choice of where channels open, where it has one. */
  readonly #choose: Pick<PlaceWish, 'choose'>
  readonly #wanted: (backId: string) => void
  #state: 'open' | 'closed' = 'open'

  constructor({ id, app, cluster, limits, runtime, ended, histories, wanted }: RelayOptions) {
    this.id = id
    this.limits = limits
    this.clock = runtime.clock
    this.log = runtime.log
    this.epochs = new BoundedMap(limits.epochsSeenMax)
    this.#owners = new BoundedMap(limits.epochsSeenMax)
    this.waiting = new WaitingLinks(limits)
    this.histories = histories
    this.#app = app
    this.#cluster = cluster
    const choose = chooseBackOf(app, runtime.log)
    this.#choose = choose === null ? {} : { choose }
    this.ended = ended
    const { mirrorKeepMs: keepMs, mirrorsKeptMax: keptMax } = limits
    this.#idle = new IdleMirrors(runtime.clock, { keepMs, keptMax }, (mirror) => this.#evict(mirror))
    this.outages = new Outages(this)
    this.#wanted = wanted ?? (() => undefined)
    this.#nobody = new BackPeer(this, '')
    this.#nobody.isAbsent = true
    this.#search = isDynamic(cluster)
      ? new OwnerSearch({
          clock: this.clock,
          mirrors: () => this.#mirrors.values(),
          another: (mirror) => this.#another(cluster, mirror, wanted !== undefined),
        })
      : null
    this.membersChanged()
  }

  /** Takes up who is in the cluster now: mirrors of those that have left go to where their channels are now. */
  membersChanged(): void {
    const ids = new Set(this.#cluster.members.map((back) => back.id))
    for (const id of ids) if (!this.peers.has(id)) this.peers.set(id, new BackPeer(this, id))
    for (const [id, peer] of this.peers) {
      if (ids.has(id)) continue
      this.peers.delete(id)
      this.outages.end(peer)
    }
    for (const mirror of [...this.#mirrors.values()]) {
      if (this.peers.get(mirror.peer.id) !== mirror.peer) mirror.moveTo(this.#placed(mirror.channelId) ?? this.#nobody)
    }
  }

  /** The back at which a channel is placed. */
  #placed(channelId: string): BackPeer | null {
    const owner = this.#ownerOf(channelId)
    const peer = owner === null ? undefined : this.peers.get(owner)
    if (peer === undefined) return null
    this.#wanted(peer.id)
    return peer
  }

  /** Where backs come and go the one that has it open, as far as they said so; else the one that is to open it. */
  #ownerOf(channelId: string): string | null {
    const cluster = this.#cluster
    if (!isDynamic(cluster)) return cluster.ownerOf(channelId)
    for (const peer of this.peers.values()) if (peer.up && peer.openChannels.has(channelId)) return peer.id
    const last = this.#owners.get(channelId)
    if (last !== undefined && this.peers.has(last)) return last
    return cluster.ownerOf(channelId, this.#choose)
  }

  /** One that is linked; or any other, where backs are dialled as they are wanted. */
  #another(cluster: DynamicCluster, { channelId, peer }: ChannelMirror, dialsAny: boolean): BackPeer | null {
    const ownerWithout = (out: (id: string) => boolean): string | null =>
      cluster.ownerOf(channelId, { ...this.#choose, out })
    const linked = ownerWithout((id) => this.peers.get(id)?.up !== true)
    const owner = linked ?? (dialsAny ? ownerWithout((id) => id === peer.id) : null)
    if (owner === null) return null
    this.#wanted(owner)
    return this.peers.get(owner) ?? null
  }

  attach(identity: Identity, connectionAttempt: number, sink: SessionSink): RelayedSession {
    if (this.#state === 'closed') throw new CentrumError('stopped', `Front '${this.id}' was stopped.`)
    const { sessionsMax } = this.limits
    if (this.sessions.size >= sessionsMax) {
      throw new CentrumError(
        'too-many',
        `This front has ${sessionsMax} sessions and accepts no more (sessionsMax). Try another front.`,
      )
    }
    const session = new RelayedSession(this, identity, connectionAttempt, sink)
    this.sessions.add(session)
    return session
  }

  mirrorOf(channelId: string): ChannelMirror | null {
    const known = this.#mirrors.get(channelId)
    if (known !== undefined) return known
    if (this.#app.match(channelId) === null) return null
    // Where backs come and go there may be one that takes it soon.
    const peer = this.#placed(channelId) ?? (this.#search && this.#nobody)
    if (peer === null) return null
    const mirror = new ChannelMirror(this, channelId, peer)
    this.#mirrors.set(channelId, mirror)
    return mirror
  }

  /** Whether a link to the channel would open it, as far as this front knows. */
  opens(channelId: string): boolean {
    const mirror = this.#mirrors.get(channelId)
    if (mirror !== undefined)
      return mirror.links.size === 0 && this.peers.get(mirror.peer.id)?.openChannels.has(channelId) !== true
    if (this.#app.match(channelId) === null) return false
    const owner = this.#ownerOf(channelId)
    return owner !== null && this.peers.get(owner)?.openChannels.has(channelId) === false
  }

  whyUnknown(channelId: string): string {
    const shown = channelId.slice(0, 64)
    const pattern = this.#app.match(channelId)?.pattern
    if (pattern === undefined) return `No channel of this app has the id '${shown}'.`
    if (!this.#unowned.has(pattern)) {
      this.#unowned.add(pattern)
      const listed = this.#cluster.members.flatMap(({ channels }) => channels)
      this.log.warn('channel.unowned', { channel: shown, pattern, add: listedForm(pattern), listed })
    }
    return `No back of this cluster owns the channel '${shown}'. The log of the front says what to add to the cluster's list.`
  }

  move(mirror: ChannelMirror, backId: string): void {
    const peer = this.peers.get(backId)
    if (peer === undefined) return
    this.#wanted(backId)
    this.ownedBy(mirror.channelId, backId)
    mirror.moveTo(peer)
  }

  ownedBy(channelId: string, backId: string): void {
    if (this.#search !== null) this.#owners.set(channelId, backId)
  }

  missing(): void {
    if (this.#state === 'open') this.#search?.begin()
  }

  idle(mirror: ChannelMirror): void {
    this.#idle.add(mirror)
  }

  busy(mirror: ChannelMirror): void {
    this.#idle.delete(mirror)
  }

  #evict(mirror: ChannelMirror): void {
    this.#mirrors.delete(mirror.channelId)
    mirror.close()
  }

  sendToAll(frame: ToBackFrame, but?: BackPeer): void {
    for (const peer of this.peers.values()) if (peer !== but) peer.send(frame)
  }

  broadcastBy(feeder: Feeder, frame: BroadcastFrame): void {
    for (const peer of this.peers.values()) {
      peer.send(frame)
      peer.fedBy(feeder, frame.body.length)
    }
  }

  kick(sessionId: string, message: string, by?: BackPeer): void {
    this.counts.kicked++
    this.endHere(sessionId, { reason: 'kicked', message })
    this.sendToAll({ type: 'end', sessionId, reason: 'kicked' }, by)
  }

  blame(sessionId: string, message: string): void {
    for (const session of this.sessions.of(sessionId)) {
      session.drop('protocol-error')
      session.sink.ended({ reason: 'protocol-error', message })
    }
  }

  endHere(sessionId: string, end: SessionEnd): void {
    this.ended.add(sessionId, end)
    for (const session of this.sessions.of(sessionId)) {
      session.close()
      session.sink.ended(end)
    }
  }

  endUser(userId: string, before: number, message: string): void {
    if (!this.ended.addUser(userId, before, message)) return
    for (const { identity } of this.sessions.all()) {
      if (identity.senderKind === 'client' && identity.userId === userId && identity.beganAt <= before)
        this.kick(identity.sessionId, message)
    }
    this.sendToAll({ type: 'endUser', userId, before, message })
  }

  /** Disconnects all sessions, which may go on elsewhere. */
  close(): void {
    for (const session of this.sessions.all()) session.drop('closing')
    this.#state = 'closed'
    this.#idle.clear()
    this.outages.stop()
    this.#search?.stop()
    this.#mirrors.clear()
    for (const peer of this.peers.values()) peer.mirrors.clear()
  }

  /** The channels that backs have open, as far as they said so. */
  openChannels(): OpenChannel[] {
    return [...this.peers.values()].flatMap((peer) => [...peer.openChannels].map((id) => ({ id, back: peer.id })))
  }

  get #ownTimers(): number {
    return this.#idle.timers + this.outages.timers + (this.#search?.timers ?? 0)
  }

  inspect(): Omit<FrontInspection, 'state'> {
    const links = { total: 0, waiting: 0, waitingBytes: this.waiting.bytes, asked: 0, lagging: 0, live: 0 }
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
        if (state === 'detached') continue
        links.total++
        links[state]++
      }
    }
    const peers = [...this.peers.values()]
    return {
      id: this.id,
      backs: peers.map((peer) => ({
        id: peer.id,
        up: peer.up,
        answered: peer.answered,
        refs: peer.refCount,
        openChannels: peer.openChannels.size,
        link: peer.inspect(),
      })),
      sessions: this.sessions.size,
      links,
      refs: peers.reduce((sum, peer) => sum + peer.refCount, 0),
      channels: this.#mirrors.size,
      subscribed,
      kept: this.#idle.size,
      history,
      epochsRemembered: this.epochs.size,
      timers: peers.reduce((sum, peer) => sum + peer.timers, this.#ownTimers),
      done: { ...this.counts },
    }
  }
}
