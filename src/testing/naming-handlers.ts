/**
 * A call of a simulated cluster that was not answered: the handlers that are still running are named, since what they wait for may be
 * something real, for which simulated time does not wait. Knows no cluster.
 */
import { CentrumError } from '../protocol/errors.js'

/** `running`: handlers, each with its channel. */
export function namingHandlers(error: unknown, running: readonly string[]): unknown {
  if (!(error instanceof CentrumError) || error.code !== 'timeout' || running.length === 0) return error
  const { message, details } = error
  const named = `${message} Still running: ${running.join(', ')}. If a handler waits for something real, such as a file, a database or setTimeout: simulated time does not. Replace it in tests, or let the handler await cluster.sleep(ms).`
  return new CentrumError('timeout', named, { cause: error, details })
}
