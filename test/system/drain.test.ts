import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { WebSocketConstructor } from '../../src/client/web-socket-like.js'
import { startApp } from '../../src/index.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { cleanUp } from '../support/clean-up.js'
import { processCluster } from '../support/processes.js'
import { PulseClients } from '../support/pulse-clients.js'
import { RawClient } from '../support/raw-client.js'
import app from '../support/system-app.js'
import { until } from '../support/until.js'

const CLIENTS = 40
const runtime = nodeRuntime({ log: silentLog })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A WebSocket that writes down what becomes of it. */
function noted(notes: string[]): WebSocketConstructor {
  let made = 0
  return class extends WebSocket {
    readonly #name = ++made

    constructor(url: string) {
      super(url, { perMessageDeflate: false })
      this.once('message', () => notes.push(`welcome ${this.#name}`))
    }

    override close(code?: number): void {
      notes.push(`close ${this.#name}`)
      super.close(code)
    }
  }
}

function rawClient(t: TestContext, url: string): RawClient {
  const client = new RawClient(url)
  cleanUp(t, () => client.leave())
  return client
}

test('G8 G3 SIGTERM of a front: /readyz turns false, new clients are refused, and those it has are live at another one before they leave', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1')
  const leaving = await cluster.start('front', 'front-1', { gatewayLimits: { drainMs: 4_000 } })
  // Only the first front is there when they dial, so that all of them are its.
  const port = await freePort()
  const notes = Array.from({ length: CLIENTS }, (): string[] => [])
  const clients = await PulseClients.start(t, CLIENTS, [leaving.url, `http://127.0.0.1:${port}`], (i) => ({
    WebSocket: noted(notes[i] ?? []),
  }))
  for (const each of notes) each.length = 0
  const staying = await cluster.start('front', 'front-2', { port })
  await until('the other front is ready', async () => (await fetch(`${staying.url}/readyz`)).ok)
  assert.equal((await leaving.inspectFront()).gateway.sessions, CLIENTS)
  await clients.talkOn()
  const keyframes = clients.all.map(({ connection }) => connection.inspect().keyframes)
  const early = await rawClient(t, leaving.url).open()
  const stays = rawClient(t, leaving.url)
  await stays.welcome()

  leaving.signal('SIGTERM')
  assert.equal((await stays.next('goaway')).reason, 'draining')
  assert.equal((await fetch(`${leaving.url}/readyz`)).status, 503)
  assert.equal((await fetch(`${leaving.url}/healthz`)).status, 200)
  assert.ok((await leaving.inspectFront()).gateway.sessions > 1, 'most of its clients are here yet')
  assert.equal((await early.closed).code, closeCodeOf('draining'), 'who has said nothing yet has nothing to finish')
  const late = await rawClient(t, leaving.url).open()
  late.hello()
  assert.equal((await late.next('refused')).reason, 'draining')
  assert.equal((await late.closed).code, closeCodeOf('draining'))

  await until('all have moved', async () => (await staying.inspectFront()).gateway.sessions === CLIENTS)
  assert.equal((await stays.closed).code, closeCodeOf('draining'), 'who does not go is closed when the time is over')
  await leaving.ended()
  await clients.talkOn()
  await clients.check()
  for (const [i, { statuses, connection }] of clients.all.entries()) {
    assert.deepEqual(
      statuses.filter((status) => !['link stalled draining', 'link live'].includes(status)),
      [],
      'always connected, at most a short stall',
    )
    // The first dial may have failed, so that it is the second socket or the third.
    const made = Number(notes[i]?.[0]?.slice('welcome '.length))
    const order = [`welcome ${made}`, `close ${made - 1}`]
    assert.deepEqual(notes[i]?.slice(0, 2), order, 'one is given up when the other is welcome')
    assert.equal(connection.inspect().connects, 2, 'one move each')
  }
  assert.deepEqual(
    clients.all.map(({ connection }) => connection.inspect().keyframes),
    keyframes,
    'nobody needed a keyframe',
  )
  const { sessions, dropped } = await back.inspectBack()
  assert.deepEqual({ sessions, dropped }, { sessions: CLIENTS, dropped: 0 })
})

test('G8 G3 clients that know one front only move to those that it names when it drains: nothing is lost, nothing comes twice', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1')
  const others = [await cluster.start('front', 'front-2'), await cluster.start('front', 'front-3')]
  const leaving = await cluster.start('front', 'front-1', {
    gatewayLimits: { drainMs: 4_000 },
    drainTo: others.map(({ url }) => url),
  })
  const clients = await PulseClients.start(t, 10, [leaving.url])
  await clients.talkOn()
  leaving.signal('SIGTERM')
  await leaving.ended()
  await clients.talkOn()
  await clients.check()
  for (const { statuses, connection } of clients.all) {
    const unexpected = statuses.filter((status) => !['link stalled draining', 'link live'].includes(status))
    assert.deepEqual(unexpected, [], 'always connected, at most a short stall')
    assert.equal(connection.inspect().connects, 2, 'one move each')
  }
  for (const other of others) assert.equal((await other.inspectFront()).gateway.sessions, 5)
  const { sessions, dropped } = await back.inspectBack()
  assert.deepEqual({ sessions, dropped }, { sessions: 10, dropped: 0 })
})

test('G8 a drain names another front, ends as soon as the last client has left, and leaves nothing behind', async (t) => {
  const here = await startApp(app, { port: 0, runtime })
  cleanUp(t, () => here.close())
  const goes = rawClient(t, here.url)
  await goes.welcome()
  const drained = here.drain({ withinMs: 3_600_000, drainTo: 'http://elsewhere:1' })
  assert.deepEqual(await goes.next('goaway'), {
    type: 'goaway',
    reason: 'draining',
    url: 'http://elsewhere:1',
    withinMs: 3_600_000,
  })
  assert.equal(here.front.inspect().gateway.state, 'draining')
  assert.equal(here.front.ready, false)
  goes.leave()
  await drained
  const { sockets, sessions } = here.front.inspect().gateway
  assert.deepEqual({ total: sockets.total, sessions }, { total: 0, sessions: 0 })
  assert.equal(here.front.inspect().gateway.done.closed['draining'], undefined, 'nobody was thrown out')
})
