/**
 * The hub of a front: it links clients and the front itself to the channels of all backs. It combines the relay, the dialler, and the
 * front's own sessions. Knows nothing of sockets; the gateway uses `port`.
 */
import type { App } from '../channel/app.js'
import type { FrontClientApi, FrontMasterApi } from '../channel/front-api.js'
import { type Cluster, isDynamic } from '../cluster/cluster.js'
import { missingKey } from '../cluster/cluster-key.js'
import { logPatternGaps } from '../cluster/pattern-gaps.js'
import { newIncarnation } from '../link/master-identity.js'
import { expectToFit } from '../link/carried-bytes.js'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { CentrumError } from '../protocol/errors.js'
import { hexOf } from '../protocol/hex8.js'
import { makeNamed } from '../protocol/link-frames.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Random, Runtime } from '../runtime/runtime.js'
import { EndedSessions } from '../session/ended-sessions.js'
import { Admission } from './admission.js'
import { BackDialler } from './back-dialler.js'
import type { FrontInspection, OpenChannel } from '../relay/front-inspection.js'
import type { FrontLimits } from './front-limits.js'
import { FrontDirectory } from './front-directory.js'
import { FRONT_MASTER_OPTIONS, type FrontMasterOptions } from './front-master-options.js'
import { GraceCheck } from './grace-check.js'
import { LocalSessions } from './local/local-sessions.js'
import { encodeOwnPayload, expectBroadcast } from './local/expect-message.js'
import type { FrontPort } from '../relay/front-port.js'
import { Relay } from '../relay/relay.js'

const CONNECT_MS = 10_000

function* broadcastableOf(app: App): IterableIterator<string> {
  for (const { contract } of app.channels.values())
    for (const [name, { kind }] of contract.messages) if (kind === 'broadcastable') yield name
}

/** Throws a `CentrumError` `invalid-option` for a cluster that is a list: who reads logs is to know its masters by their names. */
function newFrontId(cluster: Cluster, random: Random): string {
  if (isDynamic(cluster)) return `front-${hexOf(random.bytes(4))}`
  return refuseOption(
    { call: 'FrontMaster' },
    'id is missing. Give a name that no other back or front of the cluster has, such as front-1.',
  )
}

/** The layer below `startFront`: links clients of your own, and the front itself, to the channels of all backs. */
export class FrontMaster<A extends App = App> {
  /** Its name, unique among all backs and fronts of the cluster. */
  readonly id: string
  /** The app that it serves. */
  readonly app: App
  /** Its clock, randomness and log. */
  readonly runtime: Runtime
  /** Its limits, with all defaults. */
  readonly limits: FrontLimits
  /** Identifies this run of the front: 16 hex digits. */
  readonly incarnation: string
  /** Authenticates clients. */
  readonly admission: Admission
  /** The names that a client may broadcast; others stop here. */
  readonly broadcastable: ReadonlySet<string>
  /** Takes sessions in. */
  readonly port: FrontPort
  /** Compares the time clients take to notice a loss of contact with the time channels wait for them. */
  readonly grace: GraceCheck
  readonly #relay: Relay
  readonly #dialler: BackDialler
  readonly #local: LocalSessions
  readonly #directory: FrontDirectory

  /** Throws a `CentrumError`: `invalid-option`, or `missing-key`. */
  constructor(app: App & A, options: FrontMasterOptions) {
    const given = readOptions({ call: 'FrontMaster' }, FRONT_MASTER_OPTIONS, options)
    const { cluster, flushMs = given.limits.flushMs, histories = null, network, transport } = given
    const { runtime = nodeRuntime() } = given
    const id = given.id ?? newFrontId(cluster, runtime.random)
    const { key, keys } = cluster
    if (key === undefined) throw missingKey('a front signs the resume tokens of its clients with it')
    const { payloadBytesMax, identityBytesMax } = given.limits
    const carried = {
      limits: 'limits.payloadBytesMax with identityBytesMax',
      bytes: payloadBytesMax + identityBytesMax,
    }
    expectToFit('FrontMaster', carried, given.linkLimits)
    this.id = id
    this.app = app
    this.runtime = { ...runtime, log: runtime.log.with({ front: id }) }
    // Where backs come and go nobody is known yet.
    if (!isDynamic(cluster)) logPatternGaps(app.channels.keys(), cluster.members, this.runtime.log)
    this.limits = { ...given.limits, flushMs }
    this.incarnation = newIncarnation(runtime.random)
    this.broadcastable = new Set(broadcastableOf(app))
    this.grace = new GraceCheck(app, this.runtime.log)
    const { tokenMs: keepMs, endedSessionsMax: sessionsMax } = this.limits
    const ended = new EndedSessions(runtime.clock, { keepMs, sessionsMax })
    this.admission = new Admission(app, keys, this.limits, this.runtime, ended)
    const shared = { id, cluster, runtime: this.runtime }
    this.#relay = new Relay({ ...shared, app, limits: this.limits, ended, histories })
    this.port = this.#relay
    this.#directory = new FrontDirectory(cluster, id, given.publicUrl ?? null, this.runtime.log)
    this.#dialler = new BackDialler({
      ...shared,
      joined: () => this.#directory.announce(),
      incarnation: this.incarnation,
      linkLimits: given.linkLimits,
      carried,
      peers: this.#relay.peers,
      met: (backId, graceMs) => this.grace.met(backId, graceMs),
      changed: () => this.#relay.membersChanged(),
      network,
      transport,
    })
    this.#local = new LocalSessions(app, this)
  }

  /** Returns the front's own session with a channel. Throws a `CentrumError` `unknown-channel`. */
  readonly channel: FrontMasterApi<A>['channel'] = (id: string) => this.#local.channel(id)

  /** Creates a client for one of the application's own connections. Throws a `CentrumError`. */
  readonly client: FrontMasterApi<A>['client'] = (identity: unknown) =>
    this.#local.client(identity) as unknown as FrontClientApi<A>

  /**
   * Ends all sessions of a user permanently, on all fronts. The user may begin new sessions afterwards, unless `authenticate` refuses
   * them. Throws a `CentrumError` `invalid`.
   */
  readonly kickUser: FrontMasterApi<A>['kickUser'] = (userId: string, reason: string): void => {
    if (typeof userId !== 'string' || typeof reason !== 'string')
      throw new CentrumError(
        'invalid',
        `kickUser(userId, reason) takes two strings, got ${typeof userId} and ${typeof reason}.`,
      )
    this.#relay.endUser(userId, Math.floor(this.runtime.clock.wall()), reason)
  }

  /**
   * Sends an internal or broadcastable message to every open channel that declares it: at most once each. Throws a
   * `CentrumError`: `not-declared`, `not-permitted`, `not-encodable` or `too-large`.
   */
  readonly broadcast: FrontMasterApi<A>['broadcast'] = (message: string, payload?: unknown): void => {
    expectBroadcast(this.app, 'broadcast', message)
    const body = makeNamed(message, encodeOwnPayload('broadcast', payload, this.limits.payloadBytesMax))
    const { identity, connectionAttempt } = this.#local
    this.#relay.sendToAll({ type: 'masterBroadcast', identity, connectionAttempt, body })
  }

  /** Whether a link to the channel would open it, as far as this front knows. */
  opens(channelId: string): boolean {
    return this.#relay.opens(channelId)
  }

  /** How many backs it knows. */
  get backCount(): number {
    return this.#relay.peers.size
  }

  /** The ids of the backs that the front has no link to at the moment. */
  get unreached(): readonly string[] {
    return [...this.#relay.peers.values()].filter(({ up }) => !up).map(({ id }) => id)
  }

  /** The public URLs of other fronts of the cluster, as far as known. */
  get otherUrls(): readonly string[] {
    return this.#directory.otherUrls
  }

  /** Announces that the front accepts no more clients, so that other fronts no longer name it. */
  withdraw(): void {
    this.#directory.withdraw()
  }

  /** Whether each listed back has answered at least once, and the front was not stopped. */
  get ready(): boolean {
    return this.#dialler.ready
  }

  /** Begins to connect to all backs, and keeps the links until `stop()`. Does nothing if it has already begun. */
  dial(): void {
    this.#dialler.dial()
  }

  /**
   * Connects to all backs, and resolves when each has answered once. Rejects with `unreachable` after `timeoutMs` (10,000), naming
   * those that have not; the front keeps trying to reach them.
   */
  async connect({ timeoutMs = CONNECT_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.dial()
    await this.#dialler.answered(timeoutMs)
  }

  /** Ends the links of all sessions on this front (they may continue on other fronts), and the links to backs. The gateway closes clients' sockets. */
  async stop(): Promise<void> {
    if (this.#dialler.state === 'stopped') return
    this.withdraw()
    this.#local.stop()
    this.#relay.close()
    this.#dialler.stop()
  }

  /** The channels that are open anywhere, as far as this front knows, each with its owner. */
  openChannels(): OpenChannel[] {
    return this.#relay.openChannels()
  }

  /** Counts of all that is held and of what was done. */
  inspect(): FrontInspection {
    return { ...this.#relay.inspect(), state: this.#dialler.state }
  }
}
