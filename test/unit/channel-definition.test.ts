import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, internal, unchecked } from '../../src/channel/schema.js'
import { f32, record, struct } from '../../src/state/index.js'

const state = () => ({ players: {} })

/** As callers without a compiler do it. */
const define: (declaration: unknown) => { implement(handlers: unknown): unknown } = defineChannel as never

function refusesDefinition(declaration: unknown, message: RegExp): void {
  assert.throws(() => define(declaration), {
    name: 'CentrumError',
    code: 'invalid-definition',
    retryable: false,
    message,
  })
}

function refusesHandlers(handlers: unknown, message: RegExp): void {
  const definition = define({
    state,
    messages: { move: z.number(), shout: broadcastable(z.string()) },
    requests: { buy: { input: z.string() } },
  })
  assert.throws(() => definition.implement(handlers), { code: 'invalid-definition', message })
}

test('a contract holds what was declared, and the defaults of what was not', () => {
  const { contract } = defineChannel({ state })
  assert.deepEqual(
    { ...contract },
    {
      state,
      shape: null,
      params: null,
      data: null,
      options: null,
      messages: new Map(),
      requests: new Map(),
      events: new Map(),
      handover: null,
      timers: new Map(),
      memory: null,
      tickMs: 50,
      dtMsMax: 1_000,
      writers: 'linked',
      durability: 'none',
      snapshotMs: 5_000,
      stateVersion: 1,
      migrate: null,
      idleMs: null,
      graceMs: null,
      handlerMsMax: 10_000,
      linksMax: null,
      channelsMax: 100_000,
      timersMax: 1_000,
      rewindMsMax: null,
    },
  )
})

test('a shape is made by centrum/state, and anything else is refused', () => {
  const shape = struct({ players: record(struct({ x: f32 })) })
  assert.equal(defineChannel({ state: () => ({ players: {} }), shape }).contract.shape, shape)
  refusesDefinition(
    { state, shape: { players: {} } },
    /shape is an object with players. It must be a struct, record or list of centrum\/state/,
  )
  refusesDefinition({ state, shape: f32 }, /shape is .+\. It must be a struct/)
})

test('a contract says who may send what', () => {
  const input = z.number()
  const output = z.string()
  const { contract } = defineChannel({
    state,
    messages: { move: input, shout: broadcastable(input), credited: internal(input) },
    requests: { buy: { input }, audit: internal({ input, output }) },
    events: { move: output },
    durability: 'log',
    tickMs: 0,
  })
  assert.deepEqual(
    [...contract.messages].map(([name, { kind }]) => [name, kind]),
    [
      ['move', 'plain'],
      ['shout', 'broadcastable'],
      ['credited', 'internal'],
    ],
  )
  assert.deepEqual(contract.requests.get('buy'), { kind: 'plain', input, output: null })
  assert.deepEqual(contract.requests.get('audit'), { kind: 'internal', input, output })
  assert.equal(contract.events.get('move'), output)
  assert.equal(contract.durability, 'log')
  assert.equal(contract.tickMs, 0)
})

test("an implementation has the definition's own contract, and handlers by name", () => {
  const definition = defineChannel({ state, messages: { toString: unchecked<void>() } })
  const implementation = definition.implement({ onMessage: { toString: () => 'handled' }, onTick() {} })
  assert.equal(implementation.contract, definition.contract)
  assert.deepEqual(Object.keys(implementation.handlers).toSorted(), ['onMessage', 'onRequest', 'onTick', 'onTimer'])
  assert.equal(implementation.handlers.onMessage['constructor'], undefined)
  assert.equal(typeof implementation.handlers.onMessage['toString'], 'function')
})

test('S16: a wrong option of a definition is named, with its value and what would do', () => {
  refusesDefinition(undefined, /^defineChannel: options is missing. There are: state, shape/)
  refusesDefinition([], /options is an empty array/)
  refusesDefinition({}, /state is missing. Give a function .*\(\) => \(\{ players: \{\} \}\)\./)
  refusesDefinition({ state: {} }, /state is an object with no properties. It must be a function that makes/)
  refusesDefinition({ state, tickMS: 5 }, /no option 'tickMS'. Did you mean 'tickMs'\? There are: state, shape, params/)
  refusesDefinition({ state, mesages: {} }, /Did you mean 'messages'\?/)
  refusesDefinition({ state, zzz: {} }, /no option 'zzz'. There are/)
  for (const tickMs of [-1, NaN, Infinity, '50', null, 2 ** 31]) {
    refusesDefinition(
      { state, tickMs },
      /tickMs is .+\. It must be a number from 0 to 2147483647 \(ms\); the default is 50\./,
    )
  }
  refusesDefinition({ state, handlerMsMax: 0 }, /handlerMsMax is 0. It must be a number from 1 to /)
  refusesDefinition({ state, idleMs: -5 }, /idleMs is -5\. It must be /)
  refusesDefinition({ state, graceMs: '1s' }, /graceMs is '1s', a string\. It must be /)
  refusesDefinition({ state, channelsMax: 1.5 }, /channelsMax is 1.5. It must be a whole number from 1 /)
  refusesDefinition(
    { state, writers: 'procesor' },
    /writers is 'procesor', a string. It must be one of 'linked', 'processor'; the default is linked. Did you mean 'processor'\?/,
  )
  refusesDefinition({ state, durability: true }, /durability is true. It must be one of 'none', 'snapshot', 'log'/)
})

test('S16: a wrong schema is named, with where it stands', () => {
  refusesDefinition({ state, params: { id: 'string' } }, /params is an object with id. It must be a schema \(zod, /)
  refusesDefinition({ state, data: 5 }, /data is 5, a number. It must be a schema /)
  refusesDefinition({ state, options: internal(z.string()) }, /options is internal\(…\), which is only for messages/)
  refusesDefinition({ state, messages: [z.string()] }, /messages is an array of 1. It must be an object /)
  refusesDefinition({ state, messages: { move: Number } }, /messages.move is the function Number. It must be a schema /)
  refusesDefinition({ state, messages: { '': z.string() } }, /messages has an empty name/)
  refusesDefinition(
    { state, events: { ['e'.repeat(129)]: z.string() } },
    /events has a name of 129 characters, 'e+…'. The limit is 128/,
  )
  refusesDefinition(
    { state, events: { boom: broadcastable(z.string()) } },
    /events.boom is broadcastable\(…\), which is only for messages/,
  )
  refusesDefinition({ state, requests: { buy: z.string() } }, /requests.buy is a schema. Give \{ input: schema \}/)
  refusesDefinition({ state, requests: { buy: 5 } }, /requests.buy is 5. Give \{ input: schema \}/)
  refusesDefinition({ state, requests: { buy: {} } }, /requests.buy.input is missing. It must be a schema /)
  refusesDefinition(
    { state, requests: { buy: { input: z.string(), outptu: z.string() } } },
    /requests.buy has no 'outptu'. There are: input, output/,
  )
  refusesDefinition(
    { state, requests: { buy: { input: internal(z.string()) } } },
    /requests.buy.input is internal\(…\)/,
  )
})

test('S16: a missing, unknown or wrong handler is named', () => {
  const onMessage = { move() {}, shout() {} }
  const onRequest = { buy() {} }
  refusesHandlers(undefined, /^implement: options is missing/)
  refusesHandlers({ onRequest }, /the message 'move' has no handler. Add onMessage: \{ move\(/)
  refusesHandlers({ onMessage: { move() {} }, onRequest }, /the message 'shout' has no handler/)
  refusesHandlers({ onMessage }, /the request 'buy' has no handler. Add onRequest/)
  refusesHandlers(
    { onMessage: { ...onMessage, mvoe() {} }, onRequest },
    /onMessage.mvoe handles a message that is not declared. Did you mean 'move'\?/,
  )
  refusesHandlers(
    { onMessage, onRequest: { ...onRequest, sell() {} } },
    /onRequest.sell handles a request that is not declared. Declare it under requests/,
  )
  refusesHandlers(
    { onMessage: { ...onMessage, move: 5 }, onRequest },
    /onMessage.move is 5, a number. It must be a function/,
  )
  refusesHandlers({ onMessage: [], onRequest }, /onMessage is an empty array. It must be an object /)
  refusesHandlers({ onMessage, onRequest, onTikc() {} }, /no option 'onTikc'. Did you mean 'onTick'\?/)
  refusesHandlers({ onMessage, onRequest, onTick: true }, /onTick is true. It must be a function/)
})
