/**
 * The channels that are open on a back: opens them, once each and within their limits, and knows what they have in common.
 * Knows fronts only as receivers of frames, and nothing of their links.
 */
import type { App, AppMatch } from '../channel/app.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import { chooseBackOf } from '../channel/choose-back-of.js'
import { type ChannelKind, type Cluster, isDynamic } from '../cluster/cluster.js'
import type { SharedHistories } from '../history/shared-histories.js'
import { CentrumError } from '../protocol/errors.js'
import { encodeToFront, type Identity, type Owner } from '../protocol/master-frames.js'
import { hexOf } from '../protocol/hex8.js'
import { isExact } from '../protocol/pattern.js'
import type { Reason } from '../protocol/reasons.js'
import { Deadline } from '../runtime/deadline.js'
import type { Runtime } from '../runtime/runtime.js'
import { EndedSessions, type SessionEnd } from '../session/ended-sessions.js'
import { BackChannel } from './back-channel.js'
import type { BackLimits } from './back-limits.js'
import { type ChannelCounts, noChannelCounts } from './channel-counts.js'
import type { ChannelHost, HostedChannel } from './channel-host.js'
import { broadcastTakers } from './broadcast-takers.js'
import { openNamed, UnreadablePayload } from './decode-payload.js'
import { ChannelRoom } from './channel-room.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import type { DurableChannels } from './durable-channels.js'
import { HandOvers } from './hand-overs.js'
import type { FoundChannel } from './found-opening.js'
import type { LinkedFronts } from './linked-fronts.js'
import { FaultBackoff } from './fault-backoff.js'
import { IdleChannels } from './idle-channels.js'
import { checkedParams } from './checked-params.js'
import type { Ending, Task } from './tasks.js'
import { RecentHandlers } from './recent-handlers.js'
import { Payers } from './payers.js'
import type { Outgoing, PeerSpeaker } from './peer-messages.js'
import type { PeerRelay } from './peer-relay.js'
import type { Opening } from './pending-opening.js'
import { PlacedHere } from './placed-here.js'
import { StateChecks } from './state-checks.js'
import type { TurnOutcome } from './turn-outcome.js'
import { TurnScheduler } from './turn-scheduler.js'

/** Of the time to close: the rest is the store's, which gets what the last turns brought. */
const HANDLERS_SHARE = 0.75

export interface OpenChannelsOptions {
  readonly backId: string
  readonly app: App
  readonly cluster: Cluster
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly fronts: LinkedFronts
  /** How channels reach other channels. */
  readonly peers: PeerRelay
  /** Where fronts of this process find what is kept of channels. */
  readonly histories?: SharedHistories | undefined
  /** Whether channels that live in memory are stored as well where the back stops in good order. */
  readonly keepOnRestart?: boolean | undefined
  /** How many channels it takes in a cluster whose backs come and go; null for no limit. */
  readonly capacity?: number | null
}

export class OpenChannels implements ChannelHost {
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly onePerUser: boolean
  readonly counts: ChannelCounts = noChannelCounts()
  readonly scheduler: TurnScheduler
  readonly payers: Payers
  readonly #recent = new RecentHandlers()
  readonly #backId: string
  readonly #app: App
  /** Which channels it opens. */
  readonly placed: PlacedHere
  readonly #handOvers: HandOvers
  readonly #isShared: boolean
  readonly #fronts: LinkedFronts
  readonly #peers: PeerRelay
  readonly #histories: SharedHistories | undefined
  readonly #idle: IdleChannels
  readonly #keepsAll: boolean
  readonly #ended: EndedSessions
  readonly #checks: StateChecks
  readonly #channels = new Map<string, BackChannel>()
  readonly #room: ChannelRoom
  readonly #faults: FaultBackoff
  /** Null while the back has no store. */
  durable: DurableChannels | null = null
  #epoch = 0
  #isStopped = false

  constructor({
    backId,
    app,
    cluster,
    runtime,
    limits,
    fronts,
    peers,
    histories,
    keepOnRestart = false,
    capacity = null,
  }: OpenChannelsOptions) {
    this.runtime = runtime
    this.limits = limits
    this.payers = new Payers(limits)
    this.onePerUser = app.sessions === 'onePerUser'
    this.scheduler = new TurnScheduler(runtime.clock)
    this.#backId = backId
    this.#app = app
    this.placed = new PlacedHere({
      backId,
      cluster,
      capacity,
      choose: chooseBackOf(app, runtime.log),
      log: runtime.log,
    })
    this.#isShared = isDynamic(cluster)
    this.#handOvers = new HandOvers({
      clock: runtime.clock,
      limits,
      prepare: (channelId, to) => this.durable?.handOver(channelId, to),
      closeAll: (channels, ending, close) => this.closeAll(channels, ending, close),
    })
    this.#fronts = fronts
    this.#peers = peers
    this.#histories = histories
    // Of several backs each has to know who has a channel, also one that lives in memory.
    this.#keepsAll = keepOnRestart || this.#isShared
    const exact = [...app.channels.keys()].filter(
      (id) => isExact(id) && (isDynamic(cluster) || cluster.ownerOf(id) === backId),
    )
    this.#room = new ChannelRoom({ openChannelsMax: limits.openChannelsMax, exact })
    this.#faults = new FaultBackoff(runtime.clock, limits)
    this.#idle = new IdleChannels(runtime.clock)
    this.#ended = new EndedSessions(runtime.clock, { keepMs: limits.endedMs, sessionsMax: limits.endedSessionsMax })
    this.#checks = new StateChecks(runtime.clock, limits)
  }

  get size(): number {
    return this.#channels.size
  }

  [Symbol.iterator](): IterableIterator<BackChannel> {
    return this.#channels.values()
  }

  /** What the app has, as others of the cluster are told. */
  get kinds(): ChannelKind[] {
    return [...this.#app.channels].map(([pattern, { contract }]) => ({ pattern, durability: contract.durability }))
  }

  contractOf(channelId: string): ChannelContract | null {
    return this.#app.match(channelId)?.implementation.contract ?? null
  }

  find(channelId: string): BackChannel | null {
    return this.#channels.get(channelId) ?? null
  }

  /**
   * Rules C1 and V1: the open channel, or a new one in an epoch above all that anyone has seen of it. `isKnown`: somebody has had it, and
   * goes on with it. Throws a `CentrumError`.
   */
  channelFor(channelId: string, epochSeen: number, isKnown = false): BackChannel {
    const known = this.#channels.get(channelId)
    if (known) {
      known.seenIn(epochSeen)
      if (known.takesLinks) return known
      throw new ChannelUnavailable('channel-closed', `channel '${channelId}' is closing: link again`, { relink: true })
    }
    if (this.#isStopped)
      throw new ChannelUnavailable('closing', `the owner of channel '${channelId}' stops: link again`, { relink: true })
    const match = this.#app.match(channelId)
    if (!match)
      throw new CentrumError(
        'unknown-channel',
        `no pattern of this app matches '${channelId}' (patterns: ${[...this.#app.channels.keys()].join(', ')})`,
      )
    this.placed.expect(channelId, this.#channels.size, isKnown)
    return this.#open(channelId, match, epochSeen)
  }

  #open(channelId: string, match: AppMatch, epochSeen: number): BackChannel {
    this.#faults.expect(channelId)
    this.#room.expect(channelId, match)
    const channel = new BackChannel(
      channelId,
      checkedParams(match, this.runtime.log),
      match.implementation,
      epochSeen,
      this,
    )
    this.#channels.set(channelId, channel)
    this.#room.opened(channelId, match.implementation.contract)
    return channel
  }

  /** A channel that lives in memory begins a new history; one that is stored may go on with its own. */
  open(channel: FoundChannel, epochSeen: number): Opening | Promise<Opening> {
    if (channel.contract.durability !== 'none' || this.#keepsAll) return this.#stored(channel, epochSeen)
    this.#epoch = Math.max(Math.floor(this.runtime.clock.wall()), this.#epoch + 1, epochSeen + 1)
    return { epoch: this.#epoch, origin: { epoch: this.#epoch, nonce: hexOf(this.runtime.random.bytes(8)) } }
  }

  /** Nothing is stored of channels that live in memory: what a turn brought is shown at once. */
  commit(outcome: TurnOutcome, release: () => void): void {
    if (this.durable === null) release()
    else this.durable.commit(outcome, release)
  }

  isKept(channelId: string): boolean {
    return this.durable?.isKept(channelId) === true
  }

  #stored(channel: FoundChannel, epochSeen: number): Promise<Opening> {
    const { id: channelId } = channel
    if (this.durable) return this.durable.open(channel, epochSeen)
    if (this.#isShared)
      throw new ChannelUnavailable('store-unavailable', `the owner of channel '${channelId}' is joining its cluster`, {
        relink: true,
      })
    throw new CentrumError('faulted', `channel '${channelId}' is durable, but its owner has no store`)
  }

  /** G5: fronts are told that nothing new comes of these channels for now, or that it does again. */
  stalled(channelIds: readonly string[]): void {
    for (const channelId of channelIds) this.stalls(channelId)
  }

  stalls(channelId: string): void {
    this.#fronts.stalled(channelId, this.stallOf(channelId))
  }

  /** Why nothing new comes of a channel for now; null where it does. */
  stallOf(channelId: string): Reason | null {
    if (this.durable?.isStalled(channelId) === true) return 'store-unavailable'
    return this.#channels.get(channelId)?.turns.isEncodable === false ? 'not-encodable' : null
  }

  /** Another process has the store: nothing of these channels may be shown any more. */
  fenced(channelIds: readonly string[], error: CentrumError): void {
    this.runtime.log.error('store.fenced', { channels: channelIds.length, message: error.message })
    for (const id of channelIds) this.#channels.get(id)?.abandon('not-owner', error.message)
  }

  wake(channel: HostedChannel): void {
    this.scheduler.wake(channel)
  }

  goOn(channelId: string): void {
    const channel = this.#channels.get(channelId)
    if (channel) this.scheduler.goOn(channel)
  }

  idle(channel: HostedChannel, idleMs: number): void {
    this.#idle.watch(channel, idleMs)
  }

  touched(channel: HostedChannel): void {
    this.#checks.watch(channel)
  }

  opened(channel: HostedChannel): void {
    this.#histories?.lend(this.#backId, channel.id, channel.stream.history)
    this.#fronts.send(encodeToFront({ type: 'channel', channelId: channel.id, open: true, reason: 'reset' }))
  }

  closed(channel: HostedChannel, { wire: reason, reason: message }: Ending, isFaulted: boolean): void {
    this.#channels.delete(channel.id)
    this.#peers.closed(channel.id)
    this.durable?.closed(channel.id, channel.epoch, reason === 'faulted' ? { message, isFinal: isFaulted } : null)
    this.#histories?.takeBack(this.#backId, channel.id)
    this.#room.closed(channel.id, channel.contract)
    if (reason === 'faulted' && channel.contract.durability === 'none') this.#faults.note(channel.id)
    this.#idle.leave(channel)
    this.#checks.leave(channel)
    this.scheduler.leave(channel)
    this.#fronts.evict(channel.id)
    this.#fronts.send(encodeToFront({ type: 'channel', channelId: channel.id, open: false, reason }))
  }

  /** Why a session may not link any more; null where it may. */
  endOf(identity: Identity): SessionEnd | null {
    return identity.senderKind === 'client' ? this.#ended.of(identity) : null
  }

  /** Ends the session for good, in all channels and at all fronts. */
  kick(sessionId: string, reason: string): void {
    this.#ended.add(sessionId, { reason: 'kicked', message: reason })
    for (const { sessions } of this) sessions.kick(sessionId, reason)
    this.#fronts.send(encodeToFront({ type: 'kick', sessionId, message: reason }))
  }

  starts(channelId: string, task: Task): void {
    this.#recent.starts(channelId, task)
  }

  /** The handler that began last, and some of those that run across turns, each with its channel. */
  get handlers(): ReturnType<RecentHandlers['among']> {
    return this.#recent.among(this)
  }

  blame(sessionId: string, message: string): void {
    this.runtime.log.warn('session.unreadable', { session: sessionId, message })
    this.#fronts.send(encodeToFront({ type: 'unreadable', sessionId, message }))
  }

  /** A front's word: the session has said goodbye, or was kicked elsewhere. */
  endSession(sessionId: string, reason: Reason): void {
    if (reason === 'kicked') this.#ended.add(sessionId, { reason, message: 'The session was ended permanently.' })
    else if (reason === 'unlinked')
      this.#ended.add(sessionId, { reason: 'session-expired', message: 'The session is over.' })
    for (const { sessions } of this) sessions.end(sessionId, reason)
  }

  /** Ends all sessions of a user that have begun by `before`, here and at all fronts. */
  endUser(userId: string, before: number, message: string): void {
    if (!this.#ended.addUser(userId, before, message)) return
    for (const { sessions } of this) sessions.kickUser(userId, before, message)
    this.#fronts.send(encodeToFront({ type: 'userEnded', userId, before, message }))
  }

  /** What a client or front sent to all channels. L4: not to one where a newer socket of the session is linked. */
  broadcast(identity: Identity, connectionAttempt: number, body: Uint8Array): void {
    if (this.endOf(identity) !== null) return
    try {
      const { name, payload } = openNamed(body)
      this.#broadcast(identity, connectionAttempt, name, payload)
    } catch (error) {
      if (!(error instanceof UnreadablePayload)) throw error
      this.counts.refused++
      this.blame(identity.sessionId, error.message)
    }
  }

  #broadcast(identity: Identity, connectionAttempt: number, name: string, payload: Uint8Array): void {
    const { limits, counts, runtime } = this
    const host = { app: this.#app, room: this.#room, limits, counts, log: runtime.log }
    const takers = broadcastTakers(host, identity, name, payload)
    if (takers.size === 0) return
    const order = { tokenGeneration: identity.tokenGeneration, connectionAttempt }
    for (const channel of this) {
      if (!takers.has(channel.contract)) continue
      if (identity.senderKind === 'client' && channel.sessions.isReplaced(identity.sessionId, order)) continue
      channel.peers.take({ identity, name, payload })
    }
  }

  speak(speaker: PeerSpeaker, outgoing: Outgoing): void {
    this.#peers.send(speaker, outgoing)
  }

  /** Closes channels within `shutdownMs`, unless given: what then still runs is not waited for. */
  async closeAll(
    channels: readonly BackChannel[],
    ending: Ending,
    close: (channel: BackChannel) => Promise<void> = (channel) => channel.close(ending),
    withinMs = this.limits.shutdownMs,
  ): Promise<void> {
    const timer = this.runtime.clock.after(withinMs, () => {
      for (const channel of channels) channel.cutOff(ending)
    })
    await Promise.all(channels.map(close))
    timer.cancel()
  }

  /** Hands channels over to other backs. `ownerOf`: who gets one; null where it stays. Resolves when that is done. */
  handOver(channels: readonly BackChannel[], ownerOf: (channelId: string) => Owner | null): Promise<void> {
    return this.#handOvers.handOver(channels, ownerOf)
  }

  /** Closes all channels, and opens none any more. Handlers leave the store a quarter of the time. */
  async stop(withinMs = this.limits.shutdownMs): Promise<void> {
    const deadline = new Deadline(this.runtime.clock, withinMs)
    const { durable } = this
    this.#isStopped = true
    durable?.beginStop()
    const ending: Ending = { reason: 'closing', wire: 'closing', relink: true }
    const handlersMs = durable === null ? withinMs : withinMs * HANDLERS_SHARE
    await this.closeAll([...this], ending, (channel) => channel.rest(ending), handlersMs)
    if (durable !== null && !(await deadline.isMet(durable.stop()))) {
      const { lagMs, stalled } = durable.inspect()
      this.runtime.log.error('store.cut-off', { lagMs: Math.round(lagMs), stalled, withinMs: Math.round(withinMs) })
    }
    this.scheduler.stop()
    this.#idle.stop()
    this.#checks.stop()
  }
}
