/** Channels that speak to channels of other backs: sessions like any other, through kills, partitions and closings. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { createTestCluster } from '../../src/testing/index.js'

const bank = defineChannel({
  state: (): { credits: number[]; from: string[] } => ({ credits: [], from: [] }),
  messages: { credited: internal(unchecked<number>()), poke: unchecked<number>() },
  requests: { total: internal({ input: unchecked<undefined>() }), fail: internal({ input: unchecked<undefined>() }) },
  tickMs: 20,
}).implement({
  onMessage: {
    credited(ctx, sender, amount) {
      ctx.state.credits.push(amount)
      ctx.state.from.push(`${sender.kind} ${sender.id}`)
    },
    poke() {},
  },
  onRequest: {
    total: (ctx) => ctx.state.credits.reduce((sum, amount) => sum + amount, 0),
    fail() {
      throw new CentrumError('invalid', 'no such total')
    },
  },
})
const room = defineChannel({
  state: () => ({}),
  messages: { pay: unchecked<{ to: string; amount: number }>(), leave: unchecked<string>() },
  requests: { ask: { input: unchecked<{ of: string; what: 'total' | 'fail' }>() } },
  tickMs: 20,
}).implement({
  onMessage: {
    pay: (ctx, _client, { to, amount }) => ctx.channel(bank, to).send('credited', amount),
    leave(ctx, _client, to) {
      ctx.channel(bank, to).send('credited', 99)
      ctx.close()
    },
  },
  onRequest: { ask: (ctx, _client, { of, what }) => ctx.channel(bank, of).request(what, undefined) },
})
const app = defineApp({ channels: { 'bank/:id': bank, 'room/:id': room } })

/** A room of the first back and banks of either, by what the list of backs says of them. */
async function setUp() {
  const cluster = await createTestCluster(app, { backs: 2, fronts: 1, seed: 3 })
  const list = staticCluster({
    backs: ['back-1', 'back-2'].map((id) => ({ id, address: `memory:${id}`, channels: ['bank/*', 'room/*'] })),
  })
  const idOf = (kind: string, owner: string): string => {
    for (let i = 0; ; i++) if (list.ownerOf(`${kind}/${i}`) === owner) return `${kind}/${i}`
  }
  const ids = { room: idOf('room', 'back-1'), near: idOf('bank', 'back-1'), far: idOf('bank', 'back-2') }
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link(ids.room as `room/${string}`)
  return { cluster, ada, link, ids }
}

test('S12 a channel speaks to channels of its own back and of others, and is answered', async () => {
  const { cluster, ada, link, ids } = await setUp()
  try {
    for (const to of [ids.near, ids.far]) {
      for (const amount of [1, 2, 3]) link.send('pay', { to, amount })
      assert.equal(await link.request('ask', { of: to, what: 'total' }), 6)
      const there = await ada.link(to as `bank/${string}`)
      assert.deepEqual(there.state, {
        credits: [1, 2, 3],
        from: [`channel ${ids.room}`, `channel ${ids.room}`, `channel ${ids.room}`],
      })
      await assert.rejects(link.request('ask', { of: to, what: 'fail' }), { code: 'invalid' })
    }
    await assert.rejects(link.request('ask', { of: 'nobody', what: 'total' }), { code: 'unknown-channel' })
  } finally {
    await cluster.close()
  }
})

test('G3 what a channel sends to one of another back takes effect once, while both live and their link breaks', async () => {
  const { cluster, ada, link, ids } = await setUp()
  try {
    link.send('pay', { to: ids.far, amount: 0 })
    await cluster.advance(500)
    for (let amount = 1; amount <= 40; amount++) {
      link.send('pay', { to: ids.far, amount })
      await cluster.advance(50)
      if (amount % 10 === 5) cluster.partition(['back-1'], ['back-2'])
      if (amount % 10 === 9) cluster.heal()
    }
    cluster.heal()
    await cluster.advance(20_000)
    const there = await ada.link(ids.far as `bank/${string}`)
    assert.deepEqual(
      there.state.credits,
      Array.from({ length: 41 }, (_, i) => i),
    )
  } finally {
    await cluster.close()
  }
})

test('S4 the link of a channel to another ends when it is not used, and what a channel says before it closes arrives', async () => {
  const { cluster, ada, link, ids } = await setUp()
  try {
    link.send('pay', { to: ids.far, amount: 1 })
    await cluster.advance(1_000)
    const sessions = (): number => cluster.back('back-2').inspect().sessions
    assert.equal(sessions(), 1)
    await cluster.advance(30_000)
    assert.equal(sessions(), 0)
    link.send('leave', ids.far)
    await cluster.advance(2_000)
    const there = await ada.link(ids.far as `bank/${string}`)
    assert.deepEqual(there.state.credits, [1, 99])
  } finally {
    await cluster.close()
  }
})

test('G5 a request to a channel whose back died is told as unknown, and a later one reaches the new owner', async () => {
  const { cluster, link, ids } = await setUp()
  try {
    assert.equal(await link.request('ask', { of: ids.far, what: 'total' }), 0)
    cluster.kill('back-2')
    const asked = link.request('ask', { of: ids.far, what: 'total' }, { timeoutMs: 60_000 })
    const outcome = asked.then(
      () => 'answered',
      (error: CentrumError) => error.code,
    )
    await cluster.advance(100)
    cluster.restart('back-2')
    await cluster.advance(30_000)
    // The handler that asked was thrown `unknown`, and did not catch it.
    assert.equal(await outcome, 'handler-failed')
    assert.equal(await link.request('ask', { of: ids.far, what: 'total' }), 0)
  } finally {
    await cluster.close()
  }
})
