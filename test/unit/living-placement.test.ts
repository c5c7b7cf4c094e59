/** Where channels open in a cluster whose backs come and go: by weight, by load, by the app's own choice, and never beyond the capacity. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BackMaster } from '../../src/back/back-master.js'
import type { BackToPlace, ChannelToPlace, Place } from '../../src/channel/app.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import type { ListedBack } from '../../src/cluster/cluster.js'
import { Placement } from '../../src/cluster/placement.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import type { TestClusterOptions } from '../../src/testing/test-cluster-settings.js'
import { cleanUp } from '../support/clean-up.js'

const room = (durability: 'log' | 'none') =>
  defineChannel({ state: () => ({ sum: 0 }), requests: { add: { input: unchecked<number>() } }, durability }).implement(
    { onRequest: { add: (ctx, _client, amount) => (ctx.state.sum += amount) } },
  )
const appWith = (place?: Place) =>
  defineApp({ channels: { 'room/:id': room('none'), 'kept/:id': room('log') }, ...(place && { place }) })

async function living(t: TestContext, { place, ...options }: TestClusterOptions & { place?: Place }) {
  const cluster = await createTestCluster(appWith(place), { backs: 2, cluster: 'dynamic', ...options })
  cleanUp(t, () => cluster.close())
  return cluster
}

function back(id: string, given: Partial<ListedBack> = {}): ListedBack {
  const flags = { isCordoned: false, isDraining: false, isHeld: true }
  const counts = { channelCount: 0, moves: 0, tail: 1, suspectedBy: 0 }
  const place = { address: `memory:${id}`, channels: ['**'], weight: 1, capacity: null, labels: {} }
  return { id, incarnation: '1', ...place, ...flags, ...counts, ...given }
}

const IDS = Array.from({ length: 300 }, (_, i) => `room/${i}`)
const shares = (backs: readonly ListedBack[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  const placement = new Placement(backs)
  for (const id of IDS) {
    const owner = placement.ownerOf(id) ?? ''
    counts[owner] = (counts[owner] ?? 0) + 1
  }
  return counts
}

test('[G8] of two candidates the less loaded gets a new channel, and weights count for loads as well', () => {
  const even = shares([
    back('a', { channelCount: 100 }),
    back('b', { channelCount: 101 }),
    back('c', { channelCount: 99 }),
  ])
  assert.ok(
    Object.values(even).every((count) => count > 70 && count < 130),
    JSON.stringify(even),
  )
  const busy = shares([
    back('a', { channelCount: 1_000 }),
    back('b', { channelCount: 100 }),
    back('c', { channelCount: 100 }),
  ])
  assert.equal(busy['a'], undefined, 'each channel has another candidate that has less to do')
  const heavy = shares([back('a', { channelCount: 400, weight: 4 }), back('b', { channelCount: 100 })])
  assert.ok((heavy['a'] ?? 0) > 3 * (heavy['b'] ?? 0), JSON.stringify(heavy))
})

test('[G8] a back that is full, cordoned or draining is no candidate while another takes more', () => {
  for (const closed of [{ capacity: 5, channelCount: 5 }, { isCordoned: true }, { isDraining: true }]) {
    assert.deepEqual(shares([back('a', closed), back('b', { channelCount: 50 })]), { b: IDS.length })
  }
})

test('[G8] the app places channels: it is given the channel and the backs that take more, with their labels and loads', async (t) => {
  const asked: [ChannelToPlace, readonly BackToPlace[]][] = []
  const cluster = await living(t, {
    backs: 3,
    backOptions: { 'back-1': { labels: { zone: 'a' } }, 'back-2': { labels: { zone: 'b' }, weight: 2 } },
    place(channel, backs) {
      asked.push([channel, backs])
      return channel.params['id'] === 'free' ? undefined : backs.find(({ labels }) => labels['zone'] === 'b')
    },
  })
  const ada = await cluster.connect({ userId: 'ada' })
  for (let i = 0; i < 8; i++) await ada.link(`room/${i}`)
  assert.deepEqual(
    ['back-1', 'back-2', 'back-3'].map((id) => cluster.back(id).inspect().channels),
    [0, 8, 0],
  )
  const [first] = asked
  assert.deepEqual(first?.[0], { id: 'room/0', pattern: 'room/:id', params: { id: '0' } })
  assert.deepEqual(
    first?.[1].map(({ id, labels, weight, capacity, channelCount }) => [id, labels, weight, capacity, channelCount]),
    [
      ['back-1', { zone: 'a' }, 1, null, 0],
      ['back-2', { zone: 'b' }, 2, null, 0],
      ['back-3', {}, 1, null, 0],
    ],
  )
  await cluster.advance(3_000)
  await ada.link('room/late')
  assert.equal(asked.at(-1)?.[1].find(({ id }) => id === 'back-2')?.channelCount, 8)
  assert.equal(await (await ada.link('room/free')).request('add', 1), 1)
})

test('[G8] a choice of the app that throws or names no back is logged, and the cluster chooses', async (t) => {
  const logged: unknown[] = []
  for (const place of [
    () => 'back-9',
    () => {
      throw new Error('no idea')
    },
  ]) {
    const cluster = await living(t, {
      place,
      log: (line) => line.event === 'place.failed' && logged.push(line.fields['channel']),
    })
    const ada = await cluster.connect({ userId: 'ada' })
    assert.equal(await (await ada.link('room/1')).request('add', 1), 1)
  }
  assert.ok(logged.length >= 2 && logged.every((channel) => channel === 'room/1'))
})

test('[G5] [G6] a full back opens nothing new; where all are full a link is refused, and trying again later helps', async (t) => {
  const full = { capacity: 2 }
  const cluster = await living(t, { backOptions: { 'back-1': full, 'back-2': full } })
  const ada = await cluster.connect({ userId: 'ada' })
  for (let i = 0; i < 4; i++) {
    await ada.link(`room/${i}`)
    await cluster.advance(2_000)
  }
  const counts = (): number[] => ['back-1', 'back-2'].map((id) => cluster.back(id).inspect().channels)
  assert.deepEqual(counts(), [2, 2])
  await assert.rejects(ada.link('room/5'), (error: unknown) => {
    assert.ok(error instanceof CentrumError)
    assert.deepEqual([error.code, error.retryable], ['too-many', true])
    assert.match(error.message, /all that may own it have reached their capacity/)
    return true
  })
  await assert.rejects(cluster.back('back-1').open('room/6'), { code: 'too-many' })
  const eve = await cluster.connect({ userId: 'eve' })
  assert.equal(await (await eve.link('room/1')).request('add', 1), 1, 'what is open takes links')
  await closeOne(cluster.back('back-1'))
  await cluster.advance(2_000)
  await ada.link('room/7')
  assert.deepEqual(counts(), [2, 2])
})

test('[G3] [G8] channels of a dead back go on at backs that are full: nobody who was linked is refused', async (t) => {
  const full = { capacity: 3 }
  const cluster = await living(t, { backOptions: { 'back-1': full, 'back-2': full } })
  const ada = await cluster.connect({ userId: 'ada' })
  const links = []
  for (let i = 0; i < 6; i++) {
    links.push(await ada.link(`${i % 2 === 0 ? 'room' : 'kept'}/${i}`))
    await cluster.advance(2_000)
  }
  for (const link of links) await link.request('add', 1)
  cluster.kill('back-1')
  for (const [i, link] of links.entries()) {
    const sum = await link.request('add', 1)
    if (i % 2 === 1) assert.equal(sum, 2)
  }
  assert.equal(cluster.back('back-2').inspect().channels, 6)
})

test('[G8] a front that drains names another front of the cluster, and clients that knew only the first go there', async (t) => {
  const cluster = await living(t, { fronts: 3 })
  await cluster.advance(2_000)
  const clients = await Promise.all(
    ['ada', 'eve', 'bob', 'cy'].map(async (userId) => {
      const connection = await cluster.connect({ userId }, { fronts: ['front-1'] })
      return { connection, link: await connection.link('room/1') }
    }),
  )
  cluster.kill('front-3')
  await cluster.advance(2_000)
  await cluster.drain('front-1')
  for (const { connection, link } of clients) {
    await link.request('add', 1)
    assert.equal(connection.inspect().resets, 0)
  }
  assert.equal(cluster.sockets('front-2').sockets.open, 4, 'none was sent to the one that is gone')
  assert.deepEqual(cluster.front('front-2').otherUrls, [], 'one that drains is named no more')
})

async function closeOne(back: BackMaster<ReturnType<typeof appWith>>): Promise<void> {
  const before = back.inspect().channels
  for (let i = 0; back.inspect().channels === before; i++) await back.close(`room/${i}`)
}
