/** What an app and an id must be before a channel opens: a store where channels are to be stored, and params that fit their schema. */
import type { App, AppMatch } from '../channel/app.js'
import { checkValue, GAVE_PROMISE } from './check-value.js'
import { CentrumError } from '../protocol/errors.js'
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

/** The parts of the id, as the channel's schema gives them. Throws `unknown-channel` where they do not fit. */
export function checkedParams({ params, implementation }: AppMatch): unknown {
  const schema = implementation.contract.params
  if (schema === null) return params
  let checked: unknown
  try {
    checked = checkValue(schema, params, 'the id')
  } catch (error) {
    if (error instanceof CentrumError)
      throw new CentrumError('unknown-channel', error.message, { cause: error, details: error.details })
    throw error
  }
  if (!isPromise(checked)) return checked
  checked.catch(() => undefined)
  throw new CentrumError('invalid-definition', `the schema of params ${GAVE_PROMISE} An id is checked within a turn.`)
}
