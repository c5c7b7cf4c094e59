/** What a front learns of an error while a channel opens or links. Knows nothing of channels. */
import { CentrumError } from '../protocol/errors.js'
import type { Owner } from '../protocol/master-frames.js'
import { type Reason, REASONS } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import { errorText } from './error-text.js'
import { ChannelUnavailable } from './channel-unavailable.js'

export interface Refusal {
  readonly reason: Reason
  readonly message: string
  readonly relink: boolean
  readonly owner: Owner | null
}

/** What the application threw by accident stays in the log. */
export function refusalOf(error: unknown, log: Log): Refusal {
  if (error instanceof CentrumError && error.code in REASONS) {
    const { relink, owner } = error instanceof ChannelUnavailable ? error : { relink: false, owner: null }
    return { reason: error.code as Reason, message: error.message, relink, owner }
  }
  log.error('channel.open-failed', { error: errorText(error) })
  const message = 'the channel could not open; the server has logged why'
  return { reason: 'faulted', message, relink: false, owner: null }
}
