/** What the readers of definitions share: schemas, and objects with a property for each name. */
import { optionProblem } from '../options/option-problem.js'
import { type OptionPlace, refuseOption } from '../options/read-table.js'
import { SCHEMA_KIND } from './channel-options.js'
import { isSchema, SENDERS } from './schema.js'
import type { StandardSchema } from './standard-schema.js'

/** The longest name of a message, request, event or pattern. */
const NAME_LENGTH_MAX = 128

/** Where a definition is read, for its errors. */
export function definitionPlace(call: string): OptionPlace {
  return { call, code: 'invalid-definition' }
}

/** A schema; with `senders` also one that says who may send. Throws `invalid-definition`. */
export function expectSchema(place: OptionPlace, name: string, value: unknown): StandardSchema {
  const option = { ...SCHEMA_KIND, description: '' }
  if (!isSchema(value)) refuseOption(place, optionProblem(name, option, value) ?? `${name} is not a schema.`)
  return value
}

/** The same for what only the channel itself sends or checks. */
export function expectPlainSchema(place: OptionPlace, name: string, value: unknown): StandardSchema {
  const schema = expectSchema(place, name, value)
  if (SENDERS in schema) {
    refuseOption(place, `${name} is ${String(schema[SENDERS])}(…), which is only for messages. Give the schema itself.`)
  }
  return schema
}

/** The entries of an object of named things; none where it is not given. */
export function namedEntries(
  place: OptionPlace,
  option: string,
  given: Readonly<Record<string, unknown>> = {},
): [name: string, value: unknown][] {
  for (const name of Object.keys(given)) {
    if (name === '') refuseOption(place, `${option} has an empty name. Give it one.`)
    if (name.length <= NAME_LENGTH_MAX) continue
    refuseOption(
      place,
      `${option} has a name of ${name.length} characters, '${name.slice(0, 32)}…'. The limit is ${NAME_LENGTH_MAX}. Shorten it.`,
    )
  }
  return Object.entries(given)
}
