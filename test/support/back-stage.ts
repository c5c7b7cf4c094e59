/**
 * The channels of a back with fronts that a test plays: frames go in and out one by one, without links between. The test says what a
 * channel opens with, and when a turn's outcome is released.
 */
import type { BackLimits } from '../../src/back/back-limits.js'
import { BACK_LIMITS } from '../../src/back/back-limits.js'
import { readOptions } from '../../src/options/read-options.js'
import { FrontPeer } from '../../src/back/front-peer.js'
import type { FoundChannel } from '../../src/back/found-opening.js'
import { PeerRelay } from '../../src/back/peer-relay.js'
import { OpenChannels } from '../../src/back/open-channels.js'
import type { Opening } from '../../src/back/pending-opening.js'
import type { TurnOutcome } from '../../src/back/turn-outcome.js'
import type { App } from '../../src/channel/app.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { InProcessNetwork, inProcessTransport } from '../../src/link/in-process-transport.js'
import { linkLimits } from '../../src/link/link-limits.js'
import type { MasterLink } from '../../src/link/master-link.js'
import { ENTRY, type EntryKind } from '../../src/protocol/frame-types.js'
import { type LinkRequest, makeNamed } from '../../src/protocol/link-frames.js'
import { decodeToFront, encodeToBack, type ToBackFrame, type ToFrontFrame } from '../../src/protocol/master-frames.js'
import type { Log, Runtime } from '../../src/runtime/runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { ManualClock } from './manual-clock.js'

export interface StageOptions {
  readonly patterns: readonly string[]
  readonly limits?: Partial<BackLimits>
  readonly log?: Log
  /** Instead of a new history. */
  readonly open?: (channelId: string, epochSeen: number) => Opening | Promise<Opening>
  /** Instead of a release at once. */
  readonly commit?: (outcome: TurnOutcome, release: () => void) => void
}

class StagedChannels extends OpenChannels {
  readonly #options: StageOptions

  constructor(app: App, fronts: Set<StagedFront>, clock: ManualClock, options: StageOptions) {
    let seed = 1
    const random = { float: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(seed++) }
    const runtime: Runtime = { clock, random, log: options.log ?? silentLog }
    const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1', channels: options.patterns }] })
    const limits = readOptions({ call: 'back' }, BACK_LIMITS, options.limits ?? {})
    const incarnation = '0000000000000001'
    const peers = new PeerRelay({
      identity: { role: 'back', id: 'back-1', incarnation, membershipHash: cluster.hash },
      app,
      cluster,
      runtime,
      limits,
      linkLimits: linkLimits(),
      transportTo: () => inProcessTransport(new InProcessNetwork(), clock),
      accept: (link) => new FrontPeer(link, this, runtime, () => undefined),
    })
    super({
      backId: 'back-1',
      app,
      cluster,
      runtime,
      peers,
      limits,
      fronts: {
        send: (frame) => {
          for (const { peer } of fronts) peer.send(frame)
        },
        stalled: (channelId, reason) => {
          for (const { peer } of fronts) peer.stalled(channelId, reason)
        },
        evict: (channelId) => {
          for (const { peer } of fronts) peer.evict(channelId)
        },
      },
    })
    this.#options = options
  }

  override open(channel: FoundChannel, epochSeen: number): Opening | Promise<Opening> {
    const { open } = this.#options
    if (open) return open(channel.id, epochSeen)
    return super.open({ ...channel, contract: { ...channel.contract, durability: 'none' } }, epochSeen)
  }

  override commit(outcome: TurnOutcome, release: () => void): void {
    if (this.#options.commit) this.#options.commit(outcome, release)
    else super.commit(outcome, release)
  }
}

export class StagedFront {
  readonly heard: ToFrontFrame[] = []
  readonly peer: FrontPeer
  /** Bytes that its link has room for. */
  room = Infinity

  constructor(id: string, incarnation: string, channels: OpenChannels, onClosed: (front: StagedFront) => void) {
    const link = {
      peer: { id, incarnation },
      frameBytesMax: Infinity,
      send: (frame: Uint8Array) => void this.heard.push(decodeToFront(frame.slice())),
      flush: () => undefined,
      soon: (run: () => void) => channels.runtime.clock.soon(run),
    }
    Object.defineProperty(link, 'room', { get: () => this.room })
    this.peer = new FrontPeer(link as unknown as MasterLink, channels, channels.runtime, () => onClosed(this))
  }

  say(...frames: ToBackFrame[]): void {
    for (const frame of frames) this.peer.onFrame(encodeToBack(frame))
  }

  /** The link to the back is lost. */
  lose(): void {
    this.peer.onClosed('connection-lost', '')
  }

  link(
    ref: number,
    session: string,
    request: Partial<LinkRequest> & { readonly channelId: string },
    attempt = 1,
  ): void {
    const data = encodeValue(null)
    this.say({
      type: 'masterLink',
      ref,
      identity: { senderKind: 'client', sessionId: session, userId: session, data, tokenGeneration: 0, beganAt: 0 },
      connectionAttempt: attempt,
      payer: '',
      request: { linkNumber: 1, processor: false, past: null, options: null, ...request },
    })
  }

  entry(ref: number, clientSeq: number, kind: EntryKind, name = '', payload?: unknown): void {
    const body =
      kind === ENTRY.message || kind === ENTRY.request ? makeNamed(name, encodeValue(payload)) : new Uint8Array(0)
    this.say({ type: 'masterEntry', ref, entry: { clientSeq, kind, context: null, body } })
  }

  all<T extends ToFrontFrame['type']>(type: T): Extract<ToFrontFrame, { readonly type: T }>[] {
    return this.heard.filter((frame): frame is Extract<ToFrontFrame, { readonly type: T }> => frame.type === type)
  }

  /** What came since the last call. */
  take(): ToFrontFrame[] {
    return this.heard.splice(0)
  }
}

export class BackStage {
  readonly clock = new ManualClock()
  readonly channels: OpenChannels
  readonly #fronts = new Set<StagedFront>()

  constructor(app: App, options: StageOptions) {
    this.channels = new StagedChannels(app, this.#fronts, this.clock, options)
  }

  front(id = 'front-1', incarnation = ''): StagedFront {
    const front = new StagedFront(id, incarnation, this.channels, (lost) => this.#fronts.delete(lost))
    this.#fronts.add(front)
    return front
  }
}
