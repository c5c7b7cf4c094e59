/**
 * Runs a schema of the application. What it leaves behind, such as a promise of a first attempt that it gives up and that rejects later,
 * is its own affair and ends no process. Knows nothing of what is checked.
 */
import { createHook } from 'node:async_hooks'
import { CHECKS_NOTHING, validate } from '../channel/schema.js'
import type { OutputOf, StandardSchema } from '../channel/standard-schema.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import { errorText } from './error-text.js'
import { isPromise } from './keyed-task-queue.js'
import { asWrongCall } from './wrong-call.js'

/** Why a schema that has to answer at once did not: zod tries one that threw once more, asynchronously. The end of a sentence. */
export const GAVE_PROMISE =
  'returned a promise: it is asynchronous, or a function in it threw. Use a synchronous schema, and report issues instead of throwing.'

const made: Promise<unknown>[] = []
const hook = createHook({
  init(_id, type, _trigger, resource) {
    if (depth > 0 && type === 'PROMISE' && resource instanceof Promise) made.push(resource as Promise<unknown>)
  },
})
/** Schemas that run, one within another. */
let depth = 0
let isWatching = false
/** Turns that keep the watch, one within another. */
let keepers = 0

/** To turn the watch on and off costs more than most schemas: checks within `run` share it. */
export function sharingWatch<V>(run: () => V): V {
  keepers++
  try {
    return run()
  } finally {
    if (--keepers === 0) unwatch()
  }
}

function watch(): void {
  if (!isWatching) hook.enable()
  isWatching = true
}

function unwatch(): void {
  if (isWatching) hook.disable()
  isWatching = false
}

/** Throws, or rejects with, a `CentrumError` `invalid`. `what`: `message 'move'`. */
export function checkValue<S extends StandardSchema>(
  schema: S,
  value: unknown,
  what: string,
): OutputOf<S> | Promise<OutputOf<S>> {
  if (schema['~standard'].vendor === CHECKS_NOTHING) return validate(schema, value, what)
  watch()
  depth++
  try {
    return validate(schema, value, what)
  } finally {
    if (--depth === 0) {
      if (made.length > 0) for (const promise of made.splice(0)) promise.then(undefined, () => undefined)
      if (keepers === 0) unwatch()
    }
  }
}

/** A schema that threw is the application's mistake, whoever is refused for it: the log has what was thrown. */
export function logSchemaFailure(log: Log, error: unknown): void {
  if (!(error instanceof CentrumError) || error.code !== 'invalid' || error.cause === undefined) return
  log.error('schema.failed', { message: error.message, error: errorText(error.cause) })
}

/** The same for what the channel's own code sends or answers: what does not fit is its mistake, a `WrongCall`. */
export function checkOwnValue(schema: StandardSchema, value: unknown, what: string): unknown {
  const failed = (error: unknown): never => {
    throw asWrongCall(error)
  }
  try {
    const checked: unknown = checkValue(schema, value, what)
    return isPromise(checked) ? checked.catch(failed) : checked
  } catch (error) {
    return failed(error)
  }
}
