/** What the application's own database sends to channels, on a simulated clock, network and engine. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, internal, unchecked } from '../../src/channel/schema.js'
import type { StandardSchema } from '../../src/channel/standard-schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import type { TestCluster } from '../../src/testing/test-cluster.js'
import type { TestClusterOptions } from '../../src/testing/test-cluster-settings.js'
import { cleanUp } from '../support/clean-up.js'

/** Numbers only. */
const amount = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] },
  },
} as unknown as StandardSchema<number, number>

const senders: unknown[] = []
const keys: string[] = []

const account = (durability: 'log' | 'snapshot' | 'none') =>
  defineChannel({
    state: () => ({ got: [] as unknown[] }),
    messages: {
      credited: internal(amount),
      told: broadcastable(unchecked<unknown>()),
      slow: internal(unchecked<number>()),
      plain: unchecked<number>(),
    },
    durability,
    snapshotMs: 2_000,
    tickMs: 20,
  }).implement({
    onMessage: {
      credited(ctx, sender, value) {
        senders.push(sender)
        if (value === 13) throw new Error('thirteen is too many')
        ctx.state.got.push(value)
      },
      told: (ctx, _sender, value) => void ctx.state.got.push(value === undefined ? 'nothing' : value),
      async slow(ctx, _sender, value) {
        keys.push(ctx.idempotencyKey)
        await new Promise<void>((resolve) => void later.push(resolve))
        return () => void ctx.state.got.push(value)
      },
      plain() {},
    },
  })

let later: (() => void)[] = []
const app = defineApp({
  channels: { 'account/:id': account('log'), 'diary/:id': account('snapshot'), 'room/:id': account('none') },
})

async function living(t: TestContext, options: TestClusterOptions = {}): Promise<TestCluster<typeof app>> {
  const cluster = await createTestCluster(app, { backs: 3, fronts: 1, cluster: 'dynamic', ...options })
  cleanUp(t, () => cluster.close())
  senders.length = keys.length = 0
  later = []
  return cluster
}

async function gotBy(
  cluster: TestCluster<typeof app>,
  id: `account/${string}` | `diary/${string}`,
): Promise<readonly unknown[]> {
  const connection = await cluster.connect({ userId: 'ada' })
  const link = await connection.link(id)
  const got = structuredClone(link.state.got)
  await link.unlink()
  await connection.close()
  return got
}

function backOf(cluster: TestCluster<typeof app>, id: string): string {
  const found = cluster
    .front('front-1')
    .openChannels()
    .filter((open) => open.id === id)
  assert.equal(found.length, 1, `${id} is open at ${found.length} backs`)
  return found[0]?.back ?? ''
}

test('[G3] what the database sends reaches channels that nobody has open, in order, and its sender is the database', async (t) => {
  const cluster = await living(t)
  for (let i = 0; i < 200; i++) cluster.living.send(`account/${i % 3}`, 'credited', 1_000 + i)
  await cluster.advance(3_000)
  for (const rest of [0, 1, 2]) {
    const wanted = Array.from({ length: 200 }, (_, i) => 1_000 + i).filter((_, i) => i % 3 === rest)
    assert.deepEqual(await gotBy(cluster, `account/${rest}`), wanted)
  }
  assert.deepEqual(senders[0], { kind: 'database' })
  assert.deepEqual(cluster.living.rejected(), [])
})

test('[G3] to a channel that is open a message comes within a moment, and its clients see it', async (t) => {
  const cluster = await living(t)
  const connection = await cluster.connect({ userId: 'ada' })
  const link = await connection.link('account/1')
  cluster.living.send('account/1', 'credited', 5)
  await cluster.advance(150)
  assert.deepEqual(structuredClone(link.state.got), [5])
})

test('[G3] a message without a payload, and any JSON, is what a handler gets', async (t) => {
  const cluster = await living(t)
  const values = [null, true, 'text', -0.5, [1, [2]], { a: { b: [] } }, '']
  cluster.living.send('account/1', 'told')
  for (const value of values) cluster.living.send('account/1', 'told', value)
  await cluster.advance(3_000)
  assert.deepEqual(await gotBy(cluster, 'account/1'), ['nothing', ...values])
})

for (const kind of ['account', 'diary'] as const) {
  test(`[G3] through deaths, moves and drains of owners each message has its effect once, in order (${kind})`, async (t) => {
    const cluster = await living(t)
    let sent = 0
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 25; i++) cluster.living.send(`${kind}/1`, 'credited', 1_000 + sent++)
      await cluster.advance(round % 3 === 0 ? 37 : 640)
      const open = cluster
        .front('front-1')
        .openChannels()
        .find(({ id }) => id === `${kind}/1`)
      if (open === undefined) continue
      const { back } = open
      if (round % 4 === 3) await cluster.living.move(`${kind}/1`, back === 'back-1' ? 'back-2' : 'back-1')
      else {
        cluster.kill(back)
        await cluster.advance(2_000)
        cluster.restart(back)
      }
    }
    await cluster.advance(20_000)
    assert.deepEqual(
      await gotBy(cluster, `${kind}/1`),
      Array.from({ length: sent }, (_, i) => 1_000 + i),
    )
    assert.deepEqual(cluster.living.rejected(), [])
  })
}

test('[G5] what is refused is kept with its reason, and holds nothing up', async (t) => {
  const cluster = await living(t)
  cluster.living.send('account/1', 'credited', 'much')
  cluster.living.send('account/1', 'credited', 13)
  cluster.living.send('account/1', 'credid', 1)
  cluster.living.send('account/1', 'plain', 1)
  cluster.living.send('acount/1', 'credited', 1)
  cluster.living.send('account/1', 'credited', 2)
  await cluster.advance(6_000)
  assert.deepEqual(await gotBy(cluster, 'account/1'), [2])
  const rejected = cluster.living
    .rejected()
    .map(({ channel, message, payload, reason }) => [channel, message, payload, reason])
  assert.deepEqual(
    rejected.map((each) => each.slice(0, 3)),
    [
      ['account/1', 'credited', 'much'],
      ['account/1', 'credited', 13],
      ['account/1', 'credid', 1],
      ['account/1', 'plain', 1],
      ['acount/1', 'credited', 1],
    ],
  )
  const reasons = [
    /^invalid: .*expected a number/,
    /^handler-failed: thirteen is too many$/,
    /^not-declared: .*Did you mean/,
    /^not-permitted: /,
    /^unknown-channel: /,
  ]
  for (const [i, reason] of reasons.entries()) assert.match(String(rejected[i]?.[3]), reason)
})

test('[G5] a channel that lives in memory is refused at the call', async (t) => {
  const cluster = await living(t)
  assert.throws(() => cluster.living.send('room/1', 'credited', 5), /'room\/1' exists only in memory/)
  await assert.doesNotReject(cluster.advance(2_000))
  assert.deepEqual(cluster.living.rejected(), [])
})

test('[G3] an asynchronous handler whose owner dies, or whose channel moves, is started again, with the same key', async (t) => {
  const cluster = await living(t)
  cluster.living.send('account/1', 'slow', 1)
  cluster.living.send('account/1', 'credited', 2)
  await cluster.advance(4_000)
  assert.equal(keys.length, 1)
  const owner = backOf(cluster, 'account/1')
  cluster.kill(owner)
  await cluster.advance(4_000)
  const next = backOf(cluster, 'account/1')
  assert.deepEqual([keys.length, new Set(keys).size, next === owner], [2, 1, false])
  await cluster.living.move('account/1', ['back-1', 'back-2', 'back-3'].find((id) => id !== owner && id !== next) ?? '')
  await cluster.advance(4_000)
  assert.deepEqual([keys.length, new Set(keys).size], [3, 1])
  for (const finish of later) finish()
  await cluster.advance(1_000)
  assert.deepEqual(await gotBy(cluster, 'account/1'), [1, 2])
  assert.deepEqual(cluster.living.rejected(), [])
})

test('[G3] a cordoned back is left alone, and what comes while the engine is out of reach comes later', async (t) => {
  const cluster = await living(t)
  await cluster.living.cordon('back-1')
  await cluster.living.cordon('back-2')
  await cluster.advance(1_500)
  cluster.partition(['back-3'], ['engine'])
  for (let i = 0; i < 30; i++) cluster.living.send(`account/${i}`, 'credited', i)
  await cluster.advance(1_500)
  cluster.heal()
  await cluster.advance(8_000)
  for (let i = 0; i < 30; i++) assert.equal(backOf(cluster, `account/${i}`), 'back-3')
  assert.deepEqual(await gotBy(cluster, 'account/7'), [7])
})

test('[G6] of many messages at once a back takes up no more than its limits say, and all come', async (t) => {
  const cluster = await living(t, { backLimits: { sentMessagesMax: 10, sentBytesMax: 65_536 } })
  const long = 'x'.repeat(50_000)
  for (let i = 0; i < 40; i++) cluster.living.send(`account/${i % 4}`, 'told', i % 8 < 4 ? i : long)
  await cluster.advance(5_000)
  for (let rest = 0; rest < 4; rest++) {
    const wanted = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? rest + 4 * i : long))
    assert.deepEqual(await gotBy(cluster, `account/${rest}`), wanted)
  }
})
