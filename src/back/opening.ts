/** What an app and an id must be before a channel opens: nothing that is not built yet, and params that fit their schema. */
import type { App, AppMatch } from '../channel/app.js'
import { checkValue } from './check-value.js'
import { CentrumError } from '../protocol/errors.js'
import { isPromise } from './keyed-task-queue.js'

/** Options that are part of the contract and not built yet are refused at start, never ignored. */
export function refuseUnbuilt(app: App): void {
  for (const [pattern, { contract }] of app.channels) {
    if (contract.durability === 'none') continue
    throw new CentrumError(
      'not-built',
      `durability '${contract.durability}' of '${pattern}' is not built yet: only 'none' is, whose state lives as long as its back`,
    )
  }
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
  throw new CentrumError('faulted', 'the schema of params is asynchronous; it has to be one that is not')
}
