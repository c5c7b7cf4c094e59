/**
 * From the handlers that a user writes to those that masters call: each is a function, each declared message and request
 * has one, and none stands for something undeclared.
 */
import { OBJECT } from '../options/option-kinds.js'
import { didYouMean } from '../options/closest-name.js'
import { isRecord } from '../options/describe-value.js'
import { optionProblem } from '../options/option-problem.js'
import { readOptions } from '../options/read-options.js'
import { type OptionPlace, refuseOption } from '../options/read-table.js'
import type { ChannelContract } from './channel-contract.js'
import type { ChannelHandlers } from './channel-implementation.js'
import { definitionPlace } from './definition-place.js'

const HANDLER = {
  ...OBJECT,
  is: (value: unknown): value is (...args: never[]) => unknown => typeof value === 'function',
  expected: 'a function',
  description: 'See `Handlers`.',
} as const
const GROUP = {
  ...OBJECT,
  is: isRecord,
  expected: 'an object with a function for each name',
  description: 'See `Handlers`.',
} as const

const HANDLERS = {
  onOpen: HANDLER,
  onRestore: HANDLER,
  onImage: HANDLER,
  onLink: HANDLER,
  onUnlink: HANDLER,
  onDrop: HANDLER,
  onResume: HANDLER,
  onProcessor: HANDLER,
  onProcessorLeft: HANDLER,
  onTick: HANDLER,
  onClose: HANDLER,
  onMessage: GROUP,
  onRequest: GROUP,
  onTimer: GROUP,
} as const

const ARGUMENTS = {
  onMessage: 'ctx, client, payload',
  onRequest: 'ctx, client, payload',
  onTimer: 'ctx, payload',
} as const

/** @throws CentrumError `invalid-definition`. */
export function readHandlers(contract: ChannelContract, handlers: unknown): ChannelHandlers {
  const place = definitionPlace('implement')
  const { onMessage, onRequest, onTimer, ...events } = readOptions(place, HANDLERS, handlers)
  const given: Record<string, unknown> = {}
  for (const [name, handler] of Object.entries(events)) if (handler !== undefined) given[name] = handler
  given['onMessage'] = readGroup(place, 'onMessage', 'message', onMessage, contract.messages)
  given['onRequest'] = readGroup(place, 'onRequest', 'request', onRequest, contract.requests)
  given['onTimer'] = readGroup(place, 'onTimer', 'timer', onTimer, contract.timers)
  // Each property was checked to be a function. What its arguments are, only the compiler knows, and it has checked them.
  return Object.freeze(given) as unknown as ChannelHandlers
}

function readGroup(
  place: OptionPlace,
  group: 'onMessage' | 'onRequest' | 'onTimer',
  noun: string,
  handlers: Readonly<Record<string, unknown>> = {},
  declared: ReadonlyMap<string, unknown>,
): object {
  for (const name of Object.keys(handlers)) {
    if (declared.has(name)) continue
    refuseOption(
      place,
      `${group}.${name} handles a ${noun} that is not declared.${didYouMean(name, declared.keys())} ` +
        `Declare it under ${noun}s in defineChannel, or remove the handler.`,
    )
  }
  // Without a prototype, so that no name finds what the definition does not have.
  const read = Object.create(null) as Record<string, unknown>
  for (const name of declared.keys()) {
    if (!Object.hasOwn(handlers, name)) {
      refuseOption(place, `the ${noun} '${name}' has no handler. Add ${group}: { ${name}(${ARGUMENTS[group]}) {} }.`)
    }
    const handler = handlers[name]
    const problem = optionProblem(`${group}.${name}`, HANDLER, handler)
    if (problem !== null) refuseOption(place, problem)
    read[name] = handler
  }
  return Object.freeze(read)
}
