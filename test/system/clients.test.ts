import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import WebSocket from 'ws'
import { connect, type Connection } from '../../src/client/node.js'
import { startApp, startBack, startFront, staticCluster, type BackDescriptor } from '../../src/index.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { sharedSecretOf } from '../../src/link/shared-secret.js'
import {
  decodeFrontFrame,
  encodeClientFrame,
  packFrames,
  unpackFrames,
  type FrontFrame,
} from '../../src/protocol/index.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { canonical } from '../../src/state/index.js'
import { cleanUp } from '../support/clean-up.js'
import { KEY, processCluster } from '../support/processes.js'
import { roundRobin } from '../support/round-robin.js'
import { ScriptedFront } from '../support/scripted-front.js'
import app from '../support/system-app.js'
import { until } from '../support/until.js'

const runtime = nodeRuntime({ log: silentLog })
const CHANNELS = ['room/*', 'area/*', 'ticker/*']

function client(t: TestContext, url: string | readonly string[], name: string): Connection<typeof app> {
  const connection = connect<typeof app>(url, { token: () => Promise.resolve(name) })
  cleanUp(t, () => connection.close())
  return connection
}

/** Two backs and a front within this process. */
async function twoBacks(t: TestContext, graceMs = 30_000) {
  const network = new InProcessNetwork()
  const listed: BackDescriptor[] = ['back-1', 'back-2'].map((id) => ({
    id,
    address: `memory:${id}`,
    channels: CHANNELS,
  }))
  const cluster = staticCluster({ backs: listed, key: KEY })
  const backs = await Promise.all(listed.map(({ id }) => startBack(app, { id, cluster, network, runtime, graceMs })))
  const front = await startFront(app, { id: 'front-1', cluster, network, runtime, port: 0, flushMs: 2 })
  await front.master.connect()
  cleanUp(t, async () => {
    await front.close()
    await Promise.all(backs.map((back) => back.close()))
  })
  const ownerOf = (id: string): (typeof backs)[number] => {
    const owner = backs.find((back) => back.id === cluster.ownerOf(id))
    assert.ok(owner)
    return owner
  }
  return { front, backs, cluster, network, ownerOf }
}

test('S6 three fronts behind a plain round-robin balancer: every client sees every other', async (t) => {
  const cluster = processCluster(t, ['back-1', 'back-2'])
  await Promise.all(cluster.backs.map(({ id }) => cluster.start('back', id)))
  const fronts = await Promise.all(['front-1', 'front-2', 'front-3'].map((id) => cluster.start('front', id)))
  const url = await roundRobin(
    t,
    fronts.map((front) => front.url),
  )
  const names = ['ada', 'bob', 'cy', 'dee', 'eve', 'flo']
  const clients = names.map((name) => client(t, url, name))
  const rooms = await Promise.all(clients.map((connection) => connection.link('room/1', { options: { team: 'red' } })))
  for (const [i, room] of rooms.entries()) room.send('say', `I am ${names[i]}`)
  await until('everyone sees everyone', () =>
    rooms.every(({ state }) => Object.keys(state.members).length === 6 && state.heard.length === 6),
  )
  for (const { state } of rooms) {
    assert.deepEqual(
      Object.values(state.members)
        .map(({ name }) => name)
        .sort(),
      names,
    )
  }
  const carried = await Promise.all(fronts.map(async (front) => (await front.inspectFront()).gateway.sessions))
  assert.deepEqual(carried, [2, 2, 2], 'each front carries its share')
})

test('S7 the bytes of a shared block at a client are those that the back made', async (t) => {
  const { front, cluster, network } = await twoBacks(t)
  const owner = cluster.ownerOf('room/1') as string
  const secret = sharedSecretOf(cluster.key as Uint8Array, 'proof')
  const tap = new ScriptedFront(
    runtime,
    network,
    { id: owner, address: `memory:${owner}`, membershipHash: cluster.hash, secret },
    'tap',
  )
  cleanUp(t, () => tap.leave())
  await until('the tap is linked', () => tap.link)
  tap.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen: 0, past: null })
  const socket = new WebSocket(front.url.replace('http', 'ws'))
  cleanUp(t, () => socket.terminate())
  const heard: FrontFrame[] = []
  socket.on('message', (bytes: Buffer) => {
    for (const frame of unpackFrames(bytes, 10_000_000)) heard.push(decodeFrontFrame(frame))
  })
  await new Promise((resolve) => socket.once('open', resolve))
  const say = (...frames: Parameters<typeof encodeClientFrame>[0][]): void =>
    socket.send(packFrames(frames.map((frame) => encodeClientFrame(frame))))
  const incarnation = '0123456789abcdef'
  say({
    type: 'hello',
    versionMin: 1,
    versionMax: 1,
    features: 0,
    frameBytesMax: 10_000_000,
    incarnation,
    token: 'raw',
    resume: '',
    connectionAttempt: 1,
  })
  await until('it is welcome', () => heard.some(({ type }) => type === 'welcome'))
  const request = { channelId: 'room/1', linkNumber: 1, processor: false, past: null, options: null }
  say({ type: 'link', link: 1, request })
  await until('it is linked', () => heard.some(({ type }) => type === 'linked'))
  const other = client(t, front.url, 'ada')
  const room = await other.link('room/1', {})
  for (let i = 0; i < 20; i++) room.send('say', `m${i}`)
  await until('all is said', () => room.state.heard.length === 20)
  const atClient = heard.flatMap((frame) => (frame.type === 'shared' ? [frame.block] : []))
  const made = new Map(tap.all('shared').map(({ block }) => [block.version, Buffer.from(block.frame).toString('hex')]))
  assert.ok(atClient.length > 0)
  for (const block of atClient) assert.equal(Buffer.from(block.frame).toString('hex'), made.get(block.version))
})

test('S9 a client links to several channels and unlinks: all counts return to zero', async (t) => {
  const { front, backs } = await twoBacks(t)
  const connection = client(t, front.url, 'ada')
  const ids = ['room/1', 'room/2', 'room/3', 'room/4', 'room/5'] as const
  const rooms = await Promise.all(ids.map((id) => connection.link(id, {})))
  assert.equal(front.inspect().links.live, 5)
  assert.equal(front.inspect().subscribed, 5)
  for (const room of rooms) await room.unlink()
  await until('the front holds no link', () => front.inspect().links.total === 0 && front.inspect().refs === 0)
  await until('no back holds a session', () =>
    backs.every((back) => back.inspect().sessions === 0 && back.inspect().refs === 0),
  )
  await until('the front has ended its own links', () => backs.every((back) => back.inspect().subscriptions === 0))
  await connection.close()
  await until('no socket is left', () => front.inspect().gateway.sockets.total === 0 && front.inspect().sessions === 0)
  assert.equal(
    backs.reduce((sum, back) => sum + back.inspect().beats, 0),
    0,
  )
})

test('S10 the processor moves: the old one gets all until the release, the new one all after, in order and once', async (t) => {
  const { front, ownerOf } = await twoBacks(t)
  const connection = client(t, front.url, 'ada')
  const ids = ['area/1', 'area/2', 'area/3', 'area/4'] as const
  const areas = await Promise.all(ids.map((id) => connection.link(id)))
  const sent: string[] = []
  for (let round = 0; round < 20; round++) {
    const moved = connection.setProcessor(areas[round % 4] ?? null)
    for (let i = 0; i < 10; i++) {
      const text = `${round}.${i}`
      connection.send('step', text)
      sent.push(text)
    }
    await moved
    for (let i = 10; i < 20; i++) {
      const text = `${round}.${i}`
      connection.send('step', text)
      sent.push(text)
    }
  }
  const steps = (): string[] =>
    ids.flatMap((id) =>
      ownerOf(id)
        .channel(id)
        .state.steps.map(({ text }) => text),
    )
  await until('all have arrived', () => steps().length >= sent.length)
  assert.deepEqual(steps().sort(), [...sent].sort(), 'none is lost, none comes twice')
  for (const id of ids) {
    const order = ownerOf(id)
      .channel(id)
      .state.steps.map(({ text }) => sent.indexOf(text))
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
      `in order in ${id}`,
    )
  }
  const arrivals = ownerOf('area/1')
    .channel('area/1')
    .state.arrivals.map((arrival) => arrival[0])
  assert.deepEqual(arrivals.slice(0, 4), ['+', '-', '+', '-'], 'onProcessor and onProcessorLeft take turns')
  assert.equal(connection.processor?.id, areas[3]?.id)
  await connection.setProcessor(null)
  assert.throws(() => connection.send('step', 'lost'), { code: 'no-processor' })
})

test('S11 a broadcast of a client reaches the open channels of all backs, at most once each', async (t) => {
  const { front, ownerOf, backs } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const bob = client(t, front.url, 'bob')
  const ids = ['room/1', 'room/2', 'room/3', 'room/4'] as const
  await Promise.all(ids.map((id) => bob.link(id, {})))
  await ada.link('room/1', {})
  assert.ok(
    backs.every((back) => back.inspect().channels > 0),
    'channels are open on both backs',
  )
  ada.broadcast('shout', 'hear me')
  await until('all have heard', () => ids.every((id) => ownerOf(id).channel(id).state.heard.length > 0))
  for (const id of ids) assert.deepEqual(ownerOf(id).channel(id).state.heard, [{ from: ada.clientId, text: 'hear me' }])
})

test('S12 V9 the back speaks to one, to all, to all but one, in order among themselves and to the versions', async (t) => {
  const { front } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const bob = client(t, front.url, 'bob')
  const [here, there] = await Promise.all([ada.link('room/1', {}), bob.link('room/1', {})])
  const atAda: string[] = []
  const atBob: string[] = []
  here.on('boom', (text) => atAda.push(`${text} ${here.state.heard.some((heard) => heard.text === text)}`))
  there.on('boom', (text) => atBob.push(text))
  const said = ['me 1', 'all 2', 'others 3', 'me 4', 'all 5']
  for (const text of said) here.send('say', text)
  await until('all has arrived', () => atAda.length === 4 && atBob.length === 3)
  assert.deepEqual(atAda, ['me 1 true', 'all 2 true', 'me 4 true', 'all 5 true'], 'each with a state that contains it')
  assert.deepEqual(atBob, ['all 2', 'others 3', 'all 5'])
})

test('S13 options, reply and refusal are typed, and validated by the schema of the channel', async (t) => {
  const { front } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', { options: { team: 'red' } })
  assert.equal(room.reply.welcome, 'ada')
  assert.deepEqual(
    room.state.members[ada.clientId],
    { name: 'ada', team: 'red' },
    'the client finds itself in the state',
  )
  await assert.rejects(
    ada.link('room/2', { options: { team: 'red', refuse: 'no room for you' } }),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'link-refused')
      assert.match(error.message, /no room for you/)
      return true
    },
  )
  await assert.rejects(ada.link('room/2', { options: { team: 7 as never } }), { code: 'invalid' })
  await assert.rejects(ada.link('nowhere/2' as never), { code: 'unknown-channel' })
})

test('S14 G7 a client that sends what is internal is refused', async (t) => {
  const { front } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', {})
  const refused = new Promise<[number, string]>((resolve) => room.onRefused((n, error) => resolve([n, error.code])))
  const n = room.send('credited' as never, 5 as never)
  assert.deepEqual(await refused, [n, 'not-permitted'])
  assert.deepEqual(room.state.heard, [])
})

test('S15 channels open and close at run time, and fronts and clients are told', async (t) => {
  const { front, ownerOf } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const owner = ownerOf('room/1')
  const openThere = (): number => front.inspect().backs.find(({ id }) => id === owner.id)?.openChannels ?? -1
  await owner.open('room/1')
  await until('the front was told', () => openThere() === 1)
  const room = await ada.link('room/1', {})
  const closed = new Promise<string>((resolve) =>
    room.onStatus((status, reason) => void (status === 'closed' && resolve(reason ?? ''))),
  )
  await owner.master.close('room/1', 'the game is over')
  assert.equal(await closed, 'channel-closed')
  await until('the front was told', () => openThere() === 0)
  assert.throws(() => room.send('say', 'too late'), { code: 'not-linked' })
  const relink = await ada.link('room/1', {})
  assert.equal(relink.state.heard.length, 0, 'the channel opened anew')
})

test('G3 L9 requests are answered in order, and acknowledged follows the state', async (t) => {
  const { front } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', {})
  const checked: boolean[] = []
  room.onChange((state) => checked.push(state.heard.length === room.acknowledged || room.acknowledged > 30))
  const counts: Promise<number>[] = []
  for (let i = 0; i < 30; i++) room.send('say', `m${i}`)
  counts.push(room.request('count', ada.clientId))
  assert.deepEqual(await Promise.all(counts), [30])
  await assert.rejects(room.request('count', 7 as never), { code: 'invalid' })
  assert.ok(checked.length > 0 && checked.every(Boolean))
})

test('G5 kick ends connection and session for good, with its reason', async (t) => {
  const { front, ownerOf } = await twoBacks(t)
  const ada = client(t, front.url, 'ada')
  const room = await ada.link('room/1', {})
  const ended = new Promise<string>((resolve) =>
    ada.onStatus((status, reason) => void (status === 'closed' && resolve(reason ?? ''))),
  )
  room.send('say', 'kick me')
  assert.equal(await ended, 'kicked')
  assert.equal(room.status, 'closed')
  await until('the member is gone', () => Object.keys(ownerOf('room/1').channel('room/1').state.members).length === 0)
})

test('G2 after everything all clients and the owner have the same state', async (t) => {
  const { front, ownerOf } = await twoBacks(t)
  const clients = ['ada', 'bob', 'cy'].map((name) => client(t, front.url, name))
  const rooms = await Promise.all(clients.map((connection) => connection.link('room/1', {})))
  for (let i = 0; i < 100; i++) rooms[i % 3]?.send('say', `m${i}`)
  const owner = ownerOf('room/1').channel('room/1')
  await until('all was heard by all', () => rooms.every(({ state }) => state.heard.length === 100))
  for (const { state } of rooms) assert.deepEqual(canonical(state), canonical(owner.state))
})

test('S16 an app runs in one process with one call', async (t) => {
  const running = await startApp(app, { port: 0, runtime })
  cleanUp(t, () => running.close())
  const room = await client(t, running.url, 'ada').link('room/1', {})
  room.send('say', 'hello')
  await until('it is heard', () => room.state.heard.length === 1)
})

test('G8 health is answered on the port of the clients, or on an adminPort alone', async (t) => {
  const running = await startApp(app, { port: 0, adminPort: 0, runtime })
  cleanUp(t, () => running.close())
  const { adminUrl, url } = running.front
  assert.notEqual(adminUrl, url)
  assert.equal((await fetch(`${adminUrl}/healthz`)).status, 200)
  assert.equal((await fetch(`${adminUrl}/readyz`)).status, 200)
  assert.equal((await fetch(`${url}/readyz`)).status, 404)
  const drained = running.drain({ withinMs: 0 })
  assert.equal((await fetch(`${adminUrl}/readyz`)).status, 503)
  await drained
})
