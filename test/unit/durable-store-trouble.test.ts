/** A store that is full, slow, not heard, or another's: nothing is shown that it does not have, and nothing is done twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreFate } from '../../src/store/store-fate.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

const counter = defineChannel({
  state: () => ({ count: 0 }),
  requests: { add: { input: unchecked<number>() } },
  timers: { ring: unchecked<string>() },
  messages: { wait: unchecked<number>() },
  durability: 'log',
  tickMs: 10,
}).implement({
  onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) },
  onMessage: { wait: (ctx, _client, ms) => void ctx.after(ms, 'ring', 'once') },
  onTimer: { ring: (ctx) => void (ctx.state.count += 100) },
})

const { messages, requests, timers } = { messages: {}, requests: { add: { input: unchecked<number>() } }, timers: {} }
const inMemory = defineChannel({ state: () => ({ count: 0 }), messages, requests, timers, tickMs: 10 }).implement({
  onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) },
})
const shots = defineChannel({
  state: () => ({ count: 0 }),
  messages,
  requests,
  timers,
  tickMs: 10,
  durability: 'snapshot',
}).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) } })

async function setUp() {
  const append: { fate: StoreFate | undefined; calls: number } = { fate: undefined, calls: 0 }
  const store = new MemoryStore({
    fate: ({ method }) => {
      if (method !== 'append') return undefined
      append.calls++
      return append.fate
    },
  })
  const events: string[] = []
  const cluster = await createTestCluster(defineApp({ channels: { counter, inMemory, shots } }), {
    fronts: 2,
    store,
    log: ({ event }) => void events.push(event),
  })
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link('counter')
  await link.request('add', 1)
  const durability = () => cluster.back('back-1').inspect().durability
  return { append, store, cluster, ada, link, events, durability }
}

test('[G4] [G5] a store that is full freezes its channels: nothing is answered or lost, and they go on when there is room', async () => {
  const { append, cluster, link, events, durability } = await setUp()
  append.fate = { error: new CentrumError('store-full', 'the disk is full') }
  let answer = 0
  const pending = link.request('add', 1, { timeoutMs: 120_000 }).then((count) => (answer = count))
  await cluster.advance(30_000)
  assert.deepEqual([answer, link.state.count], [0, 1])
  assert.equal(durability()?.stalled, 'store-full')
  assert.ok((durability()?.lagMs ?? 0) > 29_000)
  append.fate = undefined
  await pending
  assert.deepEqual([answer, link.state.count, durability()?.stalled], [2, 2, null])
  assert.deepEqual(
    events.filter((event) => event.startsWith('store.')),
    ['store.stalled', 'store.recovered'],
    'said once, however long it took',
  )
  await cluster.close()
})

for (const kind of ['full', 'slow', 'silent'] as const) {
  test(`[G5] links of a durable channel are stalled while its store is ${kind}, and live again after; others go on`, async () => {
    const { append, cluster, ada, link } = await setUp()
    const others = [await ada.link('inMemory'), await ada.link('shots')]
    const statuses: string[] = []
    for (const each of [link, ...others]) {
      each.onStatus((status, reason) => statuses.push(`${each.id} ${status} ${reason ?? ''}`.trim()))
    }
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    append.fate = {
      full: { error: new CentrumError('store-full', 'the disk is full') },
      slow: { before: held },
      silent: { before: new Promise(() => undefined) },
    }[kind]
    const pending = link.request('add', 1, { timeoutMs: 120_000 })
    await cluster.advance(500)
    assert.deepEqual(statuses, kind === 'full' ? ['counter stalled store-unavailable'] : [], 'not before its time')
    await cluster.advance(1_500)
    assert.deepEqual(statuses, ['counter stalled store-unavailable'])
    for (const other of others) assert.equal(await other.request('add', 1), 1)
    // A front that comes now, and a client of it that links, are told as well.
    const bob = await cluster.connect({ userId: 'bob' }, { fronts: ['front-2'] })
    const failure = await bob.link('counter', { timeoutMs: 1_000 }).catch((error: unknown) => error)
    assert.match(String(failure), /stalled: store-unavailable/)
    append.fate = undefined
    release()
    assert.equal(await pending, 2)
    await cluster.advance(1_000)
    assert.deepEqual(statuses, ['counter stalled store-unavailable', 'counter live'])
    assert.equal((await bob.link('counter')).state.count, 2)
    await cluster.close()
  })
}

for (const cut of ['before', 'after'] as const) {
  test(`[G3] [G4] a commit whose answer is lost, ${cut} it was stored, is neither lost nor done twice`, async () => {
    const { append, cluster, link, durability } = await setUp()
    append.fate = { cut }
    const pending = link.request('add', 1, { timeoutMs: 60_000 })
    await cluster.advance(2_500)
    assert.ok((durability()?.undecided ?? 0) > 0)
    append.fate = undefined
    assert.equal(await pending, 2)
    cluster.kill('back-1')
    cluster.restart('back-1')
    assert.equal(await link.request('add', 1), 3)
    await cluster.close()
  })
}

test('[G5] a store that never answers is asked again after commitMsMax', async () => {
  const { append, cluster, link } = await setUp()
  append.fate = { before: new Promise(() => undefined) }
  const pending = link.request('add', 1, { timeoutMs: 60_000 })
  await cluster.advance(5_000)
  append.fate = undefined
  assert.equal(await pending, 2)
  await cluster.close()
})

test('[G1] a back whose store was taken over shows nothing any more, and closes its durable channels', async () => {
  const { store, cluster, link, events } = await setUp()
  store.seal('back-1')
  const pending = link.request('add', 1, { timeoutMs: 5_000 }).catch((error: unknown) => error)
  await cluster.advance(6_000)
  assert.ok((await pending) instanceof CentrumError)
  assert.equal(link.state.count, 1)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  assert.ok(events.includes('store.fenced'))
  await cluster.close()
})

test('[G4] a timer that was set wakes its channel after sleep and after a crash, and its effect comes once', async () => {
  const { cluster, ada, link } = await setUp()
  link.send('wait', 300_000)
  await cluster.advance(100)
  await link.unlink()
  await cluster.advance(100_000)
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(300_000)
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(1_000)
  assert.equal((await ada.link('counter')).state.count, 101)
  await cluster.close()
})
