/**
 * The channels that one run of a back has claimed: what it may add to them, and whether what it adds follows. Knows nothing of where
 * they are stored.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Commit, StoredChannel } from './store.js'

interface OwnChannel {
  readonly epoch: number
  /** The number of its last turn, or of its image where that is greater. */
  number: number
  imageNumber: number
}

export class OwnChannels {
  readonly #channels = new Map<string, OwnChannel>()
  readonly #name: string

  /** `name`: of the store, in sentences. */
  constructor(name: string) {
    this.#name = name
  }

  claimed(channelId: string, epoch: number, stored: StoredChannel | null): void {
    const imageNumber = stored?.image?.number ?? 0
    this.#channels.set(channelId, { epoch, number: stored?.turns.at(-1)?.number ?? imageNumber, imageNumber })
  }

  /** The number of a channel's last turn. */
  lastNumber(channelId: string): number {
    return this.#channels.get(channelId)?.number ?? 0
  }

  /** Null where a commit may be added; `store-in-use` where part of it is of an epoch that is over. Throws where a turn does not follow. */
  refusal({ turns, images, released = [] }: Commit): CentrumError | null {
    for (const parts of [turns, images, released]) {
      for (const { channelId, epoch } of parts) {
        if (this.#channels.get(channelId)?.epoch !== epoch) return this.#outdated(channelId, epoch)
      }
    }
    const last = new Map<string, number>()
    for (const { channelId, number } of turns) {
      const before = last.get(channelId) ?? this.lastNumber(channelId)
      if (number !== before + 1) throw this.misfit(`turn ${number} of '${channelId}' does not follow turn ${before}`)
      last.set(channelId, number)
    }
    for (const { channelId, number } of images) {
      const before = this.#channels.get(channelId)?.imageNumber ?? 0
      if (number < before) throw this.misfit(`image ${number} of '${channelId}' is older than image ${before}`)
    }
    return null
  }

  committed({ turns, images, released = [] }: Commit): void {
    for (const { channelId, number } of turns) {
      const own = this.#channels.get(channelId)
      if (own) own.number = number
    }
    for (const { channelId, number } of images) {
      const own = this.#channels.get(channelId)
      if (own === undefined) continue
      own.imageNumber = number
      own.number = Math.max(own.number, number)
    }
    for (const { channelId } of released) this.#channels.delete(channelId)
  }

  misfit(problem: string): CentrumError {
    return new CentrumError('store-mismatch', `${this.#name}: ${problem}. Nothing of the commit was stored.`)
  }

  #outdated(channelId: string, epoch: number): CentrumError {
    return new CentrumError(
      'store-in-use',
      `${this.#name}: the commit contains '${channelId}' in epoch ${epoch}, which this run has not claimed, or which has ended. Nothing of it was stored.`,
    )
  }
}
