/** `centrum/predict` on links of a whole cluster, with a network that takes its time, holds things up and breaks. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp, defineChannel, unchecked } from '../../src/index.js'
import { createInterpolator, createPredictor } from '../../src/predict/index.js'
import { createTestCluster, type Faults } from '../../src/testing/index.js'

interface Player {
  x: number
  y: number
  heading: number
  hp: number
}

interface Move {
  dx: number
  turn?: number
}

/** Not further than the wall, so that the order of inputs and pushes matters. */
const WALL = 40

function step(player: Player, { dx, turn = 0 }: Move): void {
  player.x = Math.min(WALL, player.x + dx)
  player.heading = (player.heading + turn) % 360
}

const arena = defineChannel({
  state: () => ({ players: {} as Record<string, Player> }),
  data: unchecked<object>(),
  messages: {
    move: unchecked<Move>(),
    push: unchecked<number>(),
    hit: unchecked<number>(),
    join: unchecked<undefined>(),
  },
  tickMs: 50,
  graceMs: 5_000,
}).implement({
  onLink(ctx, client) {
    ctx.state.players[client.id] = { x: 0, y: 0, heading: 0, hp: 100 }
  },
  onUnlink(ctx, client) {
    delete ctx.state.players[client.id]
  },
  onMessage: {
    move(ctx, client, input) {
      const player = ctx.state.players[client.id]
      if (player) step(player, input)
    },
    push(ctx, client, by) {
      for (const [id, player] of Object.entries(ctx.state.players)) if (id !== client.id) player.x += by
    },
    hit(ctx, client, by) {
      for (const [id, player] of Object.entries(ctx.state.players)) if (id !== client.id) player.hp -= by
    },
    join(ctx, client) {
      ctx.state.players[client.id] ??= { x: 0, y: 0, heading: 0, hp: 100 }
    },
  },
})

const app = defineApp({ channels: { 'arena/:id': arena }, authenticate: () => ({ userId: 'nobody', data: {} }) })

const FAR: Partial<Faults> = { delayMsMin: 40, delayMsMax: 60, spikeChance: 0.05, spikeMsMax: 300 }

async function start(t: TestContext, faults: Partial<Faults> = FAR, fronts = 1) {
  const cluster = await createTestCluster(app, { faults, fronts, seed: 7 })
  t.after(() => cluster.close())
  const enter = async (userId: string) => {
    const connection = await cluster.connect({ userId, data: {} })
    const link = await connection.link('arena/1')
    return { connection, link }
  }
  const predict = ({ connection, link }: Awaited<ReturnType<typeof enter>>, options: object = {}) =>
    createPredictor(link, {
      message: 'move',
      select: (state) => state.players[connection.clientId],
      step,
      stepMs: 50,
      smoothMs: 100,
      ...options,
    })
  return { cluster, enter, predict }
}

test('an input shows at once, and what the channel makes of it changes nothing', async (t) => {
  const { cluster, enter, predict } = await start(t)
  const ada = await enter('ada')
  const me = predict(ada)
  for (let i = 1; i <= 30; i++) {
    assert.equal(me.input({ dx: 1, turn: 15 }), i)
    assert.equal(me.at(cluster.now)?.x, i)
    await cluster.advance(50)
    assert.equal(me.at(cluster.now)?.x, i)
  }
  await cluster.advance(2_000)
  assert.equal(me.pending, 0)
  assert.deepEqual(me.corrections, { count: 0, last: null })
  assert.deepEqual(me.at(cluster.now), { x: 30, y: 0, heading: 90, hp: 100 })
})

test('G3 inputs while contact is lost are kept, and arrive once: nothing is corrected', async (t) => {
  const { cluster, enter, predict } = await start(t, FAR, 2)
  const ada = await enter('ada')
  const me = predict(ada)
  for (let i = 1; i <= 35; i++) {
    if (i === 10) cluster.kill(cluster.front('front-1').inspect().sessions > 0 ? 'front-1' : 'front-2')
    me.input({ dx: 1 })
    assert.equal(me.at(cluster.now)?.x, i)
    await cluster.advance(50)
  }
  await cluster.advance(10_000)
  assert.equal(ada.link.status, 'live')
  assert.equal(me.at(cluster.now)?.x, 35)
  assert.equal(me.corrections.count, 0)
})

test('a correction is replayed over, shown as a glide, and ends exactly at what the server says', async (t) => {
  const { cluster, enter, predict } = await start(t, { delayMsMin: 50, delayMsMax: 50 })
  const ada = await enter('ada')
  const bob = await enter('bob')
  const me = predict(ada, { smoothMs: 200 })
  await cluster.advance(500)
  me.input({ dx: 1 })
  await cluster.advance(500)
  bob.link.send('push', -10)
  let shown = me.at(cluster.now)?.x ?? NaN
  let greatest = 0
  for (let ms = 0; ms < 1_000; ms += 10) {
    await cluster.advance(10)
    const now = me.at(cluster.now)?.x ?? NaN
    greatest = Math.max(greatest, Math.abs(now - shown))
    shown = now
  }
  assert.equal(shown, -9)
  assert.equal(me.corrections.count, 1)
  assert.deepEqual(me.corrections.last?.moved, { x: -10 })
  assert.ok(greatest <= 0.51, `it moved by ${greatest} in 10 ms`)
})

test('what inputs do not touch is taken as the server says, and is no correction', async (t) => {
  const { cluster, enter, predict } = await start(t)
  const ada = await enter('ada')
  const bob = await enter('bob')
  const me = predict(ada)
  me.input({ dx: 1 })
  await cluster.advance(500)
  bob.link.send('hit', 30)
  await cluster.advance(1_000)
  assert.equal(me.at(cluster.now)?.hp, 70)
  assert.equal(me.corrections.count, 0)
})

test('differences within the tolerance are no corrections', async (t) => {
  const { cluster, enter } = await start(t)
  const { connection, link } = await enter('ada')
  // As an engine may whose sine differs in the last bit.
  const me = createPredictor(link, {
    message: 'move',
    select: (state) => state.players[connection.clientId],
    step: (player, { dx }) => void (player.x += dx * (1 + Number.EPSILON * 4)),
  })
  for (let i = 0; i < 30; i++) {
    me.input({ dx: 0.1 })
    await cluster.advance(50)
  }
  await cluster.advance(2_000)
  assert.equal(me.corrections.count, 0)
  assert.equal(me.at(cluster.now)?.x, link.state.players[connection.clientId]?.x)
})

test('a correction beyond snapBeyond is shown at once', async (t) => {
  const { cluster, enter, predict } = await start(t, {})
  const ada = await enter('ada')
  const bob = await enter('bob')
  const me = predict(ada, { snapBeyond: 5 })
  me.input({ dx: 1 })
  await cluster.advance(200)
  bob.link.send('push', -10)
  await cluster.advance(200)
  assert.equal(me.at(cluster.now)?.x, -9)
  assert.equal(me.corrections.count, 1)
})

test('with tween the way of an input is drawn over its time', async (t) => {
  const { cluster, enter, predict } = await start(t)
  const ada = await enter('ada')
  const me = predict(ada, { tween: true })
  const shown: (number | undefined)[] = []
  for (let ms = 0; ms < 200; ms += 10) {
    if (ms % 50 === 0) me.input({ dx: 10 })
    shown.push(me.at(cluster.now)?.x)
    await cluster.advance(10)
  }
  assert.deepEqual(
    shown.map((x) => Math.round(x ?? NaN)),
    Array.from({ length: 20 }, (_, i) => i * 2),
  )
})

test('after a reset what was not acknowledged is gone, and inputs count from one again', async (t) => {
  const { cluster, enter, predict } = await start(t)
  const ada = await enter('ada')
  const me = predict(ada)
  me.input({ dx: 5 })
  await cluster.advance(1_000)
  cluster.kill('back-1')
  await cluster.advance(100)
  ada.link.onRefused(() => undefined)
  me.input({ dx: 7 })
  assert.equal(me.at(cluster.now)?.x, 12)
  cluster.restart('back-1')
  await cluster.advance(15_000)
  assert.equal(ada.link.status, 'live')
  assert.equal(me.pending, 0)
  assert.equal(me.at(cluster.now)?.x, 0)
  assert.equal(me.input({ dx: 3 }), 1)
  await cluster.advance(1_000)
  assert.equal(me.at(cluster.now)?.x, 3)
})

test('wrong options are refused with the option and what it must be', async (t) => {
  const { enter, predict } = await start(t)
  const ada = await enter('ada')
  assert.throws(() => predict(ada, { stepMs: -1 }), { code: 'invalid-option', message: /stepMs is -1/ })
  assert.throws(() => predict(ada, { smoothing: 1 }), { code: 'invalid-option', message: /no option 'smoothing'/ })
  assert.throws(() => predict(ada, { angles: { heading: 'turns' } }), { code: 'invalid-option', message: /angles/ })
})

test('others are shown between the states that arrived, without a jump, and stand where they stand', async (t) => {
  const { cluster, enter } = await start(t)
  const ada = await enter('ada')
  const bob = await enter('bob')
  const others = createInterpolator(ada.link, {
    select: (state) => state.players,
    fields: ['x'],
    angles: { heading: 'degrees' },
    delayMs: 100,
  })
  await cluster.advance(500)
  let last = 0
  let greatest = 0
  for (let ms = 0; ms < 2_000; ms += 10) {
    if (ms % 50 === 0) bob.link.send('move', { dx: 1, turn: 9 })
    await cluster.advance(10)
    const x = others.at(ada.connection.serverNow())[bob.connection.clientId]?.x ?? NaN
    greatest = Math.max(greatest, Math.abs(x - last))
    assert.ok(x >= last, `it went back from ${last} to ${x}`)
    last = x
  }
  await cluster.advance(1_000)
  assert.equal(others.at(ada.connection.serverNow())[bob.connection.clientId]?.x, 40)
  // A state that shows what was held up for 300 ms is caught up with within the delay.
  assert.ok(greatest <= 1.5, `it moved by ${greatest} in 10 ms; a state in 50 ms has 1`)
})

test('extrapolation goes no further than its bound', async (t) => {
  const { cluster, enter } = await start(t, {})
  const ada = await enter('ada')
  const bob = await enter('bob')
  const others = createInterpolator(ada.link, {
    select: (state) => state.players,
    fields: ['x'],
    delayMs: 50,
    extrapolateMs: 100,
  })
  for (let i = 0; i < 20; i++) {
    bob.link.send('move', { dx: 1 })
    await cluster.advance(50)
  }
  let furthest = 0
  for (let ms = 0; ms < 1_000; ms += 10) {
    await cluster.advance(10)
    furthest = Math.max(furthest, others.at(ada.connection.serverNow())[bob.connection.clientId]?.x ?? NaN)
  }
  assert.ok(furthest > 20 && furthest <= 22.2, `it went to ${furthest}`)
  assert.equal(others.at(ada.connection.serverNow())[bob.connection.clientId]?.x, 20)
})
