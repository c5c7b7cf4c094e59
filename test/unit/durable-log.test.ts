/** Durable channels in a cluster: what was answered and shown outlives the death of the owner, and nobody notices but by a short stall. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreFate } from '../../src/store/store-fate.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

function makeApp(calls: string[] = []) {
  const bank = defineChannel({
    state: () => ({ balance: {} as Record<string, number>, turns: 0 }),
    requests: { pay: { input: unchecked<number>() } },
    messages: { note: unchecked<string>() },
    events: { paid: unchecked<number>() },
    durability: 'log',
    tickMs: 10,
  }).implement({
    onOpen: () => void calls.push('open'),
    onRestore: () => void calls.push('restore'),
    onLink(ctx, client) {
      calls.push(`link ${client.id}`)
      ctx.state.balance[client.userId] ??= 0
      return 'welcome'
    },
    onDrop: (_ctx, client) => void calls.push(`drop ${client.userId}`),
    onUnlink: (_ctx, client, reason) => void calls.push(`unlink ${client.userId} ${reason}`),
    onMessage: { note: (ctx) => void ctx.state.turns++ },
    onRequest: {
      pay(ctx, client, amount) {
        ctx.state.balance[client.userId] = (ctx.state.balance[client.userId] ?? 0) + amount
        client.send('paid', amount)
        return ctx.state.balance[client.userId]
      },
    },
  })
  return defineApp({ channels: { 'bank/:id': bank } })
}

test('[G1] [G4] a back that is killed comes back with its channels: same origin and state, greater epoch, no reset', async () => {
  const calls: string[] = []
  await using cluster = await createTestCluster(makeApp(calls))
  const ada = await cluster.connect({ userId: 'ada' })
  const bank = await ada.link('bank/1')
  const resets: unknown[] = []
  const statuses: string[] = []
  bank.onReset((reason) => resets.push(reason))
  bank.onStatus((status) => statuses.push(status))
  const paid: number[] = []
  bank.on('paid', (amount) => paid.push(amount))
  assert.equal(await bank.request('pay', 5), 5)
  assert.equal(await bank.request('pay', 2), 7)
  const { epoch } = bank
  calls.length = 0

  cluster.kill('back-1')
  await cluster.advance(50)
  const pending = bank.request('pay', 10)
  cluster.restart('back-1')
  assert.equal(await pending, 17)
  assert.deepEqual(structuredClone(bank.state), { balance: { ada: 17 }, turns: 0 })
  assert.deepEqual(resets, [])
  assert.deepEqual(statuses, ['stalled', 'live'])
  assert.deepEqual(calls, ['restore'], 'no onLink again, and nobody was dropped')
  assert.deepEqual(paid, [5, 2, 10])
  assert.ok(bank.epoch > epoch)
})

/** A store whose answers the test holds back. */
function heldStore() {
  let held: Promise<void> | undefined
  let release = (): void => {}
  const store = new MemoryStore({ fate: ({ method }) => (method === 'append' ? { after: held } : {}) as StoreFate })
  return {
    store,
    hold: (): void => void (held = new Promise((resolve) => (release = resolve))),
    release: (): void => {
      held = undefined
      release()
    },
  }
}

test('[G4] nothing of a turn is shown or answered to anyone before the store has it', async () => {
  const { store, hold, release } = heldStore()
  await using cluster = await createTestCluster(makeApp(), { store })
  const ada = await cluster.connect({ userId: 'ada' })
  const bob = await cluster.connect({ userId: 'bob' })
  const [hers, his] = [await ada.link('bank/1'), await bob.link('bank/1')]
  await cluster.advance(100)
  hold()
  let answered = false
  const paid: number[] = []
  hers.on('paid', (amount) => paid.push(amount))
  const pending = hers.request('pay', 5).then(() => (answered = true))
  await cluster.advance(1_000)
  assert.deepEqual([answered, hers.acknowledged, paid, his.state.balance['ada']], [false, 0, [], 0])
  const late = await cluster.connect({ userId: 'eve' })
  const lateLink = late.link('bank/1')
  await cluster.advance(1_000)
  release()
  await pending
  await cluster.advance(100)
  assert.deepEqual([answered, hers.acknowledged, paid, his.state.balance['ada']], [true, 1, [5], 5])
  assert.equal((await lateLink).state.balance['ada'], 5)
})

test('[G4] a channel sleeps without links, and is opened by the next one as it was', async () => {
  const calls: string[] = []
  await using cluster = await createTestCluster(makeApp(calls))
  const ada = await cluster.connect({ userId: 'ada' })
  const bank = await ada.link('bank/1')
  await bank.request('pay', 5)
  const { origin } = { origin: bank.epoch }
  await bank.unlink()
  await cluster.advance(61_000)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  assert.equal(cluster.back('back-1').inspect().durability?.channels, 0)
  calls.length = 0
  const again = await ada.link('bank/1')
  assert.equal(again.state.balance['ada'], 5)
  assert.ok(again.epoch > origin)
  assert.deepEqual(calls, ['restore', `link ${ada.clientId}`])
})

test('[G3] [G4] an orderly stop keeps sessions: who returns in time goes on, who does not is dropped and unlinked', async () => {
  const calls: string[] = []
  await using cluster = await createTestCluster(makeApp(calls), { graceMs: 5_000 })
  const ada = await cluster.connect({ userId: 'ada' })
  const bob = await cluster.connect({ userId: 'bob' })
  const bank = await ada.link('bank/1')
  await bob.link('bank/1')
  await bank.request('pay', 5)
  calls.length = 0
  await cluster.stop('back-1')
  cluster.kill('bob')
  await cluster.advance(100)
  cluster.restart('back-1')
  await cluster.advance(4_000)
  assert.equal(bank.status, 'live')
  assert.equal(await bank.request('pay', 5), 10)
  assert.deepEqual(calls, ['restore'])
  await cluster.advance(3_000)
  assert.deepEqual(calls, ['restore', 'drop bob', 'unlink bob expired'])
})

test('[G4] a channel whose sessions do not return is opened all the same after a crash, and ends them', async () => {
  const calls: string[] = []
  await using cluster = await createTestCluster(makeApp(calls), { graceMs: 5_000 })
  const bob = await cluster.connect({ userId: 'bob' })
  await bob.link('bank/1')
  cluster.kill('back-1')
  cluster.kill('bob')
  calls.length = 0
  cluster.restart('back-1')
  await cluster.advance(10_000)
  assert.deepEqual(calls, ['restore', 'drop bob', 'unlink bob expired'])
  await cluster.advance(70_000)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
})
