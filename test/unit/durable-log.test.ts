/** Durable channels in a cluster: what was answered and shown outlives the death of the owner, and nobody notices but by a short stall. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
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
