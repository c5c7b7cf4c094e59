/** What a front is told of an error while a channel opens or links. Knows nothing of channels. */
import { CentrumError } from '../protocol/errors.js'
import { type Reason, REASONS } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import type { Ending } from './tasks.js'

/** As the details of an error: after it the client's library links again by itself. */
export const RELINK = Symbol('relink')

export interface Refusal {
  readonly reason: Reason
  readonly message: string
  readonly relink: boolean
}

/** What the application threw by accident stays in the log. */
export function refusalOf(error: unknown, log: Log): Refusal {
  if (error instanceof CentrumError && error.code in REASONS) {
    return { reason: error.code as Reason, message: error.message, relink: error.details === RELINK }
  }
  log.error('open-failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return { reason: 'faulted', message: 'the channel could not open; the server has logged why', relink: false }
}

/** What refuses those that wait for a channel which is closed before it is open. */
export function errorOf({ wire, reason, relink }: Ending): CentrumError {
  return new CentrumError(wire, reason, relink ? { details: RELINK } : {})
}
