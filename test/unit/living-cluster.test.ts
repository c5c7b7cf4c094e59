/** Clusters whose backs come and go, on a simulated clock, network and engine: channels find owners, and other owners when theirs is gone. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import type { TestCluster } from '../../src/testing/test-cluster.js'
import type { TestClusterOptions } from '../../src/testing/test-cluster-settings.js'
import { cleanUp } from '../support/clean-up.js'

const of = (durability: 'log' | 'none') =>
  defineChannel({
    state: () => ({ sum: 0, opened: 0, restored: 0 }),
    memory: () => ({ count: 0 }),
    requests: { add: { input: unchecked<number>() } },
    timers: { later: unchecked<number>() },
    messages: { arm: unchecked<number>() },
    durability,
    tickMs: 50,
  }).implement({
    onOpen(ctx) {
      ctx.state.opened++
    },
    onRestore(ctx) {
      ctx.state.restored++
    },
    onMessage: {
      arm(ctx, _client, ms) {
        ctx.after(ms, 'later', 100)
      },
    },
    onTimer: {
      later(ctx, amount) {
        ctx.state.sum += amount
      },
    },
    onRequest: {
      add(ctx, _client, amount) {
        ctx.state.sum += amount
        ctx.memory.count++
        return ctx.memory.count
      },
    },
  })

const app = defineApp({ channels: { 'kept/:id': of('log'), 'room/:id': of('none') } })

async function living(t: TestContext, options: TestClusterOptions = {}): Promise<TestCluster<typeof app>> {
  const cluster = await createTestCluster(app, { backs: 3, fronts: 2, cluster: 'dynamic', ...options })
  cleanUp(t, () => cluster.close())
  return cluster
}

/** The back that has a channel open. */
function ownerOf(cluster: TestCluster<typeof app>, id: string): string {
  const owners = ['back-1', 'back-2', 'back-3'].filter(
    (back) =>
      cluster.runningIds.includes(back) &&
      cluster
        .front('front-1')
        .openChannels()
        .some((open) => open.id === id && open.back === back),
  )
  assert.equal(owners.length, 1, `${id} is open at ${owners.join(', ') || 'no back'}`)
  return owners[0] as string
}

async function linked(
  cluster: TestCluster<typeof app>,
  userId: string,
  id: `kept/${string}` | `room/${string}`,
  front = 'front-1',
) {
  const connection = await cluster.connect({ userId }, { fronts: [front] })
  const link = await connection.link(id)
  const seen: string[] = []
  link.onStatus((status, reason) => seen.push(`${status}${reason === null ? '' : `:${reason}`}`))
  link.onReset((reason) => seen.push(`reset:${reason}`))
  return { connection, link, seen }
}

test('[G8] backs without a list share channels among them, and clients of all fronts find each', async (t) => {
  const cluster = await living(t)
  for (let i = 0; i < 12; i++) {
    const [one, two] = [
      await linked(cluster, `ada-${i}`, `room/${i}`),
      await linked(cluster, `eve-${i}`, `room/${i}`, 'front-2'),
    ]
    assert.equal(await one.link.request('add', i), 1)
    assert.equal(await two.link.request('add', 1), 2)
    await cluster.advance(100)
    assert.deepEqual([one.link.state.sum, two.link.state.sum], [i + 1, i + 1])
  }
  const owners = Array.from({ length: 12 }, (_, i) => ownerOf(cluster, `room/${i}`))
  assert.equal(new Set(owners).size, 3)
})

test('[G1] [G3] [G4] [G8] the death of a back: its stored channels go on elsewhere in the same history, and clients are stalled at most', async (t) => {
  const cluster = await living(t)
  const kept = await linked(cluster, 'ada', 'kept/1')
  assert.equal(await kept.link.request('add', 5), 1)
  const [before, { epoch, version }] = [ownerOf(cluster, 'kept/1'), kept.link]
  cluster.kill(before)
  assert.equal(await kept.link.request('add', 6), 2)
  assert.deepEqual([kept.link.state.sum, kept.link.state.opened, kept.link.state.restored], [11, 1, 1])
  assert.notEqual(ownerOf(cluster, 'kept/1'), before)
  assert.ok(kept.link.epoch > epoch && kept.link.version > version)
  assert.deepEqual(
    kept.seen.filter((status) => status !== 'live').map((status) => status.split(':')[0]),
    ['stalled'],
  )
})

test('[G5] [G8] a client is stalled for at most a second and a half where the process of its owner dies', async (t) => {
  const cluster = await living(t)
  for (let i = 0; i < 6; i++) {
    const { link } = await linked(cluster, `ada-${i}`, `kept/${i}`)
    await link.request('add', i)
    const owner = ownerOf(cluster, `kept/${i}`)
    const killedAt = cluster.now
    cluster.kill(owner)
    await link.request('add', 1)
    assert.ok(cluster.now - killedAt <= 1_500, `${cluster.now - killedAt} ms`)
    cluster.restart(owner)
    await cluster.advance(3_000)
  }
})

test('[G8] the death of a back: channels that live in memory are reset, once, and go on elsewhere', async (t) => {
  const cluster = await living(t)
  const room = await linked(cluster, 'ada', 'room/1')
  await room.link.request('add', 5)
  const before = ownerOf(cluster, 'room/1')
  cluster.kill(before)
  await cluster.advance(3_000)
  assert.equal(room.link.status, 'live')
  assert.equal(await room.link.request('add', 6), 1)
  assert.deepEqual([room.link.state.sum, room.link.state.opened], [6, 1])
  assert.deepEqual(
    room.seen.filter((status) => status.startsWith('reset')),
    ['reset:reset'],
  )
})

test('[G8] a channel that was moved is found by clients who link to it later, wherever it is placed', async (t) => {
  const cluster = await living(t)
  for (const to of ['back-1', 'back-2', 'back-3']) {
    for (const id of ['kept/1', 'room/1'] as const) {
      const first = await linked(cluster, `ada at ${to}`, id)
      if (ownerOf(cluster, id) !== to) await cluster.living.move(id, to)
      await first.link.request('add', 1)
      const later = await linked(cluster, `eve at ${to}`, id, 'front-2')
      assert.equal(await later.link.request('add', 1), await first.link.request('add', 0).then((count) => count - 1))
      assert.equal(ownerOf(cluster, id), to)
    }
  }
})

test('[G1] [G8] a channel that is moved keeps state, sessions, memory and timers, stored or not, and no link ends', async (t) => {
  const cluster = await living(t)
  for (const id of ['kept/1', 'room/1'] as const) {
    const { link, seen, connection } = await linked(cluster, `ada of ${id}`, id)
    assert.equal(await link.request('add', 5), 1)
    link.send('arm', 5_000)
    await cluster.advance(200)
    const [before, { epoch, version }] = [ownerOf(cluster, id), link]
    const target = ['back-1', 'back-2', 'back-3'].find((back) => back !== before) as string
    await cluster.living.move(id, target)
    assert.equal(await link.request('add', 6), 2, 'its memory came along')
    assert.equal(ownerOf(cluster, id), target)
    assert.deepEqual([link.state.sum, link.state.opened, link.state.restored], [11, 1, 1])
    assert.ok(link.epoch > epoch && link.version > version)
    assert.deepEqual(seen, ['stalled:not-owner', 'live'])
    await cluster.advance(6_000)
    assert.equal(link.state.sum, 111, 'the timer went off there, once')
    assert.equal(connection.inspect().resets, 0)
  }
})

test('[G8] a back that drains hands over all channels, takes no more, and can be stopped and started without a reset', async (t) => {
  const cluster = await living(t)
  const all = await Promise.all(
    Array.from({ length: 16 }, (_, i) => linked(cluster, `ada-${i}`, `${i % 2 === 0 ? 'kept' : 'room'}/${i}`)),
  )
  for (const [i, { link }] of all.entries()) assert.equal(await link.request('add', i), 1)
  for (const back of ['back-1', 'back-2', 'back-3']) {
    await cluster.drain(back)
    assert.equal(cluster.back(back).inspect().channels, 0)
    const late = await linked(cluster, `late for ${back}`, `room/late-${back}`)
    assert.notEqual(ownerOf(cluster, `room/late-${back}`), back)
    await late.connection.close()
    await cluster.stop(back)
    cluster.restart(back)
    await cluster.advance(3_000)
  }
  for (const [i, { link, seen }] of all.entries()) {
    assert.equal(await link.request('add', 1), 2)
    assert.equal(link.state.sum, i + 1)
    assert.equal(link.state.opened, 1)
    assert.deepEqual([...new Set(seen)], ['stalled:not-owner', 'live'], `of channel ${i}`)
  }
})

test('[G8] a back that was drained takes channels again once it is uncordoned', async (t) => {
  const cluster = await living(t, { backs: 2 })
  await cluster.living.drain('back-1')
  await cluster.advance(2_000)
  await assert.rejects(cluster.back('back-1').open('room/1'), /'room\/1' is not owned here/)
  await cluster.living.uncordon('back-1')
  await cluster.advance(2_000)
  await cluster.back('back-1').open('room/1')
  assert.equal(cluster.back('back-1').inspect().channels, 1)
})

test('[G8] a cordoned back keeps what it has and takes nothing new, until it is uncordoned', async (t) => {
  const cluster = await living(t, { backs: 2 })
  const first = await linked(cluster, 'ada', 'room/1')
  const owner = ownerOf(cluster, 'room/1')
  await cluster.living.cordon(owner)
  await cluster.advance(2_000)
  for (let i = 2; i < 10; i++) {
    await linked(cluster, `ada-${i}`, `room/${i}`)
    assert.notEqual(ownerOf(cluster, `room/${i}`), owner)
  }
  await assert.rejects(cluster.back(owner).open('room/99'), /'room\/99' is not owned here/)
  assert.equal(await first.link.request('add', 1), 1)
  assert.equal(ownerOf(cluster, 'room/1'), owner)
  await cluster.living.uncordon(owner)
  await cluster.advance(2_000)
  for (let i = 10; i < 20; i++) await linked(cluster, `ada-${i}`, `room/${i}`)
  assert.ok(cluster.back(owner).inspect().channels > 1)
})

test('[G1] an owner that stands still beyond its lease wakes up fenced: it shows nothing, and joins anew', async (t) => {
  const cluster = await living(t)
  const { link, seen } = await linked(cluster, 'ada', 'kept/1')
  const room = await linked(cluster, 'eve', 'room/1')
  await link.request('add', 5)
  await room.link.request('add', 5)
  const before = ownerOf(cluster, 'kept/1')
  cluster.stall(before, 60_000)
  assert.equal(await link.request('add', 6, { timeoutMs: 40_000 }), 2)
  assert.notEqual(ownerOf(cluster, 'kept/1'), before)
  await cluster.advance(60_000)
  assert.deepEqual([link.state.sum, link.state.opened], [11, 1])
  assert.equal(room.link.status, 'live')
  assert.deepEqual(
    seen.filter((status) => status.startsWith('reset')),
    [],
  )
  assert.equal(cluster.back(before).inspect().channels, 0)
  await cluster.living.move('kept/1', before)
  assert.equal(await link.request('add', 1), 3)
  assert.equal(ownerOf(cluster, 'kept/1'), before)
})

test('[G5] [G8] where the host of an owner is gone, or stands still, and nothing answers, its stored channels go on within eight seconds', async (t) => {
  for (const end of ['dark', 'still'] as const) {
    for (const [backs, fronts] of [
      [3, 2],
      [2, 1],
    ] as const) {
      const cluster = await living(t, { backs, fronts })
      const { link, seen } = await linked(cluster, 'ada', 'kept/1')
      await link.request('add', 5)
      const owner = ownerOf(cluster, 'kept/1')
      const beganAt = cluster.now
      if (end === 'dark') cluster.kill(owner, { dark: true })
      else cluster.stall(owner, 60_000)
      assert.equal(await link.request('add', 1, { timeoutMs: 20_000 }), 2)
      const tookMs = cluster.now - beganAt
      assert.ok(tookMs > 4_000 && tookMs <= 8_000, `${end}, ${backs} backs: ${tookMs} ms`)
      assert.equal(seen.filter((status) => status.startsWith('reset')).length, 0)
    }
  }
})

test('[G1] [G8] an owner that stores nothing, but that everybody reaches, is not given up before its lease ends', async (t) => {
  const cluster = await living(t)
  const { link } = await linked(cluster, 'ada', 'kept/1')
  await link.request('add', 5)
  const [owner, { epoch }] = [ownerOf(cluster, 'kept/1'), link]
  cluster.partition([owner], ['engine'])
  await cluster.advance(7_500)
  cluster.heal()
  await link.request('add', 1)
  assert.deepEqual([link.epoch, link.state.restored, ownerOf(cluster, 'kept/1')], [epoch, 0, owner])
})

test('[G1] [G8] an owner that a front does not reach, and that stores, is not given up', async (t) => {
  const cluster = await living(t)
  const { link } = await linked(cluster, 'ada', 'kept/1', 'front-2')
  await link.request('add', 5)
  const [owner, { epoch }] = [ownerOf(cluster, 'kept/1'), link]
  const others = ['back-1', 'back-2', 'back-3'].filter((id) => id !== owner)
  cluster.partition([owner], ['front-1', ...others])
  for (let i = 0; i < 30; i++) {
    await cluster.advance(1_000)
    await link.request('add', 1)
  }
  assert.deepEqual([link.epoch, link.state.restored], [epoch, 0])
})

test('[G5] [G8] while the engine is away stored channels freeze and go on in the same epoch, others go on until their lease ends', async (t) => {
  const cluster = await living(t, { backs: 2 })
  const { link } = await linked(cluster, 'ada', 'kept/1')
  const room = await linked(cluster, 'eve', 'room/1')
  await link.request('add', 5)
  await room.link.request('add', 5)
  const epochs = [link.epoch, room.link.epoch]
  cluster.partition(['back-1', 'back-2', 'front-1', 'front-2'], ['engine'])
  const late = link.request('add', 6, { timeoutMs: 60_000 })
  assert.equal(await room.link.request('add', 1), 2)
  await cluster.advance(15_000)
  const tooLate = room.link.request('add', 1, { timeoutMs: 60_000 })
  await cluster.advance(5_000)
  assert.deepEqual([link.state.sum, room.link.state.sum], [5, 6])
  cluster.heal()
  assert.deepEqual([await late, await tooLate], [2, 3])
  assert.deepEqual([link.state.sum, room.link.state.sum], [11, 7])
  assert.deepEqual([link.epoch, room.link.epoch], epochs)
})

test('[G8] a timer of a channel whose owner has died comes due elsewhere, without anybody linked', async (t) => {
  const cluster = await living(t)
  const { link, connection } = await linked(cluster, 'ada', 'kept/1')
  link.send('arm', 20_000)
  await link.request('add', 1)
  const before = ownerOf(cluster, 'kept/1')
  await connection.close()
  await cluster.advance(1_000)
  cluster.kill(before)
  await cluster.advance(30_000)
  const again = await linked(cluster, 'eve', 'kept/1')
  assert.equal(again.link.state.sum, 101)
})

test('[G8] a front that starts before any back holds its clients until one is there', async (t) => {
  const cluster = await living(t, { backs: 1, fronts: 1 })
  await cluster.stop('back-1')
  const connection = await cluster.connect({ userId: 'ada' })
  const linking = connection.link('room/1')
  await cluster.advance(5_000)
  cluster.restart('back-1')
  const link = await linking
  assert.equal(await link.request('add', 1), 1)
})

test('[G8] a back that is started while the engine is away begins once it is back, and its channels go on', async (t) => {
  const cluster = await living(t, { backs: 1 })
  const { link, seen } = await linked(cluster, 'ada', 'kept/1')
  await link.request('add', 5)
  const end = cluster.partition(['back-1', 'front-1', 'front-2'], ['engine'])
  cluster.kill('back-1')
  cluster.restart('back-1')
  cluster.restart('back-1')
  await cluster.advance(10_000)
  assert.equal(cluster.runningIds.includes('back-1'), false)
  end()
  assert.equal(await link.request('add', 6), 2)
  assert.equal(seen.filter((status) => status.startsWith('reset')).length, 0)
})
