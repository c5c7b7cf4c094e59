/**
 * A back's part in its cluster: joins the store, is announced and follows who is there, hands over what it is asked to, and joins anew where
 * others have taken it for dead. With a list there is only the store, if any. Knows nothing of links.
 */
import { type AnnouncedBack, type Cluster, isDynamic, type DynamicCluster } from '../cluster/cluster.js'
import { newIncarnation } from '../link/master-identity.js'
import { keyIdOf } from '../link/shared-secret.js'
import { CentrumError } from '../protocol/errors.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Store } from '../store/store.js'
import type { StoredDiffers } from '../store/stored-differs.js'
import { DurableChannels } from './durable-channels.js'
import { errorText } from './error-text.js'
import { LoadReport } from './load-report.js'
import type { OpenChannels } from './open-channels.js'

export interface MembershipOptions {
  readonly cluster: Cluster
  /** Of a back of a list. */
  readonly store: Store | undefined
  /** What is done where the state that is stored of a channel is not what its code begins with. */
  readonly storedDiffers: StoredDiffers
  readonly runtime: Runtime
  readonly channels: OpenChannels
  /** How others are told of it; all but where it listens, which is known later. */
  readonly back: Omit<AnnouncedBack, 'address'>
  /** One run of the back. */
  readonly incarnation: string
  /** Who is there has changed. */
  changed(): void
}

/** How long it waits before it tries again to join, and to hear of the cluster. */
const RETRY_MS = 1_000

export class BackMembership {
  readonly #options: MembershipOptions
  readonly #shared: DynamicCluster | null
  #incarnation: string
  #address = ''
  #following: { end(): void } | null = null
  /** Channels that are being handed over because that was asked for. */
  readonly #moving = new Set<string>()
  #draining: Promise<void> | null = null
  /** Whether the cluster was seen to say that it drains. */
  #isToldToDrain = false
  #load: LoadReport | null = null
  #isStopped = false
  #isJoining = false

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#shared = isDynamic(options.cluster) ? options.cluster : null
    this.#incarnation = options.incarnation
  }

  /** Takes the store. Rejects with a `CentrumError`. */
  async join(): Promise<void> {
    const { cluster, runtime, channels, back, storedDiffers: differing } = this.#options
    const store = this.#shared?.store ?? this.#options.store
    if (store === undefined) return
    const { keys, hash } = cluster
    const journal = await store.join({
      backId: back.id,
      incarnation: this.#incarnation,
      keyIds: keys.map((key) => keyIdOf(key)),
      membershipHash: hash,
      owns: (channelId) => cluster.ownerOf(channelId) === back.id,
    })
    channels.durable = new DurableChannels(journal, {
      runtime,
      limits: channels.limits,
      shared: this.#shared,
      differing,
      open: (channelId) => channels.channelFor(channelId, 0, true).whenOpen(),
      channels,
      find: (channelId) => channels.find(channelId),
      contractOf: (channelId) => channels.contractOf(channelId),
      isPlacedHere: (channelId) => channels.placed.isPlacedHere(channelId),
      drawOther: (channelId) => channels.placed.drawOther(channelId, runtime.random),
      stalled: (channelIds) => channels.stalled(channelIds),
      fenced: (channelIds, error) => this.#fenced(channelIds, error),
    })
  }

  /** The back listens there: others may link to it. Rejects with a `CentrumError`. */
  async begin(address: string): Promise<void> {
    this.#address = address
    const { channels } = this.#options
    const shared = this.#shared
    if (shared) {
      this.#following ??= await shared.follow(() => this.#changed())
      const { back, runtime } = this.#options
      await shared.announce({ ...back, address }, channels.kinds)
      this.#load?.stop()
      this.#load = new LoadReport(
        runtime.clock,
        () => channels.size,
        (count) => shared.reportLoad(back.id, count),
      )
    }
    channels.durable?.start()
  }

  #changed(): void {
    const { channels, back } = this.#options
    this.#options.changed()
    const self = this.#shared?.members.find(({ id }) => id === back.id)
    if (self?.isDraining === true) {
      this.#isToldToDrain = true
      void this.drain()
    } else if (self !== undefined && this.#isToldToDrain) {
      // It was uncordoned, and takes channels again.
      this.#isToldToDrain = false
      channels.placed.isLeaving = false
    } else if (self !== undefined && self.moves > 0) void this.#move()
    channels.durable?.backsChanged()
  }

  async #move(): Promise<void> {
    const { channels, back, runtime } = this.#options
    const shared = this.#shared
    if (shared === null) return
    try {
      const moves = (await shared.movesOf(back.id)).filter(({ channelId }) => !this.#moving.has(channelId))
      const targets = new Map(moves.map(({ channelId, to }) => [channelId, to]))
      for (const { channelId } of moves) this.#moving.add(channelId)
      const those = [...channels].filter(({ id }) => targets.has(id))
      await channels.handOver(those, (id) => shared.members.find((each) => each.id === targets.get(id)) ?? null)
      for (const { channelId } of moves) this.#moving.delete(channelId)
    } catch (error) {
      runtime.log.warn('engine.unavailable', { error })
    }
  }

  /** Hands all channels over to other backs. Resolves when none is left that another takes. */
  drain(): Promise<void> {
    return (this.#draining ??= this.#drain().finally(() => {
      this.#draining = null
    }))
  }

  async #drain(): Promise<void> {
    const { channels, back, runtime } = this.#options
    const shared = this.#shared
    const { placed } = channels
    if (shared === null || this.#isStopped) return
    placed.isLeaving = true
    runtime.log.info('back.draining', { channels: channels.size })
    try {
      await shared.beginDrain(back.id)
    } catch (error) {
      runtime.log.warn('engine.unavailable', { error })
    }
    await channels.handOver([...channels], (channelId) => placed.elsewhere(channelId))
    runtime.log.info('back.drained', { channels: channels.size })
  }

  /** Another has taken over from this run: it shows nothing more, and another run begins. */
  #fenced(channelIds: readonly string[], error: CentrumError): void {
    const { channels } = this.#options
    channels.fenced(channelIds, error)
    if (this.#shared) void this.#joinAnew()
  }

  async #joinAnew(): Promise<void> {
    if (this.#isJoining) return
    this.#isJoining = true
    const { clock } = this.#options.runtime
    while (!this.#isStopped && !(await this.#tryToJoin()))
      await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve))
    this.#isJoining = false
  }

  /** What the newest run stores. */
  get #run(): DurableChannels | null {
    return this.#options.channels.durable
  }

  async #tryToJoin(): Promise<boolean> {
    const { channels, runtime } = this.#options
    const before = channels.durable
    channels.durable = null
    try {
      // Its place has to be free before another run can have it.
      await before?.stop().catch(() => undefined)
      this.#incarnation = newIncarnation(runtime.random)
      await this.join()
      await this.begin(this.#address)
      if (this.#run?.isGivenUp === true) return false
      runtime.log.info('back.joined-anew', { incarnation: this.#incarnation })
      return true
    } catch (error) {
      runtime.log.warn('engine.unavailable', { error: errorText(error) })
      // What was asked for since it joined is open in a run that others do not know.
      const open = this.#run?.giveUp() ?? []
      if (open.length > 0) channels.fenced(open, unannounced())
      return false
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#load?.stop()
    this.#following?.end()
  }
}

function unannounced(): CentrumError {
  return new CentrumError(
    'store-unavailable',
    'The back joined its cluster, and could not be announced. It joins anew.',
  )
}
