/**
 * Hands channels of a back over to others, with all that they have: each takes its last turn, is stored with the word who gets it, and its
 * links go on there. Handlers that run are waited for, up to a limit. Knows nothing of how channels are stored.
 */
import type { Owner } from '../protocol/master-frames.js'
import type { Clock } from '../runtime/runtime.js'
import type { BackChannel } from './back-channel.js'
import { HandedOver } from './handed-over.js'
import type { Ending } from './tasks.js'

export interface HandOverHost {
  readonly clock: Clock
  readonly limits: { readonly handOverMs: number }
  /** What is stored of the channel as it ends is for that back. */
  prepare(channelId: string, backId: string): void
  /** Closes channels within `shutdownMs`. */
  closeAll(
    channels: readonly BackChannel[],
    ending: Ending,
    close: (channel: BackChannel) => Promise<void>,
  ): Promise<void>
}

export class HandOvers {
  readonly #host: HandOverHost

  constructor(host: HandOverHost) {
    this.#host = host
  }

  /** `ownerOf`: who gets a channel; null where nobody does, and it stays. Resolves when all have ended here. */
  async handOver(channels: readonly BackChannel[], ownerOf: (channelId: string) => Owner | null): Promise<void> {
    await Promise.all(
      channels.map(async (channel) => {
        const owner = ownerOf(channel.id)
        if (owner !== null) await this.#handOver(channel, owner)
      }),
    )
  }

  async #handOver(channel: BackChannel, { id, address }: Owner): Promise<void> {
    const { clock, limits } = this.#host
    // One whose claim is under way has to be there before it can be given away.
    await channel.whenOpen().catch(() => undefined)
    if (channel.isClosed) return
    this.#host.prepare(channel.id, id)
    const ending: Ending = { reason: 'draining', wire: 'not-owner', relink: true, owner: { id, address } }
    const timer = clock.after(limits.handOverMs, () => channel.expireHandlers(new HandedOver(limits.handOverMs)))
    await this.#host.closeAll([channel], ending, (it) => it.rest(ending))
    timer.cancel()
  }
}
