/**
 * What a `ctx` throws once its epoch is over: the handler that kept it speaks for a channel that is closed, or another's.
 */

import { CentrumError } from '../protocol/errors.js'

/** Thrown by the methods of a `ctx` whose channel has closed. */
export class ChannelClosed extends CentrumError {
  override readonly name = 'ChannelClosed'

  /** @param use what was tried: `broadcast`. */
  constructor(channelId: string, epoch: number, use: string) {
    super(
      'channel-closed',
      `ctx.${use} was used after channel '${channelId}' had closed in epoch ${epoch}. ` +
        'A ctx is valid until onClose: do not keep it for longer.',
      { retryable: false },
    )
  }
}
