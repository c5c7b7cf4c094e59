import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { test } from 'node:test'
import { BadProxy } from '../support/bad-proxy.js'
import { type ProcessCluster, processCluster, type RoleProcess } from '../support/processes.js'
import { PulseClients } from '../support/pulse-clients.js'
import { until } from '../support/until.js'

const CLIENTS = 20
const HEARTBEAT_MS = 200
const NOTICED = 'the break is noticed'

async function allThere(back: RoleProcess): Promise<void> {
  await until('each session comes through a link', async () => (await back.inspectBack()).dropped === 0)
  assert.equal((await back.inspectBack()).sessions, CLIENTS)
}

/** Puts a proxy where fronts find the back, which has begun to listen there. */
function between(t: Parameters<typeof BadProxy.forPath>[0], cluster: ProcessCluster): Promise<BadProxy> {
  const path = (cluster.backs[0]?.address ?? '').replace('unix:', '')
  renameSync(path, `${path}.behind`)
  return BadProxy.forPath(t, path, `${path}.behind`)
}

test('G3 G5 L4 L8 between clients and their front: odd pieces, delays, stalls, cuts, swallowed closes and silence all heal', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  const gatewayLimits = { heartbeatMs: 400 }
  const front = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS, gatewayLimits })
  const proxy = await BadProxy.forUrl(t, front.url)
  const clients = await PulseClients.start(t, CLIENTS, [proxy.url])
  const connects = (): number => clients.all.reduce((sum, { connection }) => sum + connection.inspect().connects, 0)
  await clients.talkOn()

  proxy.inPieces = true
  await clients.talkOn()
  proxy.inPieces = false
  proxy.delayMsMax = 60
  await clients.talkOn()
  assert.equal(connects(), CLIENTS, 'slow and in pieces is no break')
  proxy.delayMsMax = 0

  // Their clients give these sockets up, and the front is not told.
  proxy.swallowsCloses = true
  proxy.hold()
  await until(NOTICED, () => !clients.areLive)
  proxy.carryOn()
  await clients.talkOn()
  proxy.swallowsCloses = false

  proxy.inPieces = true
  const before = connects()
  proxy.cut()
  await until(NOTICED, () => connects() >= before + CLIENTS)
  await clients.talkOn()
  proxy.inPieces = false

  for (let round = 0; round < 2; round++) {
    // The front thinks that the sockets live until long after their clients are back, and then finds them silent.
    const cut = connects()
    proxy.cut('near')
    await until(NOTICED, () => connects() >= cut + CLIENTS)
    await clients.talkOn()
  }

  const silenced = connects()
  proxy.silence()
  await until(NOTICED, () => connects() >= silenced + CLIENTS)
  await clients.talkOn()
  await until('the front has let go of what is silent', async () => {
    const { sockets } = (await front.inspectFront()).gateway
    return sockets.total === CLIENTS
  })
  await clients.check()
  await allThere(back)
})

test('G3 G5 L5 L10 between front and back: odd pieces, delays, stalls, cuts, swallowed closes and silence all heal', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  const proxy = await between(t, cluster)
  const front = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS })
  const clients = await PulseClients.start(t, CLIENTS, [front.url])
  await clients.talkOn()
  assert.equal(proxy.taken, 1)

  proxy.inPieces = true
  await clients.talkOn()
  proxy.inPieces = false
  proxy.delayMsMax = 60
  await clients.talkOn()
  assert.equal(proxy.taken, 1, 'slow and in pieces is no break')
  proxy.delayMsMax = 0

  const breaks: Record<string, () => void> = {
    'a cut': () => proxy.cut(),
    'a cut that only the front notices': () => proxy.cut('near'),
    'a cut that only the back notices': () => proxy.cut('far'),
    'a stall': () => proxy.hold(),
    silence: () => proxy.silence(),
  }
  for (const [what, breakOff] of Object.entries(breaks)) {
    const { taken } = proxy
    breakOff()
    await until(`${what} is noticed`, () => clients.all.some(({ link }) => link.status === 'stalled'))
    proxy.carryOn()
    await until(`${what} is healed`, () => clients.areLive)
    assert.ok(proxy.taken > taken, `after ${what} another connection was made`)
    await clients.talkOn()
    await allThere(back)
  }
  await clients.check()
  for (const { connection } of clients.all) {
    assert.equal(connection.inspect().connects, 1, 'no socket of a client was touched')
  }
  assert.equal((await back.inspectBack()).fronts.length, 1)
})
