/**
 * From the handlers that a user writes to those that masters call: each is a function, each declared message and request
 * has one, and none stands for something undeclared.
 */

import type { ChannelContract } from './channel-contract.js'
import type { ChannelHandlers } from './channel-implementation.js'
import { didYouMean } from './closest-name.js'
import { describeValue, isRecord, OptionReader } from './option-reader.js'

const EVENTS = [
  'onOpen',
  'onRestore',
  'onLink',
  'onUnlink',
  'onDrop',
  'onResume',
  'onProcessor',
  'onProcessorLeft',
  'onTick',
  'onClose',
] as const
const GROUPS = ['onMessage', 'onRequest'] as const

/** @throws CentrumError `invalid-definition`. */
export function readHandlers(contract: ChannelContract, handlers: unknown): ChannelHandlers {
  const reader = new OptionReader('implement', handlers, [...EVENTS, ...GROUPS])
  const given: Record<string, unknown> = {}
  for (const name of EVENTS) if (reader.has(name)) given[name] = readFunction(reader, name, reader.value(name))
  given['onMessage'] = readGroup(reader, 'onMessage', 'message', contract.messages)
  given['onRequest'] = readGroup(reader, 'onRequest', 'request', contract.requests)
  // Each property was checked to be a function. What its arguments are, only the compiler knows, and it has checked them.
  return Object.freeze(given) as unknown as ChannelHandlers
}

function readGroup(
  reader: OptionReader,
  group: (typeof GROUPS)[number],
  noun: string,
  declared: ReadonlyMap<string, unknown>,
): object {
  const handlers = reader.value(group) ?? {}
  if (!isRecord(handlers))
    reader.refuse(`${group} must be an object with a function for each ${noun}, got ${describeValue(handlers)}.`)
  for (const name of Object.keys(handlers)) {
    if (declared.has(name)) continue
    reader.refuse(
      `${group}.${name} handles a ${noun} that is not declared.${didYouMean(name, declared.keys())} ` +
        `Declare it under ${noun}s in defineChannel, or remove the handler.`,
    )
  }
  // Without a prototype, so that no name finds what the definition does not have.
  const read = Object.create(null) as Record<string, unknown>
  for (const name of declared.keys()) {
    if (!Object.hasOwn(handlers, name)) {
      reader.refuse(`the ${noun} '${name}' has no handler. Add ${group}: { ${name}(ctx, client, payload) {} }.`)
    }
    read[name] = readFunction(reader, `${group}.${name}`, handlers[name])
  }
  return Object.freeze(read)
}

function readFunction(reader: OptionReader, name: string, value: unknown): unknown {
  if (typeof value === 'function') return value
  return reader.refuse(`${name} must be a function, got ${describeValue(value)}.`)
}
