/** Where the clients of fronts go that die and come back: each draws by its own chance, and no front is forgotten. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp, defineChannel } from '../../src/index.js'
import { createTestCluster } from '../../src/testing/index.js'

const CLIENTS = 24
const FRONTS = ['front-1', 'front-2', 'front-3'] as const
const lobby = defineChannel({ state: () => ({}) }).implement({})

test('G5 G8 a front that is back is found again: clients of fronts that die spread over all that live, and none is reset', async (t) => {
  const cluster = await createTestCluster(defineApp({ channels: { lobby } }), { fronts: 3, log: () => {} })
  t.after(() => cluster.close())
  const links = []
  const lost: string[] = []
  for (let i = 0; i < CLIENTS; i++) {
    const link = await (await cluster.connect({ userId: `client-${i}` })).link('lobby')
    link.onReset((reason) => void lost.push(reason))
    links.push(link)
  }
  const at = (front: string): number => cluster.sockets(front).sockets.open
  for (const front of FRONTS) {
    const before = new Map(FRONTS.map((each) => [each, at(each)]))
    assert.ok(at(front) > 0, `${front} has clients, though it was away`)
    cluster.kill(front)
    await cluster.advance(18_000)
    for (const other of FRONTS) {
      if (other === front) continue
      const came = at(other) - (before.get(other) ?? 0)
      assert.ok(came > 0, `${other} has got ${came} of the ${before.get(front)} clients of ${front}`)
    }
    cluster.restart(front)
    await cluster.advance(5_000)
  }
  // All that have lost front-3 know that front-1 and front-2 are back.
  assert.ok(at('front-1') > 0 && at('front-2') > 0)
  assert.equal(at('front-1') + at('front-2') + at('front-3'), CLIENTS)
  for (const link of links) assert.equal(link.status, 'live')
  assert.deepEqual(lost, [])
})
