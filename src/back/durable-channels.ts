/**
 * The channels of a back that outlive it: claims and restores them as they open, and stores what their turns bring before anyone is
 * shown it. Knows nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import { type CommitCounts, CommitLoop, type CommitPart } from '../durable/commit-loop.js'
import { STORED_FORMAT } from '../durable/stored-format.js'
import type { CentrumError, ErrorCode } from '../protocol/errors.js'
import type { Owner } from '../protocol/master-frames.js'
import type { Origin } from '../protocol/origin.js'
import { hexOf } from '../protocol/hex8.js'
import type { Runtime } from '../runtime/runtime.js'
import type { FailoverRisk, Journal, StoredChannel } from '../store/store.js'
import type { StoredDiffers } from '../store/stored-differs.js'
import type { BackLimits } from './back-limits.js'
import { ChannelReports, type ReportedChannel } from './channel-reports.js'
import { ChannelClaims } from './channel-claims.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import type { DynamicCluster } from '../cluster/cluster.js'
import { ASK_MS, DueChannels, SHARED_ASK_MS } from './due-channels.js'
import { DatabaseInbox, type MessageTaker } from './database-inbox.js'
import { DueHere } from './due-here.js'
import { errorText } from './error-text.js'
import { type FoundChannel, foundOpening } from './found-opening.js'
import { KeptChannel } from './kept-channel.js'
import { LeaseGate } from './lease-gate.js'
import type { Opening } from './pending-opening.js'
import { SnapshotSchedule } from './snapshot-schedule.js'
import { Trial, type TrialHost, TrialQueue } from './trial.js'
import type { TurnOutcome } from './turn-outcome.js'

/** What they ask of their back. */
export interface DurableHost {
  readonly runtime: Runtime
  readonly limits: BackLimits
  /** The cluster, where the store is one that its backs share. */
  readonly shared: DynamicCluster | null
  /** What is done where the state that is stored of a channel is not what its code begins with. */
  readonly differing: StoredDiffers
  /** Opens a channel that nobody links to. */
  open(channelId: string): Promise<void>
  /** Those that are open. */
  readonly channels: Iterable<ReportedChannel>
  /** Null where it is not open. */
  find(channelId: string): MessageTaker | null
  /** The definition of a channel; null where the app has none. */
  contractOf(channelId: string): ChannelContract | null
  /** Whether it is to be opened here rather than at another back. */
  isPlacedHere(channelId: string): boolean
  /** Any other back that may have the channel, drawn by chance; null where there is none. */
  drawOther(channelId: string): Owner | null
  /** The store takes nothing for now, or takes long; null: it has taken all. These channels wait for it. */
  stalled(channelIds: readonly string[], error: CentrumError | null): void
  /** Another process has the store: these channels are not this back's any more. */
  fenced(channelIds: readonly string[], error: CentrumError): void
}

/** What is stored of a back's channels, as counts. */
export interface DurabilityInspection extends Readonly<CommitCounts> {
  /** Channels that are open and stored. */
  readonly channels: number
  /** How long ago the oldest turn was taken that is not stored yet, those of `snapshot` channels included; 0 where all is stored. */
  readonly lagMs: number
  /** Why the store takes nothing for now; null where it does. */
  readonly stalled: ErrorCode | null
  /** What a failover of the store's server may take of what was confirmed; null where nothing fails over. */
  readonly failover: FailoverRisk | null
}

/** What was wrong with a channel that has closed. */
export interface ChannelTrouble {
  readonly message: string
  /** Whether it is not to be opened any more. */
  readonly isFinal: boolean
}

/** How often a back of several that share a store says that it is there. */
const BEAT_MS = 1_000
const NOTHING = new Uint8Array(0)

export class DurableChannels {
  readonly #journal: Journal
  readonly #host: DurableHost
  readonly #loop: CommitLoop
  readonly #due: DueChannels
  readonly #kept = new Map<string, KeptChannel>()
  /** Channels that have closed before all of their turns were stored. */
  readonly #leaving = new Map<string, KeptChannel>()
  readonly #claims: ChannelClaims
  readonly #snapshots: SnapshotSchedule
  readonly #trials: TrialHost
  readonly #tried: TrialQueue
  /** To which backs channels are handed over that end. */
  readonly #handedOver = new Map<string, string>()
  readonly #gate: LeaseGate
  /** What the application's own database sends, where it can. */
  readonly #inbox: DatabaseInbox | null
  readonly #reports: ChannelReports | null
  #isStopping = false
  #isGivenUp = false

  constructor(journal: Journal, host: DurableHost) {
    const { clock, log } = host.runtime
    this.#journal = journal
    this.#host = host
    this.#loop = new CommitLoop(journal, {
      clock,
      log,
      limits: host.limits,
      stalled: (error) => host.stalled(this.#logged, error),
      recovered: () => host.stalled(this.#logged, null),
      stored: () => this.#gate.proven(),
      fenced: (error) => this.#fenced(error),
    })
    this.#snapshots = new SnapshotSchedule(clock, (kept, at) =>
      this.#encoding(kept, () => this.#add(kept, kept.snapshot(at, this.#now), null)),
    )
    this.#claims = new ChannelClaims(journal, { ...host, trouble: () => this.#loop.trouble })
    this.#tried = new TrialQueue(clock)
    this.#trials = {
      clock,
      poisonMax: host.limits.poisonMax,
      attempt: (channelId, what) => this.#attempt(channelId, what),
      fault: (channelId, reason) => this.#fault(channelId, reason),
      succeeded: (channelId, whats) => {
        const succeeded = whats.map((what) => ({ channelId, what }))
        this.#loop.add({ succeeded, settled: () => undefined })
      },
    }
    const dueHere = host.shared && new DueHere(journal, host.isPlacedHere)
    this.#gate = new LeaseGate({
      clock,
      leaseMs: host.shared?.leaseMs ?? null,
      provenAt: () => this.#loop.provenAt,
    })
    this.#due = new DueChannels({
      clock,
      askMs: host.shared ? SHARED_ASK_MS : ASK_MS,
      due: (by, limit) => (dueHere ? dueHere.due(this.#now, by, limit) : journal.due(by, limit)),
      open: (channelId) => this.#wake(channelId),
    })
    this.#inbox = host.shared && new DatabaseInbox(journal, host, () => this.#due.expect(this.#now))
    this.#reports = host.shared && new ChannelReports(clock, journal, host.channels)
    if (host.shared) this.#loop.beat(BEAT_MS)
    const { failover } = journal
    if (failover && failover.standbys > 0 && failover.keptOn === 'one-machine')
      log.warn('store.failover-risk', { ...failover })
  }

  /** Something is due that nobody links for. */
  async #wake(channelId: string): Promise<void> {
    const open = (): Promise<void> => this.#host.open(channelId)
    await (this.#inbox === null ? open() : this.#inbox.wake(channelId, open))
  }

  /** Channels of which nothing is shown that is not stored. */
  get #logged(): string[] {
    return [...this.#kept.values()].filter(({ durability }) => durability === 'log').map(({ id }) => id)
  }

  /** Whether nothing new of the channel can be shown, because its store takes nothing. */
  isStalled(channelId: string): boolean {
    return this.#loop.stalled !== null && this.#kept.get(channelId)?.durability === 'log'
  }

  /** Opens what has to be open without anybody's link. */
  start(): void {
    this.#due.start()
    this.#inbox?.start()
    this.#reports?.start()
  }

  /** Backs have come or gone: what those had may be due. */
  backsChanged(): void {
    if (!this.#isStopping) this.#due.expect(this.#now)
  }

  inspect(): DurabilityInspection {
    const { counts, stalled } = this.#loop
    const lagMs = Math.max(this.#loop.lagMs, this.#snapshots.ageMs)
    const failover = this.#journal.failover ?? null
    return { channels: this.#kept.size, lagMs, ...counts, stalled: stalled?.code ?? null, failover }
  }

  /** Claims the channel, and gives it as its last owner left it. Rejects with a `CentrumError`. */
  async open(channel: FoundChannel, epochSeen: number): Promise<Opening> {
    const { id: channelId, contract } = channel
    await this.#leaving.get(channelId)?.whenSettled()
    const { stateVersion } = contract
    // What a later definition stored is not kept from a channel that would begin anew.
    const isBegunAnew = this.#host.differing === 'begun-anew'
    const newest = isBegunAnew
      ? { stateVersion: Number.MAX_SAFE_INTEGER, format: Number.MAX_SAFE_INTEGER }
      : { stateVersion, format: STORED_FORMAT }
    const { epoch, stored, hadOwner = false } = await this.#claims.claim(channelId, { epochSeen, ...newest })
    if (this.#isGivenUp)
      throw new ChannelUnavailable(
        'not-owner',
        `the owner of channel '${channelId}' joins its cluster anew: link again`,
        {
          relink: true,
        },
      )
    const restored = this.#restored(channel, epoch, stored)
    const wasLeft = hadOwner || (stored !== null && !stored.isReleased)
    const hasDied = wasLeft && contract.durability !== 'none'
    const opening = hasDied ? { ...restored, trial: new Trial(channelId, this.#trials, this.#tried) } : restored
    const number = stored?.turns.at(-1)?.number ?? stored?.image?.number ?? 0
    const isNew = opening.image === undefined || opening.imageAgeMs !== undefined
    const image = stored?.image
    // An older back claims by what the image says: turns of a later format or state are not to follow it.
    const wantsImage = isNew || image?.stateVersion !== stateVersion || image.bytes[0] !== STORED_FORMAT
    const kept = new KeptChannel(channelId, contract, { epoch, number, wantsImage }, this.#host.limits, this.#kept)
    this.#kept.set(channelId, kept)
    if (contract.durability === 'none' && stored?.image?.bytes.length)
      this.#add(kept, { image: kept.noImage(this.#now) }, null)
    return opening
  }

  get #now(): number {
    return this.#host.runtime.clock.wall()
  }

  #restored(channel: FoundChannel, epoch: number, stored: StoredChannel | null): Opening {
    const { random, log } = this.#host.runtime
    const newOrigin = (): Origin => ({ epoch, nonce: hexOf(random.bytes(8)) })
    return foundOpening(
      stored,
      channel,
      { epoch, now: this.#now, newOrigin },
      { differing: this.#host.differing, log: log.with({ channel: channel.id }) },
    )
  }

  /** Whether its sessions go on when it is opened again. */
  isKept(channelId: string): boolean {
    const kept = this.#kept.get(channelId)
    return kept !== undefined && (kept.durability !== 'none' || this.#isStopping || this.#handedOver.has(channelId))
  }

  /** The channel is about to end here, and goes on at another back with all that it has. */
  handOver(channelId: string, backId: string): void {
    if (this.#kept.has(channelId)) this.#handedOver.set(channelId, backId)
  }

  /** Stores what a turn brings as the durability of its channel asks, and releases it then. */
  commit(outcome: TurnOutcome, release: () => void): void {
    const kept = this.#kept.get(outcome.channelId)
    if (kept?.epoch !== outcome.epoch) {
      // What an earlier run had, or nobody knows, is shown to nobody.
      if (this.#isUnkept(outcome.channelId)) release()
      return
    }
    kept.note(outcome)
    if (outcome.handled.length > 0)
      this.#inbox?.settled(
        kept.id,
        outcome.handled.map(({ id }) => id),
      )
    if (outcome.isLast) this.#commitLast(kept, outcome, release)
    else if (kept.durability === 'log') {
      if (!kept.wantsImage && outcome.isEmpty()) kept.behind(release)
      else this.#add(kept, kept.partOf(outcome, this.#now), release)
    } else {
      if (kept.durability === 'snapshot' && (kept.wantsImage || !outcome.isEmpty())) this.#snapshots.note(kept, outcome)
      this.#gate.pass(release)
    }
  }

  /** Whether nothing is ever stored of the channel. */
  #isUnkept(channelId: string): boolean {
    return this.#host.shared === null && this.#host.contractOf(channelId)?.durability === 'none'
  }

  #commitLast(kept: KeptChannel, outcome: TurnOutcome, release: () => void): void {
    this.#snapshots.leave(kept)
    const add = (): void => this.#add(kept, kept.lastPartOf(outcome, this.#now, this.#handedOver.get(kept.id)), release)
    // One that cannot be encoded is found as after a crash, as it was stored last.
    if (this.isKept(kept.id) && this.#encoding(kept, add)) return
    if (this.#host.shared) this.#add(kept, kept.release(), null)
    this.#gate.pass(release)
  }

  /** False where the channel cannot be encoded as a whole, which is logged once. */
  #encoding(kept: KeptChannel, add: () => void): boolean {
    const log = this.#host.runtime.log.with({ channel: kept.id })
    const encode = (): Uint8Array => {
      add()
      return NOTHING
    }
    return kept.failures.attempt(encode, { log, ran: [] }) !== null
  }

  #add(kept: KeptChannel, part: Omit<CommitPart, 'settled'>, release: (() => void) | null): void {
    kept.begin(release ?? (() => undefined))
    this.#loop.add({ ...part, settled: (isStored) => kept.settle(isStored) })
  }

  /** The channel has closed; `fault` says what was wrong with it. Too often within a while, and it is not opened any more. */
  closed(channelId: string, epoch: number, fault: ChannelTrouble | null): void {
    const kept = this.#kept.get(channelId)
    if (kept?.epoch !== epoch) return
    this.#kept.delete(channelId)
    this.#inbox?.closed(channelId)
    this.#handedOver.delete(channelId)
    if (kept.dueAt !== null) this.#due.expect(kept.dueAt)
    this.#leaving.set(channelId, kept)
    void this.#forget(kept, fault)
  }

  async #forget(kept: KeptChannel, fault: ChannelTrouble | null): Promise<void> {
    kept.hold()
    if (fault !== null) await this.#countFault(kept.id, fault)
    kept.letGo()
    await kept.whenSettled()
    if (this.#leaving.get(kept.id) === kept) this.#leaving.delete(kept.id)
  }

  async #countFault(channelId: string, { message: reason, isFinal }: ChannelTrouble): Promise<void> {
    const { faultsMax, faultsWithinMs: windowMs } = this.#host.limits
    try {
      const count = isFinal
        ? faultsMax
        : await this.#journal.attempt({ channelId, what: 'turn', now: this.#now, windowMs })
      if (count >= faultsMax) await this.#fault(channelId, reason)
    } catch {
      // The store is in trouble, which is logged where commits are.
    }
  }

  async #fault(channelId: string, reason: string): Promise<void> {
    await this.#journal.fault(channelId, { reason, at: this.#now })
    const log = this.#host.runtime.log.with({ channel: channelId })
    log.error('channel.faulted', { error: reason })
  }

  /** A store in trouble is asked again: nothing would be stored of what handlers do meanwhile. */
  async #attempt(channelId: string, what: string): Promise<number> {
    const { storeRetryMs, poisonWindowMs: windowMs } = this.#host.limits
    const { clock } = this.#host.runtime
    // The same each time: what was stored though nobody heard of it is not counted twice.
    const now = this.#now
    for (;;) {
      try {
        return await this.#journal.attempt({ channelId, what, now, windowMs })
      } catch {
        if (this.#isStopping) return 1
        await new Promise<void>((resolve) => void clock.after(storeRetryMs, resolve))
      }
    }
  }

  /** From here on channels end with what an orderly restart finds. */
  beginStop(): void {
    this.#isStopping = true
    this.#due.stop()
    this.#inbox?.stop()
    this.#reports?.stop()
  }

  /** All of them have closed. */
  async stop(): Promise<void> {
    this.#snapshots.stop()
    this.#loop.stopBeat()
    await this.#loop.drained()
    // All is stored by now. Where the store does not take the run's end, the next run or the other backs end it.
    await this.#journal.close().catch((error: unknown) => {
      this.#host.runtime.log.warn('store.not-closed', { error: errorText(error) })
    })
  }

  /** Another run has the journal. */
  #fenced(error: CentrumError): void {
    if (!this.#isGivenUp) this.#host.fenced(this.giveUp(), error)
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp
  }

  /** Its run is over, or never began: nothing is stored or shown any more. Gives the channels that are open, which have to close. */
  giveUp(): readonly string[] {
    if (this.#isGivenUp) return []
    this.#isGivenUp = true
    this.beginStop()
    this.#loop.stopBeat()
    this.#snapshots.stop()
    this.#gate.drop()
    return [...this.#kept.keys()]
  }
}
