/** Tests the app on simulated time: no ports, no sleeping, and the same seed gives the same run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInterpolator, createPredictor } from 'centrum/predict'
import { createTestCluster, type TestClusterOptions } from 'centrum/testing'
import app from '../src/app.js'
import { DELAY_MS, step, TICK_MS } from '../src/step.js'

/** A round trip of about 200 ms between page and channel. */
const FAR: TestClusterOptions = { seed: 1, faults: { delayMsMin: 45, delayMsMax: 55 } }

test('a player moves at once, and the server agrees', async () => {
  await using cluster = await createTestCluster(app, FAR)
  const ada = await cluster.connect({ userId: 'ada' })
  const arena = await ada.link('arena/test')
  const select = () => arena.state.players[ada.clientId]
  const me = createPredictor(arena, { message: 'move', select, step, stepMs: TICK_MS })
  const from = select()?.x ?? 0

  for (let i = 0; i < 20; i++) {
    me.input({ dx: from < 400 ? 1 : -1, dy: 0 })
    assert.ok(Math.abs((me.at(0)?.x ?? from) - from) >= 9 * (i + 1), 'it does not wait for the server')
    await cluster.advance(TICK_MS)
  }
  await cluster.advance(1_000)

  assert.equal(me.corrections.count, 0)
  assert.equal(select()?.x, me.at(0)?.x)
})

test('no player moves faster than allowed', async () => {
  await using cluster = await createTestCluster(app)
  const ada = await cluster.connect({ userId: 'ada' })
  const arena = await ada.link('arena/test')
  const { x: from = 0 } = arena.state.players[ada.clientId] ?? {}

  for (let i = 0; i < 100; i++) arena.send('move', { dx: from < 400 ? 1 : -1, dy: 0 })
  await cluster.advance(1_000)

  assert.equal(arena.acknowledged, 100)
  const way = Math.abs((arena.state.players[ada.clientId]?.x ?? 0) - from)
  assert.ok(way <= 20 * 10, `100 steps at once went ${way} units`)
})

test('a shot hits what its player saw, although the target has moved on', async () => {
  await using cluster = await createTestCluster(app, FAR)
  const ada = await cluster.connect({ userId: 'ada' })
  const bob = await cluster.connect({ userId: 'bob' })
  const arena = await ada.link('arena/test')
  const runner = await bob.link('arena/test')
  const others = createInterpolator(arena, { select: (state) => state.players, fields: ['x', 'y'], delayMs: DELAY_MS })
  const dx = (runner.state.players[bob.clientId]?.x ?? 0) < 400 ? 1 : -1
  for (let i = 0; i < 20; i++) {
    runner.send('move', { dx, dy: 0 })
    await cluster.advance(TICK_MS)
  }

  const seen = others.at(ada.serverNow())[bob.clientId]
  const is = runner.state.players[bob.clientId]
  assert.ok(seen && is && Math.abs(seen.x - is.x) > 16, 'by now it is elsewhere')
  arena.send('shoot', { x: seen.x, y: seen.y })
  await cluster.advance(1_000)

  assert.equal(arena.state.players[ada.clientId]?.hits, 1)
})
