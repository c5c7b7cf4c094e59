/**
 * From the declaration that a user writes to the contract that masters run: every option checked, every default filled in.
 */

import type { ChannelContract, MessageContract, RequestContract } from './channel-contract.js'
import { describeValue, isRecord, OptionReader, TIMER_MS_MAX } from './option-reader.js'
import { isSchema, SENDERS } from './schema.js'
import type { StandardSchema } from './standard-schema.js'

/** What holds where a definition says nothing. */
export const CONTRACT_DEFAULTS = { tickMs: 50, handlerMsMax: 10_000, channelsMax: 100_000 } as const

const OPTIONS = [
  'state',
  'shape',
  'params',
  'data',
  'options',
  'messages',
  'requests',
  'events',
  'handover',
  'tickMs',
  'writers',
  'durability',
  'idleMs',
  'graceMs',
  'handlerMsMax',
  'channelsMax',
] as const

const ANY_TIME = { min: 0, max: TIMER_MS_MAX, unit: 'milliseconds' }
const SOME_TIME = { min: 1, max: TIMER_MS_MAX, unit: 'milliseconds' }
const COUNT = { min: 1, max: 2 ** 32, unit: 'channels', integer: true }

/** @throws CentrumError `invalid-definition`. */
export function readContract(declaration: unknown): ChannelContract {
  const reader = new OptionReader('defineChannel', declaration, OPTIONS)
  return Object.freeze<ChannelContract>({
    state: readState(reader),
    shape: readShape(reader),
    params: reader.schema('params'),
    data: reader.schema('data'),
    options: reader.schema('options'),
    messages: new Map(reader.entries('messages').map(([name, value]) => [name, readMessage(reader, name, value)])),
    requests: new Map(reader.entries('requests').map(([name, value]) => [name, readRequest(reader, name, value)])),
    events: new Map(reader.entries('events').map(([name, value]) => [name, reader.schemaOf(value, `events.${name}`)])),
    handover: reader.schema('handover'),
    tickMs: reader.number('tickMs', ANY_TIME) ?? CONTRACT_DEFAULTS.tickMs,
    writers: reader.oneOf('writers', ['linked', 'processor'], 'linked'),
    durability: reader.oneOf('durability', ['none', 'snapshot', 'log'], 'none'),
    idleMs: reader.number('idleMs', ANY_TIME),
    graceMs: reader.number('graceMs', ANY_TIME),
    handlerMsMax: reader.number('handlerMsMax', SOME_TIME) ?? CONTRACT_DEFAULTS.handlerMsMax,
    channelsMax: reader.number('channelsMax', COUNT) ?? CONTRACT_DEFAULTS.channelsMax,
  })
}

function readState(reader: OptionReader): ChannelContract['state'] {
  const state = reader.value('state')
  if (isStateFactory(state)) return state
  return reader.refuse(
    `state must be a function that makes the state of a new channel, such as () => ({ players: {} }), got ${describeValue(state)}.`,
  )
}

function readShape(reader: OptionReader): ChannelContract['shape'] {
  const shape = reader.value('shape')
  if (shape === undefined) return null
  if (isShape(shape)) return shape
  return reader.refuse(
    `shape must be a struct, record or list of centrum/state, such as struct({ players: record(struct({ x: f32, y: f32 })) }), got ${describeValue(shape)}.`,
  )
}

function isShape(value: unknown): value is NonNullable<ChannelContract['shape']> {
  return isRecord(value) && ['struct', 'record', 'list', 'any'].includes(String(value['check'])) && 'kind' in value
}

function isStateFactory(value: unknown): value is ChannelContract['state'] {
  return typeof value === 'function'
}

function readMessage(reader: OptionReader, name: string, value: unknown): MessageContract {
  const schema: StandardSchema & { readonly [SENDERS]?: MessageContract['kind'] } = reader.messageSchemaOf(
    value,
    `messages.${name}`,
  )
  return { kind: schema[SENDERS] ?? 'plain', schema }
}

function readRequest(reader: OptionReader, name: string, value: unknown): RequestContract {
  const where = `requests.${name}`
  if (isSchema(value))
    reader.refuse(`${where} is a schema. Give { input: schema }, and output: schema if it is to be checked.`)
  if (!isRecord(value))
    reader.refuse(`${where} must be { input, output? }, each a schema, got ${describeValue(value)}.`)
  for (const key of Object.keys(value)) {
    if (key !== 'input' && key !== 'output') reader.refuse(`${where} has no option '${key}': it is { input, output? }.`)
  }
  return {
    kind: SENDERS in value ? 'internal' : 'plain',
    input: reader.schemaOf(value['input'], `${where}.input`),
    output: value['output'] === undefined ? null : reader.schemaOf(value['output'], `${where}.output`),
  }
}
