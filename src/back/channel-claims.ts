/** Claims channels for a back, and says to those who link why it cannot. Knows nothing of what is stored. */
import type { DynamicCluster } from '../cluster/cluster.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Owner } from '../protocol/master-frames.js'
import type { Runtime } from '../runtime/runtime.js'
import { within } from '../runtime/within.js'
import type { Claim, ClaimOptions, Journal } from '../store/store.js'
import { ChannelUnavailable } from './channel-unavailable.js'

interface ClaimsHost {
  readonly runtime: Runtime
  readonly limits: { readonly commitMsMax: number }
  readonly shared: DynamicCluster | null
  /** Any other back that may have the channel; null where there is none. */
  drawOther(channelId: string): Owner | null
  /** Why nothing is stored for now. */
  trouble(): CentrumError | null
}

export class ChannelClaims {
  readonly #journal: Pick<Journal, 'claim'>
  readonly #host: ClaimsHost

  constructor(journal: Pick<Journal, 'claim'>, host: ClaimsHost) {
    this.#journal = journal
    this.#host = host
  }

  /** The claim, again where the one that has it is gone. Rejects with a `ChannelUnavailable`. */
  async claim(channelId: string, options: ClaimOptions): Promise<Extract<Claim, { readonly outcome: 'claimed' }>> {
    const { shared, runtime } = this.#host
    let claim = await this.#claim(channelId, options)
    if (claim.outcome === 'owned' && shared && (await this.#asking(channelId, shared.isGone(claim.backId))))
      claim = await this.#claim(channelId, options)
    switch (claim.outcome) {
      case 'claimed':
        return claim
      case 'owned': {
        const { backId } = claim
        const owner = shared?.members.find(({ id }) => id === backId) ?? null
        runtime.log.warn('channel.not-owned', { channel: channelId, owner: backId })
        throw new ChannelUnavailable('not-owner', `another back owns channel '${channelId}': link again`, {
          relink: true,
          owner,
        })
      }
      case 'faulted':
        runtime.log.warn('channel.fault-found', { channel: channelId, reason: claim.fault.reason })
        throw new ChannelUnavailable('faulted', `channel '${channelId}' is faulted; the server has logged why`)
      case 'too-new':
        throw this.#tooNew(channelId, claim.stateVersion, options)
    }
  }

  /** During a rolling deploy a newer back has the channel next: which ones are newer is not known here, so that it is tried. */
  #tooNew(channelId: string, storedVersion: number, { stateVersion, format }: ClaimOptions): ChannelUnavailable {
    const reason =
      storedVersion > stateVersion
        ? `channel '${channelId}' was stored under stateVersion ${storedVersion}, and the definition has ${stateVersion}`
        : `channel '${channelId}' was stored by a later version of centrum: this one reads formats up to ${format}`
    const { shared, runtime } = this.#host
    const log = runtime.log.with({ channel: channelId })
    if (shared === null) {
      log.error('image.unreadable', { reason })
      return new ChannelUnavailable('faulted', reason)
    }
    // Where there is none at the moment one comes, or the deploy is taken back: the links wait.
    const owner = this.#host.drawOther(channelId)
    log.warn('image.left-to-newer', { reason, back: owner?.id ?? null })
    return new ChannelUnavailable('not-owner', `a newer back has to open channel '${channelId}': link again`, {
      relink: true,
      owner,
    })
  }

  async #claim(channelId: string, options: ClaimOptions): Promise<Claim> {
    const { runtime, limits, trouble } = this.#host
    const known = trouble()
    if (known) throw this.#unavailable(channelId, known.message)
    const late = `the store has not answered within ${limits.commitMsMax} ms (commitMsMax)`
    const claim = within(runtime.clock, limits.commitMsMax, this.#journal.claim(channelId, options), late)
    return this.#asking(channelId, claim)
  }

  async #asking<T>(channelId: string, question: Promise<T>): Promise<T> {
    try {
      return await question
    } catch (error) {
      throw this.#unavailable(channelId, error instanceof Error ? error.message : String(error))
    }
  }

  /** What the store says of itself stays in the log: clients read the message. */
  #unavailable(channelId: string, error: string): ChannelUnavailable {
    this.#host.runtime.log.error('store.unavailable', { channel: channelId, error })
    return new ChannelUnavailable('store-unavailable', `channel '${channelId}' cannot be read from its store now`, {
      relink: true,
    })
  }
}
