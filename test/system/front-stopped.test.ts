import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { processCluster } from '../support/processes.js'
import { PulseClients } from '../support/pulse-clients.js'
import { until } from '../support/until.js'

const CLIENTS = 48
/** How long a front stands still: not a wait for anything, but what is done to it. */
const STANDS_MS = 10_000

function stands(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STANDS_MS))
}

// Side by side, since most of it is standing still.
describe('a front stands still', { concurrency: true }, () => {
  test('G3 G5 L4 L5 a front stands still for 10 s: its clients go on elsewhere, and when it wakes its stale sockets harm nobody', async (t) => {
    const cluster = processCluster(t, ['back-1'])
    const back = await cluster.start('back', 'back-1', { heartbeatMs: 200 })
    const gatewayLimits = { heartbeatMs: 500 }
    const fronts = await Promise.all(
      ['front-1', 'front-2', 'front-3'].map((id) => cluster.start('front', id, { heartbeatMs: 200, gatewayLimits })),
    )
    const [stopped] = fronts
    assert.ok(stopped)
    // A front that stands still takes connections in, and does not welcome them.
    const clients = await PulseClients.start(
      t,
      CLIENTS,
      fronts.map(({ url }) => url),
      () => ({ handshakeMs: 1_000 }),
    )
    await clients.talkOn()
    const carried = (await stopped.inspectFront()).gateway.sessions
    assert.ok(carried > 5, `the front that stands still carries ${carried}`)
    stopped.signal('SIGSTOP')
    const stood = stands()
    await until('its clients have noticed', () => !clients.areLive)
    await until('all are live elsewhere', () => clients.areLive)
    await clients.talkOn()
    assert.deepEqual(
      (await back.inspectBack()).fronts.map(({ id }) => id).sort(),
      ['front-2', 'front-3'],
      'the back has let go of it',
    )
    await stood
    for (const { statuses } of clients.all) statuses.length = 0
    stopped.signal('SIGCONT')
    await until('it is linked again', async () => (await back.inspectBack()).fronts.length === 3)
    await until('it has let go of its stale sockets', async () => (await stopped.inspectFront()).gateway.sessions === 0)
    await clients.talkOn()
    await clients.check()
    for (const { statuses } of clients.all) assert.deepEqual(statuses, [], 'nobody notices that it wakes')
    const { sessions, dropped } = await back.inspectBack()
    assert.deepEqual({ sessions, dropped }, { sessions: CLIENTS, dropped: 0 })
  })

  test('G3 G5 L10 the only front stands still for 10 s: its clients wait, and go on where they were', async (t) => {
    const cluster = processCluster(t, ['back-1'])
    const back = await cluster.start('back', 'back-1', { heartbeatMs: 200 })
    const front = await cluster.start('front', 'front-1', { heartbeatMs: 200 })
    const clients = await PulseClients.start(t, CLIENTS, [front.url])
    await clients.talkOn()
    front.signal('SIGSTOP')
    const stood = stands()
    await until('the back has let go of it', async () => (await back.inspectBack()).fronts.length === 0)
    assert.equal((await back.inspectBack()).dropped, CLIENTS, 'their sessions wait')
    await stood
    front.signal('SIGCONT')
    await until('it is linked again', async () => (await back.inspectBack()).fronts.length === 1)
    await clients.talkOn()
    await clients.check()
    // They have dialled again meanwhile, and nobody is left behind.
    await until('all sessions are in contact', async () => (await back.inspectBack()).dropped === 0)
    assert.equal((await back.inspectBack()).sessions, CLIENTS)
  })
})
