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
      tickMs: 50,
      writers: 'linked',
      durability: 'none',
      idleMs: null,
      graceMs: null,
      handlerMsMax: 10_000,
      channelsMax: 100_000,
    },
  )
})

test('a shape is made by centrum/state, and anything else is refused', () => {
  const shape = struct({ players: record(struct({ x: f32 })) })
  assert.equal(defineChannel({ state: () => ({ players: {} }), shape }).contract.shape, shape)
  refusesDefinition({ state, shape: { players: {} } }, /shape must be a struct, record or list of centrum\/state/)
  refusesDefinition({ state, shape: f32 }, /shape must be a struct/)
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
  assert.deepEqual(Object.keys(implementation.handlers).toSorted(), ['onMessage', 'onRequest', 'onTick'])
  assert.equal(implementation.handlers.onMessage['constructor'], undefined)
  assert.equal(typeof implementation.handlers.onMessage['toString'], 'function')
})

test('S16: a wrong option of a definition is named, with its value and what would do', () => {
  refusesDefinition(undefined, /^defineChannel: it takes an object of options, got undefined/)
  refusesDefinition([], /got an array of 0/)
  refusesDefinition({}, /state must be a function .*\(\) => \(\{ players: \{\} \}\), got undefined/)
  refusesDefinition({ state: {} }, /state must be a function .* got an object with no properties/)
  refusesDefinition({ state, tickMS: 5 }, /no option 'tickMS'. Did you mean 'tickMs'\? There are: state, shape, params/)
  refusesDefinition({ state, mesages: {} }, /Did you mean 'messages'\?/)
  refusesDefinition({ state, zzz: {} }, /no option 'zzz'. There are/)
  for (const tickMs of [-1, NaN, Infinity, '50', null, 2 ** 31]) {
    refusesDefinition({ state, tickMs }, /tickMs must be a number of milliseconds from 0 to 2147483647, got /)
  }
  refusesDefinition({ state, handlerMsMax: 0 }, /handlerMsMax must be a number of milliseconds from 1 to .* got 0/)
  refusesDefinition({ state, idleMs: -5 }, /idleMs must be .* got -5/)
  refusesDefinition({ state, graceMs: '1s' }, /graceMs must be .* got '1s'/)
  refusesDefinition({ state, channelsMax: 1.5 }, /channelsMax must be a whole number of channels from 1 .* got 1.5/)
  refusesDefinition(
    { state, writers: 'procesor' },
    /writers must be 'linked' or 'processor', got 'procesor'. Did you mean 'processor'\?/,
  )
  refusesDefinition({ state, durability: true }, /durability must be 'none' or 'snapshot' or 'log', got true/)
})

test('S16: a wrong schema is named, with where it stands', () => {
  refusesDefinition({ state, params: { id: 'string' } }, /params must be a schema \(zod, .* got an object with id/)
  refusesDefinition({ state, data: 5 }, /data must be a schema .* got 5/)
  refusesDefinition({ state, options: internal(z.string()) }, /options can't be internal\(…\)/)
  refusesDefinition({ state, messages: [z.string()] }, /messages must be an object .* got an array of 1/)
  refusesDefinition({ state, messages: { move: Number } }, /messages.move must be a schema .* got the function Number/)
  refusesDefinition({ state, messages: { '': z.string() } }, /messages has an empty name/)
  refusesDefinition(
    { state, events: { ['e'.repeat(129)]: z.string() } },
    /events has a name of 129 characters, the limit is 128/,
  )
  refusesDefinition({ state, events: { boom: broadcastable(z.string()) } }, /events.boom can't be broadcastable\(…\)/)
  refusesDefinition({ state, requests: { buy: z.string() } }, /requests.buy is a schema. Give \{ input: schema \}/)
  refusesDefinition({ state, requests: { buy: 5 } }, /requests.buy must be \{ input, output\? \}.* got 5/)
  refusesDefinition({ state, requests: { buy: {} } }, /requests.buy.input must be a schema .* got undefined/)
  refusesDefinition(
    { state, requests: { buy: { input: z.string(), outptu: z.string() } } },
    /requests.buy has no option 'outptu'/,
  )
  refusesDefinition(
    { state, requests: { buy: { input: internal(z.string()) } } },
    /requests.buy.input can't be internal/,
  )
})

test('S16: a missing, unknown or wrong handler is named', () => {
  const onMessage = { move() {}, shout() {} }
  const onRequest = { buy() {} }
  refusesHandlers(undefined, /^implement: it takes an object/)
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
  refusesHandlers({ onMessage: { ...onMessage, move: 5 }, onRequest }, /onMessage.move must be a function, got 5/)
  refusesHandlers({ onMessage: [], onRequest }, /onMessage must be an object .* got an array of 0/)
  refusesHandlers({ onMessage, onRequest, onTikc() {} }, /no option 'onTikc'. Did you mean 'onTick'\?/)
  refusesHandlers({ onMessage, onRequest, onTick: true }, /onTick must be a function, got true/)
})
