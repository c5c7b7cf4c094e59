/**
 * What users of other projects wrote about slow clients, limits, versions, restarts, herds and moving, each as a test that shows how
 * it goes here. Titles begin with the thread.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import type { InternalOptions } from '../../src/client/connect-options.js'
import { connect } from '../../src/client/node.js'
import type { CentrumError } from '../../src/index.js'
import { encodeFrontFrame } from '../../src/protocol/client-frames.js'
import { packFrames } from '../../src/protocol/pack-frames.js'
import { VERSION_MAX, VERSION_MIN } from '../../src/protocol/frame-types.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { BadProxy } from '../support/bad-proxy.js'
import { cleanUp } from '../support/clean-up.js'
import { processCluster } from '../support/processes.js'
import { RawClient } from '../support/raw-client.js'
import type systemApp from '../support/system-app.js'
import { apart, client, QUICK, running, runtime, written } from '../support/thread-stage.js'
import { lostContact, until } from '../support/until.js'

const KIB = 1024

test('socket.io#4435: G6 what waits at a client without contact is bounded: send throws buffer-full, and all that it took arrives', async (t) => {
  const { url } = await running(t)
  const proxy = await BadProxy.forUrl(t, url)
  const ada = client(t, proxy.url, 'ada', { ...QUICK, retainedEntriesMax: 10 })
  const link = await ada.link('journal/1')
  const lost = lostContact(ada)
  proxy.cut()
  await lost
  const sent = Array.from({ length: 10 }, (_, i) => `${i}`)
  for (const text of sent) link.send('write', text)
  assert.throws(() => link.send('write', 'one too many'), { code: 'buffer-full' })
  assert.equal(ada.inspect().retained, 10)
  await until('all is written', () => link.state.lines.includes('9'))
  link.send('write', 'there is room again')
  await until('it is written', () => link.state.lines.includes('there is room again'))
  assert.deepEqual(written(link.state.lines), [...sent, 'there is room again'])
})

test('uWebSockets.js#292: G6 G2 for a client that does not read turns are left out, never messages; it ends with the same state, and others notice nothing', async (t) => {
  const { url, front, back } = await running(t, { gatewayLimits: { congestedBytes: 64 * KIB } })
  const proxy = await BadProxy.forUrl(t, url)
  const slow = await client(t, proxy.url, 'slow').link('journal/1')
  const quick = await client(t, url, 'quick').link('journal/1')
  const told: string[] = []
  slow.on('told', (text) => told.push(text))
  slow.send('write', 'before')
  await until('it is told', () => told.length === 1)
  for (const text of ['a', 'b', 'c']) slow.send('write', text)
  await until('they are written', () => back.channel('journal/1').state.lines.includes('c'))
  proxy.hold()
  const { size } = quick.state
  let grown = 0
  for (let i = 0; front.inspect().gateway.congested === 0; i++) {
    assert.ok(i < 100, 'the front notices that it does not read')
    quick.send('grow', 256 * KIB)
    grown++
    await until('the quick one sees it', () => quick.state.size === size + grown)
  }
  const versionAtCongestion = quick.version
  for (let i = 0; i < 20; i++) {
    quick.send('grow', 256 * KIB)
    grown++
    await until('the quick one sees it', () => quick.state.size === size + grown)
  }
  const { bufferedBytes } = front.inspect().gateway
  assert.ok(bufferedBytes < 4_096 * KIB, `${bufferedBytes} bytes wait, though 20 turns of 256 KiB went by`)
  assert.ok(slow.version < versionAtCongestion)
  proxy.carryOn()
  await until('it is caught up', () => slow.version === quick.version)
  assert.deepEqual(slow.state, quick.state)
  await until('nothing that was for it alone is left out', () => told.length === 4)
  assert.deepEqual(told, ['before', 'a', 'b', 'c'])
})

test('centrifuge#255: G6 G5 the queue of a slow client can be seen before it is disconnected, and the client is told why', async (t) => {
  const { url, front } = await running(t, { gatewayLimits: { congestedBytes: 64 * KIB, slowMsMax: 500 } })
  const proxy = await BadProxy.forUrl(t, url)
  const slow = client(t, proxy.url, 'slow')
  const link = await slow.link('journal/1')
  const quick = await client(t, url, 'quick').link('journal/1')
  const reasons: string[] = []
  slow.onStatus((status, reason) => reasons.push(`${status} ${reason ?? ''}`))
  proxy.hold()
  for (let i = 0; front.inspect().gateway.congested === 0; i++) {
    assert.ok(i < 100, 'the front notices that it does not read')
    const { size } = quick.state
    quick.send('grow', 256 * KIB)
    await until('the quick one sees it', () => quick.state.size > size)
  }
  const seen = front.inspect().gateway
  assert.equal(seen.congested, 1)
  assert.ok(seen.bufferedBytes > 64 * KIB)
  assert.equal(seen.done.closed['slow'], undefined, 'it is connected still')
  await until('it is disconnected', () => front.inspect().gateway.done.closed['slow'] === 1)
  proxy.carryOn()
  // What was held may reach it before the end of its connection does.
  await until('it notices', () => reasons.length > 0)
  await until('it is back', () => slow.status === 'connected' && link.version === quick.version)
  assert.equal(reasons[0]?.split(' ')[0], 'reconnecting')
  assert.deepEqual(link.state, quick.state)
})

test('SocketCluster#435: G5 L7 a back restarts: clients are told of it, and of each message that may be lost', async (t) => {
  const stage = apart(t)
  const back = await stage.back()
  const front = await stage.front()
  const link = await client(t, front.url, 'ada', { ...QUICK, closeMs: 1 }).link('journal/1')
  const told: string[] = []
  link.onStatus((status) => told.push(status))
  link.onReset((reason) => told.push(`reset ${reason}`))
  link.onRefused((n, { code }) => told.push(`${n} ${code}`))
  link.send('write', 'before')
  await until('it is written', () => link.acknowledged === 1)
  await back.close()
  await until('the link stalls', () => link.status === 'stalled')
  const n = link.send('write', 'into the dark')
  const asked = link.request('count', undefined).catch(({ code }: CentrumError) => code)
  await stage.back()
  await until('it is live again', () => link.status === 'live')
  assert.equal(await asked, 'unknown')
  assert.deepEqual(
    ['stalled', `${n} unknown`, 'reset reset', 'live'].filter((each) => !told.includes(each)),
    [],
    told.join(', '),
  )
  assert.deepEqual(link.state.lines, ['link ada'])
})

test('socketcluster-client#20: G8 a connection moves to the front that is named, make before break: status stays connected, nothing is lost', async (t) => {
  const stage = apart(t)
  await stage.back()
  const [here, there] = [await stage.front('front-1'), await stage.front('front-2')]
  const ada = client(t, here.url, 'ada')
  const link = await ada.link('journal/1')
  const statuses: string[] = []
  ada.onStatus((status) => statuses.push(status))
  const told: string[] = []
  link.on('told', (text) => told.push(text))
  const drained = here.drain({ withinMs: 200, drainTo: there.url })
  const sent: string[] = []
  while (there.inspect().gateway.sessions === 0) {
    link.send('write', `${sent.length}`)
    sent.push(`${sent.length}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await drained
  link.send('write', 'there')
  await until('all is told', () => told.length > sent.length)
  assert.deepEqual(told, [...sent, 'there'])
  assert.deepEqual(written(link.state.lines), told)
  assert.deepEqual(statuses, [])
  assert.equal(here.inspect().gateway.done.closed['draining'], undefined, 'it left by itself')
})

/** Real time, and a note of each wait that is begun. */
function noting(waits: number[]): Runtime {
  const { clock } = runtime
  return {
    ...runtime,
    clock: {
      now: () => clock.now(),
      wall: () => clock.wall(),
      soon: (run) => clock.soon(run),
      after: (ms, run) => {
        waits.push(ms)
        return clock.after(ms, run)
      },
    },
  }
}

/** So many of each quarter of what is possible. */
function quarters(waits: readonly number[], most: number): number[] {
  const counts = [0, 0, 0, 0]
  for (const ms of waits) counts[Math.min(3, Math.floor((ms / most) * 4))]! += 1
  return counts
}

for (const [thread, leave] of [
  ['firezone#11493: G8 clients of a front that drains leave it spread over the time there is', 'drain'],
  ['parabol#8903: G8 clients of a front that closes come back with full jitter', 'close'],
] as const) {
  test(thread, async (t) => {
    const mostMs = 1_000
    const stage = apart(t)
    await stage.back()
    const here = await stage.front('front-1')
    const port = Number(new URL(here.url).port)
    const clients = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const waits: number[] = []
        const options: InternalOptions = { backoffMsMin: mostMs, runtime: noting(waits), closeMs: 1 }
        const connection = connect(here.url, options)
        cleanUp(t, () => connection.close())
        await until('it is connected', () => connection.status === 'connected')
        waits.length = 0
        return { connection, waits }
      }),
    )
    if (leave === 'drain') {
      const there = await stage.front('front-2')
      await here.drain({ withinMs: mostMs * 2, drainTo: there.url })
    } else {
      await here.close()
      await until('all have noticed', () => clients.every(({ connection }) => connection.status === 'reconnecting'))
      await stage.front('front-1', { port })
    }
    await until('all are back', () => clients.every(({ connection }) => connection.inspect().connects === 2))
    const first = clients.map(({ waits }) => waits.find((ms) => ms < mostMs) ?? mostMs)
    assert.equal(new Set(first).size, first.length, 'no two wait equally long')
    for (const count of quarters(first, mostMs)) {
      assert.ok(count > 0 && count < 40, `spread over the quarters: ${quarters(first, mostMs).join(', ')}`)
    }
  })
}

test('colyseus/schema#40: H1 of a client and a server of different versions the client learns which of them is too old', async (t) => {
  const { url } = await running(t)
  for (const [versionMin, versionMax, old] of [
    [VERSION_MAX + 1, VERSION_MAX + 1, /the server is too old/],
    [VERSION_MIN - 1, VERSION_MIN - 1, /the client is too old/],
  ] as const) {
    const raw = await new RawClient(url).open()
    cleanUp(t, () => raw.leave())
    raw.hello({ versionMin, versionMax })
    const { reason, message } = await raw.next('refused')
    assert.equal(reason, 'versions')
    assert.match(message, old)
    assert.equal((await raw.closed).code, closeCodeOf('versions'))
  }
})

test('tldraw#9212: H1 G5 a client that is too old is told so, rejects what waits with that, and does not dial again', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  cleanUp(t, () => server.close())
  const message = 'the client is too old: update it (reload the page)'
  let dials = 0
  server.on('connection', (socket) => {
    dials++
    socket.on('message', () => {
      socket.send(packFrames([encodeFrontFrame({ type: 'refused', reason: 'versions', message, url: '' })]))
      socket.close(closeCodeOf('versions'))
    })
  })
  await until('it listens', () => server.address() !== null)
  const ada = client(t, `http://127.0.0.1:${(server.address() as { port: number }).port}`, 'ada')
  const ended = new Promise<string | null>((resolve) => {
    ada.onStatus((status, reason) => {
      if (status === 'closed') resolve(reason)
    })
  })
  await assert.rejects(ada.link('journal/1'), (error: CentrumError) => {
    assert.equal(error.code, 'versions')
    assert.match(error.message, /client is too old/)
    return true
  })
  assert.equal(await ended, 'versions')
  assert.equal(dials, 1)
  assert.equal(ada.inspect().relinks, 0)
})

for (const thread of ['colyseus#978', 'colyseus#968']) {
  const twin = thread === 'colyseus#968'
  const what = twin
    ? 'G1 G3 a back that misses its heartbeats gets no twin: one room, one epoch, what players did counts once'
    : 'G5 G3 a back that missed its heartbeats is listed again: its channels take new links, and nobody was unlinked'
  test(`${thread}: ${what}`, async (t) => {
    const cluster = processCluster(t, ['back-1', 'back-2'])
    const settings = { heartbeatMs: 100 }
    const backs = await Promise.all(cluster.backs.map(({ id }) => cluster.start('back', id, settings)))
    const front = await cluster.start('front', 'front-1', settings)
    const ada = connect<typeof systemApp>(front.url, { token: 'ada' })
    const bob = connect<typeof systemApp>(front.url, { token: 'bob' })
    cleanUp(t, () => Promise.all([ada.close(), bob.close()]))
    const room = await ada.link('room/1', {})
    const { epoch, reply } = room
    const owner = backs.find(({ settings: { id } }) => id === reply.back)
    assert.ok(owner)
    room.send('say', 'before')
    await until('it is heard', () => room.state.heard.length === 1)
    owner.signal('SIGSTOP')
    await until('that is noticed', () => room.status === 'stalled')
    room.send('say', 'meanwhile')
    const linking = bob.link('room/1', { timeoutMs: 20_000 })
    owner.signal('SIGCONT')
    const other = await linking
    await until('all is heard', () => room.state.heard.length === 2 && room.status === 'live')
    await until('all is seen by the other, too', () => other.state.heard.length === 2)
    assert.equal(room.epoch, epoch)
    assert.equal(other.epoch, epoch)
    assert.equal(other.reply.back, reply.back)
    assert.deepEqual(
      other.state.heard.map(({ text }) => text),
      ['before', 'meanwhile'],
    )
    assert.deepEqual(Object.keys(other.state.members).sort(), [ada.clientId, bob.clientId].sort())
    const channels = await Promise.all(backs.map(async (back) => (await back.inspectBack()).channels))
    assert.equal(
      channels.reduce((sum, count) => sum + count, 0),
      1,
      'one back has it',
    )
  })
}

for (const [thread, what] of [
  ['colyseus#65', 'one call moves a client to a channel of another back, in the middle of what it sends'],
  ['colyseus#344', 'a client moves to and fro, also while contact is lost'],
] as const) {
  test(`${thread}: S10 G3 L12 ${what}: nothing is lost, doubled or out of order`, async (t) => {
    const stage = apart(t, ['back-1', 'back-2'])
    const backs = await Promise.all(['back-1', 'back-2'].map((id) => stage.back(id)))
    const front = await stage.front()
    const proxy = await BadProxy.forUrl(t, front.url)
    const ids = Array.from({ length: 20 }, (_, i) => `place/${i}` as const)
    const from = ids.find((id) => stage.cluster.ownerOf(id) === 'back-1')
    const to = ids.find((id) => stage.cluster.ownerOf(id) === 'back-2')
    assert.ok(from && to)
    const ada = client(t, proxy.url, 'ada')
    const places = await Promise.all([ada.link(from), ada.link(to)])
    await ada.setProcessor(places[0])
    const sent: string[] = []
    const step = (): void => {
      ada.send('step', `${sent.length}`)
      sent.push(`${sent.length}`)
    }
    const moves = thread === 'colyseus#65' ? 1 : 6
    for (let i = 1; i <= moves; i++) {
      for (let j = 0; j < 10; j++) step()
      const moved = ada.setProcessor(places[i % 2] ?? null)
      if (moves > 1) proxy.cut()
      for (let j = 0; j < 10; j++) step()
      await moved
    }
    const stepsIn = (id: `place/${number}`): readonly string[] =>
      backs[id === from ? 0 : 1]?.channel(id).state.steps ?? []
    await until('all have arrived', () => stepsIn(from).length + stepsIn(to).length >= sent.length)
    for (const id of [from, to]) {
      const order = stepsIn(id).map(Number)
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      )
      assert.ok(order.length > 0)
    }
    assert.deepEqual(
      [...stepsIn(from), ...stepsIn(to)].map(Number).sort((a, b) => a - b),
      sent.map(Number),
    )
  })
}

test('DDRCardDraw#654: G5 G3 no write fails silently: each has its outcome, and a refused one is told with its number and why', async (t) => {
  const { url, back } = await running(t, { gatewayLimits: { messagesPerSecondMax: 50, messagesBurstMax: 6 } })
  const link = await client(t, url, 'ada').link('journal/1')
  const refused = new Map<number, string>()
  link.onRefused((n, { code }) => refused.set(n, code))
  const sent = Array.from({ length: 20 }, (_, i) => {
    const text: unknown = i === 1 ? 7 : `${i}`
    return { n: link.send('write', text as string), text }
  })
  const last = sent.at(-1)?.n ?? 0
  await until('each has its outcome', () => link.acknowledged === last)
  const kept = sent.filter(({ n }) => !refused.has(n)).map(({ text }) => text)
  assert.deepEqual(written(back.channel('journal/1').state.lines), kept)
  // The client paces what is more than its front takes: nothing is refused for its rate.
  assert.deepEqual([...refused], [[sent[1]?.n, 'invalid']])
  assert.equal(kept.length, 19)
})

test('liveblocks#3535: G5 a write after the end throws, and what was acknowledged is in the state that the client sees', async (t) => {
  const { url, back } = await running(t)
  const ada = client(t, url, 'ada')
  const link = await ada.link('journal/1')
  const wrong: number[] = []
  link.onChange(({ lines }) => {
    if (written(lines).length < link.acknowledged) wrong.push(link.acknowledged)
  })
  for (let i = 0; i < 50; i++) link.send('write', `${i}`)
  await until('all is acknowledged', () => link.acknowledged === 50)
  assert.deepEqual(wrong, [])
  assert.equal(written(link.state.lines).length, 50)
  await back.master.close('journal/1', 'over')
  await until('the link has ended', () => link.status === 'closed')
  assert.throws(() => link.send('write', 'too late'), { code: 'not-linked' })
  await assert.rejects(link.request('count', undefined), { code: 'not-linked' })
})
