/** What a channel's own code gives to be sent or kept: checked by the schema of its name. Knows nothing of where it goes. */
import { checkOwnValue, GAVE_PROMISE } from './check-value.js'
import type { StandardSchema } from '../channel/standard-schema.js'
import { didYouMean } from '../options/closest-name.js'
import { isPromise } from './keyed-task-queue.js'
import { WrongCall } from './wrong-call.js'

/** What the schema makes of it. Throws a `WrongCall`. */
export function checkDeclared(
  noun: 'event' | 'timer',
  schemas: ReadonlyMap<string, StandardSchema>,
  name: string,
  payload: unknown,
): unknown {
  const schema = schemas.get(name)
  if (!schema) {
    const declared = [...schemas.keys()].join(', ') || 'none'
    throw new WrongCall(
      'not-declared',
      `${noun} '${name}' is not declared by this channel (declared: ${declared}).${didYouMean(name, schemas.keys())}`,
    )
  }
  return checkedNow(schema, payload, `${noun} '${name}'`)
}

function checkedNow(schema: StandardSchema, payload: unknown, what: string): unknown {
  const checked = checkOwnValue(schema, payload, what)
  if (!isPromise(checked)) return checked
  checked.catch(() => undefined)
  throw new WrongCall('invalid-definition', `the schema of ${what} ${GAVE_PROMISE} It is checked within a turn.`)
}
