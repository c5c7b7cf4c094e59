/** What a durable channel sends to other channels happens once, through the deaths of either, and is repeated until it is accepted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { createTestCluster, type TestClusterOptions } from '../../src/testing/index.js'

const account = {
  state: (): { credits: number[] } => ({ credits: [] }),
  messages: { credited: internal(unchecked<number>()) },
  tickMs: 10,
}
const credited = (ctx: { state: { credits: number[] } }, _sender: unknown, amount: number): void => {
  if (amount < 0) throw new Error('no such amount')
  ctx.state.credits.push(amount)
}
const bank = defineChannel({ ...account, durability: 'log' }).implement({ onMessage: { credited } })
const purse = defineChannel(account).implement({ onMessage: { credited } })
const room = defineChannel({
  state: () => ({ sent: 0 }),
  requests: { pay: { input: unchecked<{ to: string; amounts: number[] }>() }, early: { input: unchecked<string>() } },
  durability: 'log',
  tickMs: 10,
}).implement({
  onRequest: {
    pay(ctx, _client, { to, amounts }) {
      for (const amount of amounts) ctx.channel(bank, to).send('credited', amount)
      ctx.state.sent += amounts.length
      return ctx.state.sent
    },
    async early(ctx, _client, to) {
      ctx.channel(bank, to).send('credited', 1)
      return () => 0
    },
  },
})
const app = defineApp({ channels: { 'bank/:id': bank, 'purse/:id': purse, 'room/:id': room } })

/** A room of the first back, and a bank and a purse of the second. */
async function setUp(options: TestClusterOptions = {}) {
  const events: string[] = []
  const cluster = await createTestCluster(app, {
    backs: 2,
    seed: 5,
    graceMs: 5_000,
    log: ({ event, fields }) => void events.push(`${event} ${String(fields['message'])}`),
    ...options,
  })
  const list = staticCluster({ backs: ['back-1', 'back-2'].map((id) => ({ id, address: `memory:${id}` })) })
  const idOf = (kind: string, owner: string): string => {
    for (let i = 0; ; i++) if (list.ownerOf(`${kind}/${i}`) === owner) return `${kind}/${i}`
  }
  const ids = { room: idOf('room', 'back-1'), bank: idOf('bank', 'back-2'), purse: idOf('purse', 'back-2') }
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link(ids.room as `room/${string}`)
  const pay = (to: string, ...amounts: number[]) => link.request('pay', { to, amounts }, { timeoutMs: 60_000 })
  const credits = async (id: string) => {
    const { state } = await ada.link(id as `bank/${string}`)
    return structuredClone(state.credits)
  }
  return { cluster, ada, link, ids, pay, credits, events }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

test('[G3] what a durable channel sends to another one has its effect once and in order, whichever of the two is killed', async () => {
  const { cluster, ids, pay, credits } = await setUp()
  for (const amount of upTo(60)) {
    const paid = pay(ids.bank, amount)
    if (amount % 6 === 1) cluster.kill(amount % 4 === 1 ? 'back-1' : 'back-2')
    await cluster.advance(amount % 11)
    if (amount % 6 === 3) {
      await cluster.advance(amount * 37)
      for (const back of ['back-1', 'back-2']) cluster.restart(back)
    }
    if (amount % 6 > 2) await paid
    else paid.catch(() => undefined)
    if (amount % 12 === 4) cluster.partition(['back-1'], ['back-2'])
    if (amount % 12 === 6) cluster.heal()
  }
  cluster.heal()
  await cluster.advance(120_000)
  assert.deepEqual(await credits(ids.bank), upTo(60))
  await cluster.close()
})

test('[G3] what the receiver has accepted has no second effect where both die before the sender knows', async () => {
  const { cluster, ada, ids, pay, credits } = await setUp()
  const there = await ada.link(ids.bank as `bank/${string}`)
  for (const amount of upTo(4)) {
    await pay(ids.bank, amount)
    while (there.state.credits.length < amount) await cluster.advance(1)
    for (const back of ['back-1', 'back-2']) cluster.kill(back)
    await cluster.advance(20_000)
    for (const back of ['back-1', 'back-2']) cluster.restart(back)
    await cluster.advance(20_000)
    assert.deepEqual(await credits(ids.bank), upTo(amount))
  }
  await cluster.close()
})

test('[G3] what was stored with a turn is sent by the next owner, though nobody links to the channel', async () => {
  const { cluster, ada, link, ids, pay, credits } = await setUp()
  cluster.partition(['back-1'], ['back-2'])
  assert.equal(await pay(ids.bank, 1, 2, 3), 3)
  await link.unlink()
  cluster.kill('back-1')
  await cluster.advance(60_000)
  cluster.heal()
  cluster.restart('back-1')
  await cluster.advance(10_000)
  assert.deepEqual(await credits(ids.bank), [1, 2, 3])
  // Nothing is left of it: the channel sleeps, and is opened by nobody.
  await cluster.advance(120_000)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(60_000)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  assert.equal((await ada.link(ids.room as `room/${string}`)).state.sent, 3)
  await cluster.close()
})

test('[G3] [G5] a channel that cannot be reached for longer than a session lasts gets what was sent all the same, once', async () => {
  const { cluster, ids, pay, credits } = await setUp()
  await pay(ids.bank, 1)
  await cluster.advance(1_000)
  cluster.partition(['back-1'], ['back-2'])
  await pay(ids.bank, 2, 3)
  await cluster.advance(200_000)
  await pay(ids.bank, 4)
  cluster.kill('back-2')
  cluster.restart('back-2')
  cluster.heal()
  await cluster.advance(120_000)
  assert.deepEqual(await credits(ids.bank), upTo(4))
  await cluster.close()
})

test('[G3] what a receiver that lives in memory had not accepted when it died is sent to the next one', async () => {
  const { cluster, ids, pay, credits } = await setUp()
  await pay(ids.purse, 1)
  await cluster.advance(1_000)
  cluster.partition(['back-1'], ['back-2'])
  await pay(ids.purse, 2, 3)
  cluster.kill('back-2')
  await cluster.advance(1_000)
  cluster.heal()
  cluster.restart('back-2')
  await cluster.advance(60_000)
  assert.deepEqual(await credits(ids.purse), [2, 3])
  await cluster.close()
})

test('[G3] [G6] more than the inbox of the receiver takes comes in order and once', async () => {
  const { cluster, ids, pay, credits } = await setUp({ backLimits: { inboxEntriesMax: 2 } })
  await pay(ids.bank, ...upTo(50))
  await pay(ids.bank, 51)
  await cluster.advance(600_000)
  assert.deepEqual(await credits(ids.bank), upTo(51))
  await cluster.close()
})

test('[G5] what the receiver refuses is logged and not sent again, and what follows arrives', async () => {
  const { cluster, ids, pay, credits, events } = await setUp()
  await pay(ids.bank, 1, -1, 2)
  await pay('nobody', 9)
  await cluster.advance(60_000)
  assert.deepEqual(await credits(ids.bank), [1, 2])
  assert.deepEqual(
    events.filter((event) => event.startsWith('channel.send')),
    ['channel.send-failed credited', 'channel.send-failed credited'],
  )
  await cluster.close()
})

test('[G6] a full outbox refuses the call that sends one more', async () => {
  const { cluster, link, ids, pay } = await setUp({ backLimits: { peerMessagesQueuedMax: 3 } })
  cluster.partition(['back-1'], ['back-2'])
  assert.equal(await pay(ids.bank, 1, 2, 3), 3)
  await assert.rejects(pay(ids.bank, 4), { code: 'overflow' })
  assert.equal(link.state.sent, 3)
  await cluster.close()
})

test('[G3] an asynchronous handler sends in its turn, and not before: it may be started again', async () => {
  const { cluster, link, ids, credits } = await setUp()
  await assert.rejects(link.request('early', ids.bank), { code: 'handler-failed' })
  assert.deepEqual(await credits(ids.bank), [])
  await cluster.close()
})
