/**
 * From the declaration that a user writes to the contract that masters run: every option checked, every default filled in.
 */
import { describeValue, isRecord } from '../options/describe-value.js'
import { readOptions } from '../options/read-options.js'
import { type OptionPlace, refuseOption } from '../options/read-table.js'
import type { ChannelContract, MessageContract, RequestContract } from './channel-contract.js'
import { CHANNEL_OPTIONS } from './channel-options.js'
import { definitionPlace, expectPlainSchema, expectSchema, namedEntries } from './definition-place.js'
import { isSchema, SENDERS } from './schema.js'
import type { StandardSchema } from './standard-schema.js'

/** A channel that is stored sleeps after so long: the next link opens it as it was. */
const DURABLE_IDLE_MS = 60_000
/** The least default of `dtMsMax`, in milliseconds: the longest step that `onTick` gets at once. */
const DT_MS_MAX = 1_000

/** @throws CentrumError `invalid-definition`. */
export function readContract(declaration: unknown): ChannelContract {
  const place = definitionPlace('defineChannel')
  const given = readOptions(place, CHANNEL_OPTIONS, declaration)
  const schema = (name: 'params' | 'data' | 'options' | 'handover'): StandardSchema | null =>
    given[name] === undefined ? null : expectPlainSchema(place, name, given[name])
  const { messages, requests, events, timers } = given
  return Object.freeze<ChannelContract>({
    state: given.state,
    shape: given.shape ?? null,
    params: schema('params'),
    data: schema('data'),
    options: schema('options'),
    messages: mapOf(namedEntries(place, 'messages', messages), (name, value) => readMessage(place, name, value)),
    requests: mapOf(namedEntries(place, 'requests', requests), (name, value) => readRequest(place, name, value)),
    events: mapOf(namedEntries(place, 'events', events), (name, value) =>
      expectPlainSchema(place, `events.${name}`, value),
    ),
    handover: schema('handover'),
    timers: mapOf(namedEntries(place, 'timers', timers), (name, value) =>
      expectPlainSchema(place, `timers.${name}`, value),
    ),
    memory: given.memory ?? null,
    tickMs: given.tickMs,
    dtMsMax: given.dtMsMax ?? Math.max(DT_MS_MAX, 2 * given.tickMs),
    writers: given.writers,
    durability: given.durability,
    snapshotMs: given.snapshotMs,
    stateVersion: given.stateVersion,
    migrate: given.migrate ?? null,
    idleMs: given.idleMs ?? (given.durability === 'none' ? null : DURABLE_IDLE_MS),
    graceMs: given.graceMs ?? null,
    handlerMsMax: given.handlerMsMax,
    linksMax: given.linksMax ?? null,
    channelsMax: given.channelsMax,
    timersMax: given.timersMax,
    rewindMsMax: given.rewindMsMax ?? null,
  })
}

function mapOf<V>(
  entries: readonly (readonly [name: string, value: unknown])[],
  read: (name: string, value: unknown) => V,
): ReadonlyMap<string, V> {
  return new Map(entries.map(([name, value]) => [name, read(name, value)]))
}

function readMessage(place: OptionPlace, name: string, value: unknown): MessageContract {
  const schema: StandardSchema & { readonly [SENDERS]?: MessageContract['kind'] } = expectSchema(
    place,
    `messages.${name}`,
    value,
  )
  return { kind: schema[SENDERS] ?? 'plain', schema }
}

function readRequest(place: OptionPlace, name: string, value: unknown): RequestContract {
  const where = `requests.${name}`
  const shape = 'Give { input: schema }, and output: schema to check the answer.'
  if (isSchema(value)) refuseOption(place, `${where} is a schema. ${shape}`)
  if (!isRecord(value)) refuseOption(place, `${where} is ${describeValue(value)}. ${shape}`)
  for (const key of Object.keys(value)) {
    if (key !== 'input' && key !== 'output') refuseOption(place, `${where} has no '${key}'. There are: input, output.`)
  }
  return {
    kind: SENDERS in value ? 'internal' : 'plain',
    input: expectPlainSchema(place, `${where}.input`, value['input']),
    output: value['output'] === undefined ? null : expectPlainSchema(place, `${where}.output`, value['output']),
  }
}
