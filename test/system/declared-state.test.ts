/** A channel whose state is declared: the same numbers at its owner and at its clients, and nothing that does not fit. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, defineChannel, unchecked } from '../../src/index.js'
import { f32, range, record, type StateOf, struct, text, u8 } from '../../src/state/index.js'
import { createTestCluster } from '../../src/testing/index.js'

const shape = struct({ players: record(struct({ x: f32, angle: range(0, 1, 0.25), hp: u8, name: text })) })
type Arena = StateOf<typeof shape>

const arena = defineChannel({
  state: (): Arena => ({ players: {} }),
  shape,
  messages: { hurt: unchecked<number>(), move: unchecked<number>() },
}).implement({
  onLink: (ctx, client) => {
    ctx.state.players[client.id] = { x: 0.1, angle: 0.3, hp: 99.6, name: 'ada' }
  },
  onMessage: {
    move: (ctx, client, x) => {
      const player = ctx.state.players[client.id]
      if (player) player.x = x
    },
    hurt: (ctx, client, hp) => {
      const player = ctx.state.players[client.id]
      if (player) player.hp = hp
    },
  },
})
const app = defineApp({ channels: { 'arena/:id': arena } })

test('G2 a declared state is narrowed at its owner, too, so that both sides are equal', async () => {
  await using cluster = await createTestCluster(app, { backs: 1, fronts: 1 })
  const link = await (await cluster.connect({ userId: 'ada' })).link('arena/1')
  const owner = (): Arena => cluster.back('back-1').channel('arena/1').state
  const [id = ''] = Object.keys(link.state.players)
  assert.deepEqual(link.state.players[id], { x: Math.fround(0.1), angle: 0.25, hp: 100, name: 'ada' })
  assert.deepEqual(link.state, JSON.parse(JSON.stringify(owner())))
  link.send('move', 0.7)
  await cluster.advance(1_000)
  assert.equal(link.state.players[id]?.x, Math.fround(0.7))
  assert.equal(owner().players[id]?.x, Math.fround(0.7))
})

test('G2 what does not fit its declaration is not published, and what fits again is', async () => {
  await using cluster = await createTestCluster(app, { backs: 1, fronts: 1 })
  const link = await (await cluster.connect({ userId: 'ada' })).link('arena/1')
  const [id = ''] = Object.keys(link.state.players)
  link.send('hurt', 1_000)
  await cluster.advance(1_000)
  assert.equal(link.state.players[id]?.hp, 100, 'u8 ends at 255')
  link.send('hurt', 7)
  await cluster.advance(1_000)
  assert.equal(link.state.players[id]?.hp, 7)
})
