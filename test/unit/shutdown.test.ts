/** All that a close does has one limit, `shutdownMs`, a drain before it included; what was not done within it is said. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import { Gateway } from '../../src/gateway/gateway.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { startApp } from '../../src/run/start-app.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreFate } from '../../src/store/store-fate.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import { frontStage, KeptLog, stageApp } from '../support/front-stage.js'
import { ManualClock } from '../support/manual-clock.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'

test('G5 sockets that do not close are broken off when the time to close is over, which is said', async (t) => {
  const { clock, front, log } = await frontStage(t)
  const sockets = new ClientSockets(front, { shutdownMs: 1_500, drainMs: 500 })
  const carriers = [new ScriptedCarrier(sockets), new ScriptedCarrier(sockets)]
  let isClosed = false
  const closed = sockets.close().then(() => (isClosed = true))
  await clock.run(1_400)
  assert.equal(isClosed, false)
  await clock.run(200)
  assert.equal(isClosed, true)
  await closed
  assert.deepEqual(
    carriers.map(({ closedWith }) => closedWith),
    carriers.map(() => closeCodeOf('closing')),
  )
  const said = log.lines.filter(({ event }) => event === 'gateway.cut-off')
  assert.deepEqual(
    said.map(({ fields }) => [fields['sockets'], fields['withinMs']]),
    [[2, 1_500]],
  )
  assert.equal(sockets.inspect().sockets.total, 0)
})

test('G8 a drain and the close behind it are within shutdownMs, and the close has some of it in any case', async (t) => {
  const { clock, front } = await frontStage(t)
  const gateway = new Gateway(front, { port: 0, limits: { shutdownMs: 4_000, drainMs: 3_000 } })
  await gateway.listen()
  t.after(() => gateway.close())
  assert.equal(gateway.closeMs, 4_000)
  const sockets = new ClientSockets(front, gateway.limits)
  const stays = new ScriptedCarrier(sockets)
  stays.hello()
  await clock.run(0)
  let isDrained = false
  const drained = sockets.drain(sockets.limits.drainMs, []).then(() => (isDrained = true))
  await clock.run(3_400)
  assert.equal(isDrained, false)
  await clock.run(200)
  assert.equal(isDrained, true, 'a socket that does not close is waited for as long as leaves time to close the rest')
  await drained
  const closed = sockets.close(sockets.lastMs)
  await clock.run(500)
  await closed
  assert.equal(sockets.inspect().sockets.total, 0)

  await gateway.drain()
  assert.equal(gateway.closeMs, 4_000, 'a drain of nobody took no time')
})

/** What is under way, with the clock going on meanwhile. */
async function turning<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  const over = { it: false }
  void promise.finally(() => (over.it = true))
  while (!over.it) await clock.run(1)
  return promise
}

const stuck = defineChannel({
  state: () => ({}),
  messages: { wait: unchecked<void>() },
  handlerMsMax: 60_000,
}).implement({
  onMessage: { wait: () => new Promise<void>(() => undefined) },
})

test('G5 startApp closes within its shutdownMs, whatever its handlers do', async () => {
  const clock = new ManualClock()
  const log = new KeptLog()
  const runtime = { ...nodeRuntime({ log }), clock }
  const starting = startApp(defineApp({ channels: { stuck } }), { port: 0, runtime, shutdownMs: 2_000, drainMs: 500 })
  const app = await turning(clock, starting)
  const client = app.front.master.client({ userId: 'ada' })
  const linked = client.link('stuck')
  await clock.run(100)
  await linked
  client.setProcessor('stuck').catch(() => undefined)
  await clock.run(100)
  client.send('wait')
  await clock.run(100)
  let isClosed = false
  const closed = app.close().then(() => (isClosed = true))
  await clock.run(1_900)
  assert.equal(isClosed, false)
  await clock.run(100)
  await turning(clock, closed)
  const cutOff = log.lines.filter(({ event }) => event.endsWith('.cut-off'))
  assert.deepEqual(
    cutOff.map(({ event, fields }) => [event, fields['running']]),
    [['channel.cut-off', ['onMessage.wait']]],
  )
})

test('G5 a store that does not answer holds a close no longer than shutdownMs, and that not all was stored is said', async () => {
  const append: { fate: StoreFate | undefined } = { fate: undefined }
  const store = new MemoryStore({ fate: ({ method }) => (method === 'append' ? append.fate : undefined) })
  const counter = defineChannel({
    state: () => ({ count: 0 }),
    requests: { add: { input: unchecked<number>() } },
    durability: 'log',
  }).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) } })
  const said: string[] = []
  const cluster = await createTestCluster(defineApp({ channels: { counter } }), {
    store,
    backLimits: { shutdownMs: 3_000 },
    log: ({ event }) => void said.push(event),
  })
  const link = await (await cluster.connect({ userId: 'ada' })).link('counter')
  await link.request('add', 1)
  append.fate = { before: new Promise(() => undefined) }
  const pending = link.request('add', 1).catch((error: unknown) => error)
  await cluster.advance(100)
  const begun = cluster.now
  await cluster.stop('back-1')
  assert.equal(cluster.now - begun, 3_000)
  assert.ok(said.includes('store.cut-off'))
  append.fate = undefined
  await cluster.close()
  await pending
})

test('G5 a back whose store is away at its end closes all the same, and says what others have to find out', async () => {
  const isAway = { close: false }
  const error = new CentrumError('store-unavailable', 'the store does not answer')
  const store = new MemoryStore({ fate: ({ method }) => (method === 'close' && isAway.close ? { error } : undefined) })
  const counter = defineChannel({
    state: () => ({ count: 0 }),
    requests: { add: { input: unchecked<number>() } },
    durability: 'log',
  }).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) } })
  const said: { event: string; fields: object }[] = []
  const cluster = await createTestCluster(defineApp({ channels: { counter } }), {
    store,
    log: ({ event, fields }) => void said.push({ event, fields }),
  })
  const link = await (await cluster.connect({ userId: 'ada' })).link('counter')
  await link.request('add', 1)
  isAway.close = true
  await cluster.stop('back-1')
  const [line] = said.filter(({ event }) => event === 'store.not-closed')
  assert.match(String(Reflect.get(line?.fields ?? {}, 'error')), /the store does not answer/)
  isAway.close = false
  cluster.restart('back-1')
  assert.equal(await link.request('add', 1), 2)
  await cluster.close()
})

test('S16 drainMs lies within shutdownMs: looked at when a front starts, as options and as limits', async (t) => {
  const { cluster } = await frontStage(t)
  const start = (options: object) => startFront(stageApp(), { id: 'front-2', cluster, port: 0, ...options })
  const asOptions = /drainMs is 3000, above shutdownMs, which is 2000/
  await assert.rejects(start({ drainMs: 3_000, shutdownMs: 2_000 }), asOptions)
  await assert.rejects(
    start({ gatewayLimits: { drainMs: 3_000, shutdownMs: 2_000 } }),
    /drainMs is 3000, above .*shutdownMs/,
  )
  await assert.rejects(
    start({ shutdownMs: 2_000 }),
    /drainMs is 5000, above .*shutdownMs, which is 2000. Lower the former, or raise the latter/,
  )
})
