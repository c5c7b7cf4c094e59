/** A front that is cut off from one back sends clients that wait for it to fronts that may reach it, and nobody to and fro. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

const room = defineChannel({
  state: () => ({ count: 0 }),
  messages: { add: unchecked<number>() },
  tickMs: 50,
}).implement({ onMessage: { add: (ctx, _client, by) => void (ctx.state.count += by) } })
const app = defineApp({ channels: { 'room/:id': room } })

/** A cluster, the ids of a channel of each back, and clients that are at front-1 and know the others. */
async function setUp(t: TestContext, fronts: number, cutOffMs = 3_000) {
  const logged: string[] = []
  const cluster = await createTestCluster(app, {
    backs: 2,
    fronts,
    frontLimits: { cutOffMs },
    log: ({ event }) => void logged.push(event),
  })
  t.after(() => cluster.close())
  const scout = await cluster.connect({ userId: 'scout' }, { fronts: ['front-1'] })
  const ids = Array.from({ length: 8 }, (_, i) => `room/${i}` as const)
  for (const id of ids) await scout.link(id)
  const open = cluster.front('front-1').openChannels()
  const ofBack = (back: string): `room/${string}` =>
    ids.find((id) => open.some((channel) => channel.id === id && channel.back === back)) ?? assert.fail(back)
  await scout.close()
  const sockets = (front: string): number => cluster.sockets(front).sockets.open
  const sentAway = (front: string): number => cluster.front(front).inspect().done.sentAway
  /** Clients draw among their fronts: one that has come to front-1. */
  const atFirst = async (userId: string) => {
    for (let i = 0; ; i++) {
      const before = sockets('front-1')
      const connection = await cluster.connect({ userId: `${userId}-${i}` })
      if (sockets('front-1') > before) return connection
      await connection.close()
    }
  }
  return { cluster, logged, ofBack, sockets, sentAway, atFirst }
}

test('G5 clients that wait for a back which another front reaches are sent there, and notice no more than a stall', async (t) => {
  const { cluster, logged, ofBack, sockets, sentAway, atFirst } = await setUp(t, 2)
  const ada = await atFirst('ada')
  const bob = await atFirst('bob')
  const only = await cluster.connect({ userId: 'only' }, { fronts: ['front-1'] })
  const told: string[] = []
  const lone = await only.link(ofBack('back-1'))
  const far = await ada.link(ofBack('back-1'))
  const near = await bob.link(ofBack('back-2'))
  for (const connection of [ada, bob, only]) connection.onStatus((status) => void told.push(status))
  cluster.partition(['front-1'], ['back-1'])
  await cluster.advance(30_000)
  assert.equal(far.status, 'live')
  far.send('add', 1)
  await cluster.advance(500)
  assert.equal(far.state.count, 1)
  assert.equal(near.status, 'live')
  assert.equal(lone.status, 'stalled', 'a client that knows no other front stays, and waits')
  assert.deepEqual(
    told.filter((status) => status !== 'connected'),
    [],
    'no connection was seen to be lost',
  )
  assert.deepEqual([sockets('front-1'), sockets('front-2'), sentAway('front-1')], [2, 1, 2])
  assert.equal(logged.filter((event) => event === 'back.cut-off').length, 1)

  cluster.heal()
  await cluster.advance(10_000)
  assert.equal(lone.status, 'live')
})

test('G5 two fronts that are both cut off hand nobody to and fro', async (t) => {
  const { cluster, ofBack, atFirst } = await setUp(t, 2)
  const ada = await atFirst('ada')
  const link = await ada.link(ofBack('back-1'))
  const before = ada.inspect().connects
  cluster.partition(['front-1', 'front-2'], ['back-1'])
  await cluster.advance(600_000)
  assert.equal(link.status, 'stalled')
  assert.ok(ada.inspect().connects - before <= 2, `it moved ${ada.inspect().connects - before} times in ten minutes`)
  cluster.heal()
  await cluster.advance(10_000)
  assert.equal(link.status, 'live')
})

test('G5 where two of three fronts are cut off, their clients find the third', async (t) => {
  const { cluster, ofBack, atFirst } = await setUp(t, 3)
  const links = []
  for (let i = 0; i < 6; i++) links.push(await (await atFirst(`ada${i}`)).link(ofBack('back-1')))
  cluster.partition(['front-1', 'front-2'], ['back-1'])
  await cluster.advance(60_000)
  assert.deepEqual(
    links.map(({ status }) => status),
    links.map(() => 'live'),
  )
})

test('G5 an outage that follows soon after another waits longer before anyone is sent away', async (t) => {
  const { cluster, ofBack, sentAway } = await setUp(t, 2, 10_000)
  const only = await cluster.connect({ userId: 'only' }, { fronts: ['front-1'] })
  await only.link(ofBack('back-1'))
  const outage = async (ms: number): Promise<number> => {
    const before = sentAway('front-1')
    cluster.partition(['front-1'], ['back-1'])
    await cluster.advance(ms)
    cluster.heal()
    await cluster.advance(8_000)
    return sentAway('front-1') - before
  }
  assert.deepEqual([await outage(20_000), await outage(20_000), await outage(35_000)], [1, 0, 1])
})

test('G5 nobody is sent away from a front that reaches no back, or for a back at whose address nothing listens', async (t) => {
  const { cluster, ofBack, sentAway, atFirst } = await setUp(t, 2)
  const ada = await atFirst('ada')
  await ada.link(ofBack('back-1'))
  cluster.kill('back-1')
  await cluster.advance(60_000)
  assert.equal(sentAway('front-1'), 0)
  cluster.restart('back-1')
  await cluster.advance(10_000)
  cluster.partition(['front-1'], ['back-1', 'back-2'])
  await cluster.advance(60_000)
  assert.equal(sentAway('front-1'), 0)
})
