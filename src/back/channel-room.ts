/**
 * Whether one more channel may open on a back: within the limits of all and of each definition, with room kept for channels whose id is
 * a pattern of the app itself, such as `lobby`, since everybody depends on those. Knows nothing of what channels do.
 */
import type { AppMatch } from '../channel/app.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import { CentrumError } from '../protocol/errors.js'

export interface ChannelRoomOptions {
  readonly openChannelsMax: number
  /** Ids that room is kept for, whether they are open or not. */
  readonly exact: readonly string[]
}

export class ChannelRoom {
  readonly #max: number
  readonly #exact: ReadonlySet<string>
  /** At most half of all: small limits leave room for others. */
  readonly #keptMax: number
  readonly #openOf = new Map<ChannelContract, number>()
  #open = 0
  #exactOpen = 0

  constructor({ openChannelsMax, exact }: ChannelRoomOptions) {
    this.#max = openChannelsMax
    this.#exact = new Set(exact)
    this.#keptMax = Math.floor(openChannelsMax / 2)
  }

  /** Whether a channel of the definition is open. */
  has(contract: ChannelContract): boolean {
    return (this.#openOf.get(contract) ?? 0) > 0
  }

  /** Throws a `CentrumError` `too-many`. */
  expect(channelId: string, { pattern, implementation }: AppMatch): void {
    const { channelsMax } = implementation.contract
    const count = this.#openOf.get(implementation.contract) ?? 0
    if (count >= channelsMax)
      throw new CentrumError(
        'too-many',
        `the back already has ${count} open channels of '${pattern}', the limit (channelsMax)`,
      )
    const kept = this.#exact.has(channelId) ? 0 : Math.min(this.#exact.size - this.#exactOpen, this.#keptMax)
    if (this.#open + kept >= this.#max)
      throw new CentrumError('too-many', `the back already has ${this.#max} open channels, the limit (openChannelsMax)`)
  }

  opened(channelId: string, contract: ChannelContract): void {
    this.#count(channelId, contract, 1)
  }

  closed(channelId: string, contract: ChannelContract): void {
    this.#count(channelId, contract, -1)
  }

  #count(channelId: string, contract: ChannelContract, by: 1 | -1): void {
    this.#openOf.set(contract, (this.#openOf.get(contract) ?? 0) + by)
    this.#open += by
    if (this.#exact.has(channelId)) this.#exactOpen += by
  }
}
