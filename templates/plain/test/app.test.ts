/** Tests the app on simulated time: no ports, no sleeping, and the same seed gives the same run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestCluster } from 'centrum/testing'
import app from '../src/app.js'

test('everybody sees who waves', async () => {
  await using cluster = await createTestCluster(app)
  const ada = await (await cluster.connect({ userId: 'ada' })).link('lobby', { options: { name: 'Ada' } })
  const bob = await (await cluster.connect({ userId: 'bob' })).link('lobby', { options: { name: 'Bob' } })

  ada.send('wave', { times: 2 })
  await cluster.advance(200)

  assert.equal(bob.state.total, 2)
  assert.deepEqual(
    Object.values(bob.state.people).map(({ name, waves }) => [name, waves]),
    [
      ['Ada', 2],
      ['Bob', 0],
    ],
  )
})

test('a name that is too long is refused', async () => {
  await using cluster = await createTestCluster(app)
  const ada = await cluster.connect({ userId: 'ada' })
  await assert.rejects(ada.link('lobby', { options: { name: 'a'.repeat(41) } }), { code: 'invalid' })
})

test('a message sent while the front is down arrives exactly once', async () => {
  await using cluster = await createTestCluster(app, { fronts: 2 })
  const ada = await (await cluster.connect({ userId: 'ada' })).link('lobby', { options: { name: 'Ada' } })
  const front = ['front-1', 'front-2'].find((id) => cluster.front(id).inspect().sessions > 0)
  assert.ok(front)

  cluster.kill(front)
  ada.send('wave', { times: 1 })
  await cluster.advance(10_000)

  assert.equal(ada.status, 'live')
  assert.equal(ada.state.total, 1)
})
