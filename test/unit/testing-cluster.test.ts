import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import { broadcastable, defineApp, defineChannel, internal, LinkRefused, unchecked } from '../../src/index.js'
import { createTestCluster, type LogSink, type TestClusterOptions } from '../../src/testing/index.js'

interface ArenaState {
  players: { [id: string]: { x: number; y: number } }
}

const arena = defineChannel({
  state: (): ArenaState => ({ players: {} }),
  params: z.object({ id: z.string() }),
  data: unchecked<{ name: string }>(),
  options: z.object({ team: z.string() }),
  messages: {
    move: z.object({ dx: z.number(), dy: z.number() }),
    shout: broadcastable(z.string()),
    credited: internal(z.number()),
  },
  requests: { buy: { input: z.object({ item: z.string() }) } },
  events: { boom: unchecked<{ x: number; y: number }>() },
  tickMs: 50,
}).implement({
  onLink(ctx, client, { team }) {
    if (team === 'none') throw new LinkRefused('choose a team')
    ctx.state.players[client.id] = { x: 0, y: 0 }
    return { welcome: client.data.name }
  },
  onUnlink(ctx, client) {
    delete ctx.state.players[client.id]
  },
  onMessage: {
    move(ctx, client, { dx, dy }) {
      const player = ctx.state.players[client.id]
      if (player === undefined) return
      player.x += dx
      player.y += dy
      if (player.x > 9) ctx.broadcast('boom', { ...player })
    },
    shout() {},
    credited() {},
  },
  onRequest: { buy: (_ctx, _client, { item }) => ({ gold: item.length }) },
})

const app = defineApp({
  channels: { 'arena/:id': arena },
  authenticate: ({ token }) => ({ userId: token ?? 'nobody', data: { name: `with ${String(token)}` } }),
})

async function start(t: TestContext, options: TestClusterOptions = {}) {
  const cluster = await createTestCluster(app, options)
  t.after(() => cluster.close())
  const connect = (userId: string) => cluster.connect({ userId, data: { name: userId } })
  return { cluster, connect }
}

const red = { options: { team: 'red' } }

test('the example of the public face runs as it stands', async () => {
  const cluster = await createTestCluster(app, { backs: 2, fronts: 2, seed: 42 })
  const ada = await cluster.connect({ userId: 'ada', data: { name: 'Ada' } })
  const arena = await ada.link('arena/1', { options: { team: 'red' } })
  arena.send('move', { dx: 1, dy: 0 })
  await cluster.advance(100)
  assert.equal(arena.acknowledged, 1)
  assert.deepEqual(arena.state.players[ada.clientId], { x: 1, y: 0 })
  assert.deepEqual(arena.reply, { welcome: 'Ada' })
  cluster.kill('front-1')
  cluster.restart('front-1')
  cluster.partition(['front-1'], ['back-2'])
  cluster.stall('back-2', 5_000)
  cluster.heal()
  assert.deepEqual(await arena.request('buy', { item: 'sword' }), { gold: 5 })
  await cluster.close()
  assert.equal(ada.status, 'closed')
})

test('time moves in advance() and while a promise that was given out is pending, and stands still otherwise', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const before = cluster.now
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(cluster.now, before)
  await cluster.advance(1_000)
  assert.equal(cluster.now, before + 1_000)
  const link = await ada.link('arena/1', red)
  assert.ok(cluster.now > before + 1_000)
  const asked = cluster.now
  await link.request('buy', { item: 'x' })
  assert.ok(cluster.now > asked && cluster.now < asked + 500)
})

test('an hour in which little happens takes no time', async (t) => {
  const { cluster, connect } = await start(t)
  const link = await (await connect('ada')).link('arena/1', red)
  await cluster.advance(60 * 60_000)
  assert.equal(link.status, 'live')
})

test('G5 a client whose front dies goes on by another, and nothing it said is lost', async (t) => {
  const { cluster, connect } = await start(t, { fronts: 2 })
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  const statuses: string[] = []
  ada.onStatus((status) => statuses.push(status))
  const on = cluster.front('front-1').inspect().sessions > 0 ? 'front-1' : 'front-2'
  cluster.kill(on)
  for (let i = 0; i < 5; i++) link.send('move', { dx: 1, dy: 0 })
  await cluster.advance(10_000)
  assert.deepEqual(statuses, ['reconnecting', 'connected'])
  assert.deepEqual(link.state.players[ada.clientId], { x: 5, y: 0 })
  assert.throws(() => cluster.front(on), { code: 'stopped' })
  cluster.restart(on)
  await cluster.advance(1_000)
  assert.equal(cluster.front(on).inspect().state, 'running')
})

test('G5 a back that dies takes its memory along: its clients are reset once it is back', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  link.send('move', { dx: 3, dy: 0 })
  await cluster.advance(200)
  const resets: string[] = []
  link.onReset((reason) => resets.push(reason))
  cluster.kill('back-1')
  await cluster.advance(5_000)
  assert.equal(link.status, 'stalled')
  cluster.restart('back-1')
  await cluster.advance(5_000)
  assert.equal(link.status, 'live')
  assert.deepEqual(resets, ['reset'])
  assert.deepEqual(link.state.players[ada.clientId], { x: 0, y: 0 })
})

test('a killed machine answers nothing, not even that nobody listens', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  cluster.kill('front-1', { dark: true })
  await cluster.advance(1_000)
  assert.equal(ada.status, 'connected')
  await cluster.advance(120_000)
  assert.equal(ada.status, 'reconnecting')
  cluster.restart('front-1')
  await cluster.advance(60_000)
  assert.equal(ada.status, 'connected')
})

test('a partition holds what is sent until it is healed; one way is one way', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  cluster.partition(['back-1'], ['front-1'], { oneWay: true })
  link.send('move', { dx: 1, dy: 0 })
  await cluster.advance(500)
  assert.deepEqual(cluster.back('back-1').channel('arena/1').state.players[ada.clientId], { x: 1, y: 0 })
  assert.equal(link.acknowledged, 0)
  cluster.heal()
  await cluster.advance(100)
  assert.equal(link.acknowledged, 1)
  assert.deepEqual(cluster.faultCounts.oneWayPartitions, 1)
})

test('what a partition gives back ends it, and no other', async (t) => {
  const { cluster, connect } = await start(t)
  const link = await (await connect('ada')).link('arena/1', red)
  const ends = [cluster.partition(['front-1'], ['back-1']), cluster.partition(['front-1'], ['back-1'])]
  link.send('move', { dx: 1, dy: 0 })
  await cluster.advance(200)
  ends[0]?.()
  ends[0]?.()
  await cluster.advance(200)
  assert.equal(link.acknowledged, 0)
  ends[1]?.()
  await cluster.advance(200)
  assert.equal(link.acknowledged, 1)
})

test('a process that stands still does everything late, and loses nothing', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  cluster.stall('back-1', 2_000)
  link.send('move', { dx: 1, dy: 0 })
  await cluster.advance(1_900)
  assert.equal(link.acknowledged, 0)
  await cluster.advance(300)
  assert.equal(link.acknowledged, 1)
})

test('a connection breaks where the test says so, and is made again', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const reasons: unknown[] = []
  ada.onStatus((status, reason) => reasons.push(status, reason))
  cluster.disconnect('ada', 'front-1')
  await cluster.advance(10_000)
  assert.deepEqual(reasons.slice(0, 2), ['reconnecting', 'connection-lost'])
  assert.equal(ada.status, 'connected')
})

test('G8 a front is drained, and its clients are on another before their sockets close', async (t) => {
  const { cluster, connect } = await start(t, { fronts: 2 })
  const [ada, bob] = [await connect('ada'), await connect('bob')]
  await ada.link('arena/1', red)
  await bob.link('arena/1', red)
  const statuses: string[] = []
  for (const client of [ada, bob]) client.onStatus((status) => statuses.push(status))
  await cluster.drain('front-1')
  assert.deepEqual(
    statuses.filter((status) => status !== 'connected'),
    [],
  )
  assert.equal(cluster.sockets('front-2').sockets.total, 2)
  await cluster.stop('front-1')
  assert.deepEqual(cluster.runningIds, ['back-1', 'front-2', 'ada', 'bob'])
})

test('the same seed gives the same run, another one another', async () => {
  const faults = {
    delayMsMax: 50,
    breakEveryMs: 500,
    stallEveryMs: 1_000,
    crashEveryMs: 3_000,
    spikeChance: 0.1,
    spikeMsMax: 500,
  }
  const run = async (seed: number): Promise<string> => {
    const lines: string[] = []
    const log: LogSink = (line) => void lines.push(JSON.stringify(line))
    const cluster = await createTestCluster(app, { backs: 2, fronts: 2, seed, faults, log })
    const clients = await Promise.all(
      ['ada', 'bob', 'eve'].map((userId) => cluster.connect({ userId, data: { name: userId } })),
    )
    for (const client of clients) client.link('arena/1', red).catch(() => {})
    await cluster.advance(20_000)
    await cluster.close()
    return lines.join('\n')
  }
  const first = await run(7)
  assert.ok(first.length > 1_000)
  assert.equal(await run(7), first)
  assert.notEqual(await run(8), first)
})

test('all faults at once, then none: everything comes right', async (t) => {
  const { cluster, connect } = await start(t, { backs: 2, fronts: 2, seed: 5 })
  const clients = await Promise.all(['ada', 'bob', 'eve'].map((userId) => connect(userId)))
  const links = await Promise.all(clients.map((client) => client.link('arena/1', red)))
  cluster.setFaults({
    delayMsMax: 30,
    breakEveryMs: 1_000,
    halfOpenChance: 0.3,
    partitionEveryMs: 5_000,
    stallEveryMs: 3_000,
  })
  for (let i = 0; i < 100; i++) {
    for (const link of links) link.send('move', { dx: 1, dy: 0 })
    await cluster.advance(100)
  }
  assert.ok(cluster.faultCounts.breaks > 0)
  cluster.setFaults({})
  cluster.heal()
  await cluster.advance(60_000)
  const { players } = cluster
    .back(cluster.back('back-1').inspect().channels > 0 ? 'back-1' : 'back-2')
    .channel('arena/1').state
  assert.deepEqual(
    Object.values(players).map(({ x }) => x),
    [100, 100, 100],
  )
  for (const link of links) assert.deepEqual(link.state.players, players)
})

test('a client is who the test says, or who `authenticate` says for a token', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  const bob = await cluster.connect({ token: 'bob' }, { id: 'the one with a token' })
  const other = await bob.link('arena/1', red)
  assert.deepEqual([link.reply, other.reply], [{ welcome: 'ada' }, { welcome: 'with bob' }])
  assert.deepEqual(cluster.ids, ['back-1', 'front-1', 'ada', 'the one with a token'])
  assert.equal((await connect('ada')).status, 'connected')
  assert.equal(cluster.ids.at(-1), 'ada-2')
})

test('G5 what a killed client had asked for rejects', async (t) => {
  const { cluster, connect } = await start(t)
  const ada = await connect('ada')
  const link = await ada.link('arena/1', red)
  const asked = link.request('buy', { item: 'x' })
  cluster.kill('ada')
  await assert.rejects(asked, { code: 'stopped' })
  assert.deepEqual(cluster.ids, ['back-1', 'front-1'])
})

test('a wrong option, fault or id is refused by its name', async (t) => {
  const refused = (options: object, words: RegExp): Promise<void> =>
    assert.rejects(createTestCluster(app, options), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'invalid-option')
      assert.match(error.message, words)
      return true
    })
  await refused({ back: 1 }, /no option 'back'/)
  await refused({ backs: 0 }, /backs is 0/)
  await refused({ faults: { breaks: 1 } }, /no option 'faults.breaks'. There are: delayMsMin/)
  await refused({ faults: { halfOpenChance: 2 } }, /halfOpenChance is 2/)
  await refused({ faults: { delayMsMin: 5 } }, /delayMsMin is 5/)
  const { cluster } = await start(t)
  assert.throws(() => cluster.kill('front-7'), { code: 'invalid-option', message: /front-7.*front-1/ })
  assert.throws(() => cluster.restart('ada'), { code: 'invalid-option' })
  assert.throws(() => cluster.advance(-1), { code: 'invalid-option' })
})

test('G5 in tests and development a misspelled event is reported with the names that there are', async (t) => {
  const warned: unknown[] = []
  const { connect } = await start(t, {
    log: ({ process, event, fields }) => event === 'event.unknown' && warned.push([process, fields]),
  })
  const link = await (await connect('ada')).link('arena/1', red)
  const listen = link.on.bind(link) as (name: string, listener: () => void) => () => void
  listen('boom', () => {})
  assert.deepEqual(warned, [])
  for (const name of ['bom', 'welcome']) listen(name, () => {})
  const channel = 'arena/1'
  assert.deepEqual(warned, [
    ['ada', { channel, name: 'bom', closest: 'boom', declared: ['boom'] }],
    ['ada', { channel, name: 'welcome', closest: null, declared: ['boom'] }],
  ])
})
