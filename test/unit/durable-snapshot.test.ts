/** Channels that are stored now and then, or as their process ends in good order; and what was stored under an older `stateVersion`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { BackMaster } from '../../src/back/back-master.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { Durability } from '../../src/channel/channel-contract.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import type { TestClusterOptions } from '../../src/testing/test-cluster-settings.js'

function makeApp(durability: Durability, calls: string[] = []) {
  const counter = defineChannel({
    state: () => ({ count: 0 }),
    memory: () => ({ hidden: 0 }),
    requests: { add: { input: unchecked<number>() }, hidden: { input: unchecked<undefined>() } },
    tickMs: 10,
    durability: durability as 'none',
    snapshotMs: 2_000,
  }).implement({
    onOpen: () => void calls.push('open'),
    onRestore: () => void calls.push('restore'),
    onLink: () => void calls.push('link'),
    onRequest: {
      add(ctx, _client, by) {
        ctx.memory.hidden += 10 * by
        return (ctx.state.count += by)
      },
      hidden: (ctx) => ctx.memory.hidden,
    },
  })
  return defineApp({ channels: { 'counter/:id': counter } })
}

async function setUp(durability: Durability, options: TestClusterOptions = {}) {
  const calls: string[] = []
  const cluster = await createTestCluster(makeApp(durability, calls), options)
  const ada = await cluster.connect({ userId: 'ada' })
  const counter = await ada.link('counter/1')
  const resets: string[] = []
  const ages: (number | null)[] = []
  counter.onReset((reason, { imageAgeMs }) => {
    resets.push(reason)
    ages.push(imageAgeMs)
  })
  return { cluster, counter, calls, resets, ages }
}

test('[G4] a snapshot is at most snapshotMs old: after a crash a new history begins with it, without sessions, and clients are reset and told its age', async () => {
  const { cluster, counter, calls, resets, ages } = await setUp('snapshot')
  await counter.request('add', 1)
  await cluster.advance(2_100)
  assert.equal(cluster.back('back-1').inspect().durability?.lagMs, 0)
  await counter.request('add', 2)
  await cluster.advance(1_000)
  assert.ok((cluster.back('back-1').inspect().durability?.lagMs ?? 0) > 900)
  calls.length = 0
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(2_000)
  assert.equal(counter.status, 'live')
  assert.equal(counter.state.count, 1)
  assert.equal(await counter.request('hidden', undefined), 10)
  assert.deepEqual(resets, ['reset'])
  const [age] = ages
  assert.ok(age !== null && age !== undefined && age >= 1_000 && age <= 2_000, `the image is ${age} ms old`)
  assert.deepEqual(calls, ['restore', 'link'])
  await cluster.close()
})

test('[G4] after an orderly stop a snapshot channel goes on as it was', async () => {
  const { cluster, counter, calls, resets } = await setUp('snapshot')
  await counter.request('add', 3)
  calls.length = 0
  await cluster.stop('back-1')
  cluster.restart('back-1')
  assert.equal(await counter.request('add', 1), 4)
  assert.deepEqual([resets, calls], [[], ['restore']])
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(5_000)
  assert.deepEqual([resets, counter.state.count], [['reset'], 3], 'what was stored in good order is not fresh for ever')
  await cluster.close()
})

test('[G4] keepOnRestart: a channel that lives in memory goes on after an orderly stop, and begins anew after a crash', async () => {
  const { cluster, counter, calls, resets, ages } = await setUp('none', { keepOnRestart: true })
  await counter.request('add', 3)
  calls.length = 0
  await cluster.stop('back-1')
  cluster.restart('back-1')
  assert.equal(await counter.request('add', 1), 4)
  assert.equal(await counter.request('hidden', undefined), 40)
  assert.deepEqual([resets, calls], [[], ['restore']])
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(5_000)
  assert.equal(await counter.request('add', 1), 1)
  assert.deepEqual([resets, ages], [['reset'], [null]])
  await cluster.stop('back-1')
  cluster.restart('back-1')
  assert.equal(await counter.request('add', 1), 2, 'the new history is kept as well')
  await cluster.close()
})

test('[G4] without keepOnRestart a channel that lives in memory begins anew after an orderly stop', async () => {
  const { cluster, counter, resets } = await setUp('none')
  await counter.request('add', 3)
  await cluster.stop('back-1')
  cluster.restart('back-1')
  await cluster.advance(5_000)
  assert.equal(await counter.request('add', 1), 1)
  assert.deepEqual(resets, ['reset'])
  await cluster.close()
})

test('keepOnRestart without a store is refused', () => {
  const cluster = staticCluster({
    backs: [{ id: 'back-1', address: 'memory:back-1' }],
    key: '0123456789abcdefghijklmnopqrstuvwxyz',
  })
  assert.throws(
    () => new BackMaster(makeApp('none'), { id: 'back-1', cluster, keepOnRestart: true }),
    /BackMaster: keepOnRestart is given without a store\. Give a store, or leave out keepOnRestart\./,
  )
})

test('[G4] a snapshot channel sleeps, and wakes as it was', async () => {
  const { cluster, counter } = await setUp('snapshot')
  await counter.request('add', 3)
  await counter.unlink()
  await cluster.advance(70_000)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  const ada = await cluster.connect({ userId: 'eve' })
  assert.equal((await ada.link('counter/1')).state.count, 3)
  await cluster.close()
})

test('[G4] stateVersion and migrate: state and memory of an older version become those of the new one, in the same history', async () => {
  const store = new MemoryStore()
  const stored = defineChannel({
    state: () => ({ count: 0 }),
    memory: () => ({ hidden: 1 }),
    requests: { add: { input: unchecked<number>() } },
    durability: 'log',
    tickMs: 10,
  }).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) } })
  const before = await createTestCluster(defineApp({ channels: { 'counter/:id': stored } }), { store })
  const ada = await before.connect({ userId: 'ada' })
  await (await ada.link('counter/1')).request('add', 7)
  await before.close()

  const migrated = (migrate: boolean, throws = false) =>
    defineChannel({
      state: () => ({ total: 0, log: [] as string[] }),
      memory: () => ({ secret: '' }),
      requests: { total: { input: unchecked<undefined>() } },
      durability: 'log',
      stateVersion: 2,
      ...(migrate && {
        migrate: (old: { readonly state: unknown; readonly memory: unknown }, from: number) => {
          if (throws) throw new Error('no')
          const { count } = old.state as { count: number }
          const { hidden } = old.memory as { hidden: number }
          return { state: { total: count, log: [`from ${from}`] }, memory: { secret: `${hidden}` } }
        },
      }),
    }).implement({ onRequest: { total: (ctx) => `${ctx.state.total} ${ctx.memory.secret}` } })
  for (const channel of [migrated(false), migrated(true, true)]) {
    const refused = await createTestCluster(defineApp({ channels: { 'counter/:id': channel } }), { store })
    const eve = await refused.connect({ userId: 'eve' })
    await assert.rejects(eve.link('counter/1'), { code: 'faulted' })
    await refused.close()
  }
  const after = await createTestCluster(defineApp({ channels: { 'counter/:id': migrated(true) } }), { store })
  const eve = await after.connect({ userId: 'eve' })
  const counter = await eve.link('counter/1')
  assert.equal(await counter.request('total', undefined), '7 1')
  assert.deepEqual(structuredClone(counter.state), { total: 7, log: ['from 1'] })
  after.kill('back-1')
  after.restart('back-1')
  assert.equal(await counter.request('total', undefined), '7 1', 'it was stored under the new version')
  await after.close()
})

test('[G6] an instance of a class in the memory of a snapshot channel is logged with its path, and ends neither process nor channel', async () => {
  class Player {
    hp = 1
  }
  const shot = defineChannel({
    state: () => ({ count: 0 }),
    memory: () => ({ odd: null as unknown }),
    requests: { spoil: { input: unchecked<boolean>() } },
    durability: 'snapshot',
    snapshotMs: 1_000,
    tickMs: 10,
  }).implement({
    onRequest: {
      spoil(ctx, _client, spoilt) {
        ctx.memory.odd = spoilt ? new Player() : null
        return ++ctx.state.count
      },
    },
  })
  const lines: string[] = []
  const cluster = await createTestCluster(defineApp({ channels: { shot } }), {
    log: ({ event, fields }) => void lines.push(`${event} ${String(fields['error'])}`),
  })
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link('shot')
  assert.equal(await link.request('spoil', true), 1)
  await cluster.advance(5_000)
  assert.ok(
    lines.some((line) => line.startsWith('state.encode-failed') && line.includes('$.odd is an instance of Player')),
  )
  assert.equal(await link.request('spoil', false), 2)
  await cluster.advance(5_000)
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(5_000)
  assert.equal(link.state.count, 2, 'it is stored once that is mended')
  assert.equal(await link.request('spoil', true), 3)
  await cluster.stop('back-1')
  await cluster.close()
})
