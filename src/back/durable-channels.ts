/**
 * The channels of a back that outlive it: claims and restores them as they open, and stores what their turns bring before anyone is
 * shown it. Knows nothing of sessions and handlers.
 */
import type { ChannelContract } from '../channel/channel-contract.js'
import { type CommitCounts, CommitLoop } from '../durable/commit-loop.js'
import { readHistory } from '../durable/stored-history.js'
import type { CentrumError, ErrorCode } from '../protocol/errors.js'
import type { Origin } from '../protocol/origin.js'
import { hexOf } from '../protocol/hex8.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Claim, Journal, StoredChannel } from '../store/store.js'
import { DecodeError } from '../value/decode-error.js'
import type { BackLimits } from './back-limits.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import { DueChannels } from './due-channels.js'
import { KeptChannel } from './kept-channel.js'
import type { Opening } from './pending-opening.js'
import type { TurnOutcome } from './turn-outcome.js'

/** What they ask of their back. */
export interface DurableHost {
  readonly runtime: Runtime
  readonly limits: BackLimits
  /** Opens a channel that nobody links to. */
  open(channelId: string): Promise<void>
  /** The store takes nothing for now, or again. */
  stalled(channelIds: readonly string[], error: CentrumError | null): void
  /** Another process has the store: these channels are not this back's any more. */
  fenced(channelIds: readonly string[], error: CentrumError): void
}

/** What is stored of a back's channels, as counts. */
export interface DurabilityInspection extends Readonly<CommitCounts> {
  /** Channels that are open and stored. */
  readonly channels: number
  /** For how long the oldest turn that is not stored yet has waited; 0 where all is stored. */
  readonly lagMs: number
  /** Why the store takes nothing for now; null where it does. */
  readonly stalled: ErrorCode | null
}

export class DurableChannels {
  readonly #journal: Journal
  readonly #host: DurableHost
  readonly #loop: CommitLoop
  readonly #due: DueChannels
  readonly #kept = new Map<string, KeptChannel>()
  /** Channels that have closed before all of their turns were stored. */
  readonly #leaving = new Map<string, KeptChannel>()

  constructor(journal: Journal, host: DurableHost) {
    const { clock, log } = host.runtime
    this.#journal = journal
    this.#host = host
    this.#loop = new CommitLoop(journal, {
      clock,
      log,
      limits: host.limits,
      frozen: (error) => host.stalled([...this.#kept.keys()], error),
      thawed: () => host.stalled([...this.#kept.keys()], null),
      fenced: (error) => host.fenced([...this.#kept.keys()], error),
    })
    this.#due = new DueChannels({
      clock,
      due: (by, limit) => journal.due(by, limit),
      open: (channelId) => host.open(channelId),
    })
  }

  /** Opens what has to be open without anybody's link. */
  start(): void {
    this.#due.start()
  }

  inspect(): DurabilityInspection {
    const { counts, lagMs, trouble } = this.#loop
    return { channels: this.#kept.size, lagMs, ...counts, stalled: trouble?.code ?? null }
  }

  /** Claims the channel, and gives it as its last owner left it. Rejects with a `ChannelUnavailable`. */
  async open(channelId: string, contract: ChannelContract, epochSeen: number): Promise<Opening> {
    await this.#leaving.get(channelId)?.whenSettled()
    const stateVersion = 0
    const { epoch, stored } = this.#claimed(channelId, await this.#claim(channelId, { epochSeen, stateVersion }))
    const opening = this.#restored(channelId, contract, epoch, stored)
    const number = stored?.turns.at(-1)?.number ?? stored?.image?.number ?? 0
    const wantsImage = opening.image === undefined
    this.#kept.set(
      channelId,
      new KeptChannel(channelId, stateVersion, { epoch, number, wantsImage }, this.#host.limits),
    )
    return opening
  }

  async #claim(channelId: string, options: { epochSeen: number; stateVersion: number }): Promise<Claim> {
    if (this.#loop.trouble) throw unavailable(channelId, this.#loop.trouble)
    try {
      return await this.#journal.claim(channelId, options)
    } catch (error) {
      throw unavailable(channelId, error)
    }
  }

  #claimed(channelId: string, claim: Claim): Extract<Claim, { readonly outcome: 'claimed' }> {
    switch (claim.outcome) {
      case 'claimed':
        return claim
      case 'owned':
        throw new ChannelUnavailable('not-owner', `channel '${channelId}' is owned by ${claim.backId}`, {
          relink: true,
        })
      case 'faulted':
        throw new ChannelUnavailable('faulted', `channel '${channelId}' is faulted: ${claim.fault.reason}`)
      case 'too-new':
        throw new ChannelUnavailable(
          'faulted',
          `channel '${channelId}' was stored by a later version of the app (stateVersion ${claim.stateVersion})`,
        )
    }
  }

  #restored(channelId: string, contract: ChannelContract, epoch: number, stored: StoredChannel | null): Opening {
    if (!stored?.image) return { epoch, origin: this.#newOrigin(epoch) }
    let history
    try {
      history = readHistory(
        stored.image.bytes,
        stored.turns.map(({ bytes }) => bytes),
      )
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const log = this.#host.runtime.log.with({ channel: channelId })
      log.error('image.unreadable', { error: error.message })
      throw new ChannelUnavailable('faulted', `what is stored of channel '${channelId}' cannot be read; it is kept`)
    }
    const { image, ...behind } = history
    const goesOn = !stored.isRewound && (contract.durability === 'log' || stored.isReleased)
    if (goesOn) return { epoch, origin: image.origin, image, ...behind }
    return { epoch, origin: this.#newOrigin(epoch), image: { ...image, sessions: [] }, ...behind }
  }

  #newOrigin(epoch: number): Origin {
    return { epoch, nonce: hexOf(this.#host.runtime.random.bytes(8)) }
  }

  isKept(channelId: string): boolean {
    return this.#kept.has(channelId)
  }

  /** Stores what a turn brings, then releases it. */
  commit(outcome: TurnOutcome, release: () => void): void {
    const kept = this.#kept.get(outcome.channelId)
    if (kept === undefined || kept.epoch !== outcome.epoch) return release()
    if (!kept.wantsImage && !outcome.isLast && outcome.isEmpty()) return kept.behind(release)
    const part = kept.partOf(outcome, this.#host.runtime.clock.wall())
    kept.begin(release)
    this.#loop.add({ ...part, settled: (isStored) => kept.settle(isStored) })
  }

  /** The channel has closed. */
  closed(channelId: string, epoch: number): void {
    const kept = this.#kept.get(channelId)
    if (kept?.epoch !== epoch) return
    this.#kept.delete(channelId)
    if (kept.dueAt !== null) this.#due.expect(kept.dueAt)
    this.#leaving.set(channelId, kept)
    void this.#forget(kept)
  }

  async #forget(kept: KeptChannel): Promise<void> {
    await kept.whenSettled()
    if (this.#leaving.get(kept.id) === kept) this.#leaving.delete(kept.id)
  }

  async stop(): Promise<void> {
    this.#due.stop()
    await this.#loop.drained()
    await this.#journal.close()
  }
}

function unavailable(channelId: string, error: unknown): ChannelUnavailable {
  const why = error instanceof Error ? error.message : String(error)
  return new ChannelUnavailable('store-unavailable', `channel '${channelId}' cannot be read from its store: ${why}`, {
    relink: true,
  })
}
