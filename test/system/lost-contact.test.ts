import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import WebSocket from 'ws'
import { connect, type Connection } from '../../src/client/node.js'
import { cleanUp } from '../support/clean-up.js'
import { processCluster } from '../support/processes.js'
import type app from '../support/system-app.js'
import { until } from '../support/until.js'

const HEARTBEAT_MS = 200

function client(t: TestContext, url: string | readonly string[], name: string): Connection<typeof app> {
  const connection = connect<typeof app>(url, { token: () => Promise.resolve(name) })
  cleanUp(t, () => connection.close())
  return connection
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('G5 G8 L5 a front is killed: its clients go on at another one, nothing is lost, and the back cleans up', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  const one = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS })
  // Only the first front is there when ada dials, so that it is hers.
  const port = await freePort()
  const ada = client(t, [one.url, `http://127.0.0.1:${port}`], 'ada')
  await until('ada is connected', () => ada.status === 'connected')
  const two = await cluster.start('front', 'front-2', { heartbeatMs: HEARTBEAT_MS, port })
  const bob = client(t, two.url, 'bob')
  const [room, other] = await Promise.all([ada.link('room/1', {}), bob.link('room/1', {})])
  const id = ada.clientId
  const statuses: string[] = []
  room.onStatus((status, reason) => statuses.push(`${status} ${reason ?? ''}`))
  let resets = 0
  room.onReset(() => resets++)
  const said: string[] = []
  const say = (text: string): void => {
    room.send('say', text)
    said.push(text)
  }
  for (let i = 0; i < 50; i++) say(`before ${i}`)
  one.kill()
  for (let i = 0; i < 50; i++) say(`after ${i}`)
  await until('all is heard', () => other.state.heard.length === said.length)
  assert.deepEqual(
    other.state.heard.map(({ text }) => text),
    said,
  )
  await until('ada is live again', () => room.status === 'live' && room.state.heard.length === said.length)
  assert.equal(ada.clientId, id, 'the same session')
  assert.equal(resets, 0)
  assert.ok(
    statuses.some((status) => status.startsWith('stalled')) && statuses.at(-1)?.startsWith('live'),
    statuses.join(', '),
  )
  assert.deepEqual(
    Object.keys(room.state.members).sort(),
    [ada.clientId, bob.clientId].sort(),
    'no onUnlink, no second onLink',
  )
  const seen = await back.inspectBack()
  assert.deepEqual(
    seen.fronts.map((front) => front.id),
    ['front-2'],
  )
  assert.equal(seen.dropped, 0)
  const relink = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS })
  await until(
    'the front is taken back as a new incarnation',
    async () => (await back.inspectBack()).fronts.length === 2,
  )
  const cy = client(t, relink.url, 'cy')
  assert.equal((await cy.link('room/1', {})).state.heard.length, said.length)
})

test('G1 G5 L7 a back is killed: clients stall, and when it is back they are reset and live, and told what is unknown', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  const front = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS })
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', { options: { team: 'red' } })
  room.send('say', 'before')
  await until('it is heard', () => room.state.heard.length === 1)
  const { epoch } = room
  const told: string[] = []
  room.onStatus((status, reason) => told.push(`${status} ${reason ?? ''}`.trim()))
  room.onReset((reason) => told.push(`reset ${reason}`))
  room.onRefused((n, error) => told.push(`refused ${n} ${error.code}`))
  back.kill()
  await until('the link stalls', () => room.status === 'stalled')
  const asked = room.request('count', 'x').catch((error: { code: string }) => error.code)
  const n = room.send('say', 'into the dark')
  assert.equal(ada.status, 'connected', 'the socket stays open')
  await back.ended()
  await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  await until('the link is live again', () => room.status === 'live')
  assert.equal(await asked, 'unknown')
  assert.ok(told.includes(`refused ${n} unknown`), told.join(', '))
  assert.ok(told.includes('reset reset'), told.join(', '))
  assert.match(told[0] ?? '', /^stalled/)
  assert.equal(told.at(-1), 'live')
  assert.ok(room.epoch > epoch, 'the epoch grew')
  assert.deepEqual(room.state.heard, [], 'a memory-only channel begins anew')
  assert.deepEqual(Object.values(room.state.members), [{ name: 'ada', team: 'red' }], 'linked anew with its options')
  room.send('say', 'after')
  await until('it is heard', () => room.state.heard.length === 1)
})

test('G3 G5 a back that stands still is noticed within the heartbeat limit, and when it wakes all goes on without a reset', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: HEARTBEAT_MS })
  const front = await cluster.start('front', 'front-1', { heartbeatMs: HEARTBEAT_MS })
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', {})
  let resets = 0
  room.onReset(() => resets++)
  for (let i = 0; i < 10; i++) room.send('say', `m${i}`)
  await until('they are heard', () => room.state.heard.length === 10)
  back.signal('SIGSTOP')
  await until('the link stalls', () => room.status === 'stalled')
  for (let i = 10; i < 20; i++) room.send('say', `m${i}`)
  const asked = room.request('count', ada.clientId, { timeoutMs: 20_000 })
  back.signal('SIGCONT')
  assert.equal(await asked, 20)
  await until('the link is live again', () => room.status === 'live')
  assert.deepEqual(
    room.state.heard.map(({ text }) => text),
    Array.from({ length: 20 }, (_, i) => `m${i}`),
  )
  assert.equal(resets, 0)
})

test('G5 a client whose back was never there is told by a time-out that says why, and links once it comes', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const front = await cluster.start('front', 'front-1')
  const ada = client(t, front.url, 'ada')
  await assert.rejects(ada.link('room/1', { timeoutMs: 300 }), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'timeout')
    assert.match(error.message, /unreachable|reach/)
    return true
  })
  const linked = ada.link('room/1', {})
  assert.equal((await fetch(`${front.url}/readyz`)).status, 503)
  assert.equal((await fetch(`${front.url}/healthz`)).status, 200)
  await cluster.start('back', 'back-1')
  assert.equal((await linked).status, 'live')
  assert.equal((await fetch(`${front.url}/readyz`)).status, 200)
})

test('G6 L2 hostile bytes from clients and masters close their own connection, and the rest goes on', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1')
  const front = await cluster.start('front', 'front-1')
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', {})
  const path = (cluster.backs[0]?.address ?? '').replace('unix:', '')
  for (let i = 0; i < 20; i++) {
    const code = await new Promise<number>((resolve) => {
      const socket = new WebSocket(front.url.replace('http', 'ws'))
      socket.on('error', () => undefined)
      socket.on('open', () => socket.send(randomBytes(1 + i * 50)))
      socket.on('close', resolve)
    })
    assert.ok(code >= 4000, `closed with ${code}`)
    await new Promise<void>((resolve) => {
      const socket = connectSocket(path, () => socket.write(randomBytes(1 + i * 500)))
      socket.on('error', () => undefined)
      // A packet that promises more than it brings is waited for; the test ends that wait.
      socket.on('close', () => resolve())
      socket.on('data', () => undefined)
      if (i % 2 === 0) socket.end()
      else setTimeout(() => socket.destroy(), 50)
    })
  }
  room.send('say', 'still here')
  await until('the room goes on', () => room.state.heard.length === 1)
  assert.equal((await back.inspectBack()).fronts.length, 1)
  assert.equal((await front.inspectFront()).gateway.sockets.total, 1)
})
