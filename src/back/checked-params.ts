/** What an app and an id must be before a channel opens: a store where channels are to be stored, and params that fit their schema. */
import type { App, AppMatch } from '../channel/app.js'
import { checkValue, GAVE_PROMISE, logSchemaFailure } from './check-value.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import { isPromise } from './keyed-task-queue.js'

/** The pattern of a channel that is to be stored and that this back may own; null for none. `listed`: the patterns of the back. */
export function durablePattern(app: App, listed: readonly string[]): string | null {
  for (const [pattern, { contract }] of app.channels) {
    if (contract.durability !== 'none' && listed.some((own) => doMeet(own, pattern))) return pattern
  }
  return null
}

/** Whether an id may fit both patterns. */
function doMeet(one: string, other: string): boolean {
  if (one === '**' || other === '**') return true
  const [a, b] = [one.split('/'), other.split('/')]
  return a.length === b.length && a.every((segment, i) => segment === b[i] || isOpen(segment) || isOpen(b[i] as string))
}

function isOpen(segment: string): boolean {
  return segment === '*' || segment.startsWith(':')
}

/**
 * The parts of the id, as the channel's schema gives them. Throws `unknown-channel` where they do not fit, and where the schema did not
 * say at once whether they do: the log has why.
 */
export function checkedParams({ params, implementation }: AppMatch, log: Log): unknown {
  const schema = implementation.contract.params
  if (schema === null) return params
  let checked: unknown
  try {
    checked = checkValue(schema, params, 'the id')
  } catch (error) {
    logSchemaFailure(log, error)
    if (error instanceof CentrumError)
      throw new CentrumError('unknown-channel', error.message, { cause: error, details: error.details })
    throw error
  }
  if (!isPromise(checked)) return checked
  log.error('schema.failed', { message: `The schema of params ${GAVE_PROMISE} An id is checked within a turn.` })
  checked.catch((error: unknown) => logSchemaFailure(log, error))
  throw new CentrumError('unknown-channel', 'the id could not be checked; the server has logged why')
}
