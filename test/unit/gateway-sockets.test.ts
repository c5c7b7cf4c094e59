import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Gateway } from '../../src/gateway/gateway.js'
import { readTurns } from '../../src/protocol/blocks.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { encodeClientFrame } from '../../src/protocol/client-frames.js'
import { packFrames } from '../../src/protocol/pack-frames.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed, readCancelled } from '../../src/protocol/link-frames.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { blockOf, keyframe, linked, privately, shared } from '../support/scripted-back.js'
import { until } from '../support/until.js'

const message = (n: number, payload: unknown = n) =>
  ({
    type: 'entry',
    link: 1,
    entry: { clientSeq: n, kind: ENTRY.message, context: null, body: makeNamed('say', encodeValue(payload)) },
  }) as const

/** A client that is linked to room/1 as link 1, at version 0. */
async function linkedClient({
  client,
  back,
  heard,
}: Pick<Awaited<ReturnType<typeof gatewayStage>>, 'client' | 'back' | 'heard'>) {
  const one = client()
  const { sessionId } = await one.welcome()
  const count = back.all('masterLink').length
  one.link(1)
  await heard('masterLink', count + 1)
  const { ref } = back.last('masterLink')
  back.say(keyframe(0, 'the state'), linked(ref, 0))
  await one.next('keyframe')
  return { one, ref, sessionId }
}

test('S7 a turn comes to each client as the bytes that the back made, each in a message of its own', async (t) => {
  const stage = await gatewayStage(t)
  const { back } = stage
  const clients = [await linkedClient(stage), await linkedClient(stage)]
  for (const size of [1, 60, 130, 4_000, 70_000]) {
    const block = blockOf(1, 'x'.repeat(size), { events: [{ name: 'boom', except: [], payload: Uint8Array.of(7) }] })
    const version = clients[0]?.one.all('shared').length ?? 0
    const now = blockOf(version + 1, 'x'.repeat(size))
    assert.notDeepEqual(block.frame, now.frame)
    back.say({ type: 'shared', block: now })
    for (const { one } of clients) {
      const { block: got } = await one.next('shared', version + 1)
      assert.deepEqual(Buffer.from(got.frame), Buffer.from(now.frame))
      assert.deepEqual(one.messages.at(-1), Buffer.from(packFrames([now.frame])))
    }
  }
})

test('S7 keyframes, turns, and what is private come in the order in which the front said them', async (t) => {
  const stage = await gatewayStage(t)
  const { one, ref } = await linkedClient(stage)
  stage.back.say(
    privately(ref, 1, []),
    shared(1, 'a'),
    shared(2, 'b'.repeat(10_000)),
    privately(ref, 2, []),
    shared(3, 'c'),
  )
  await one.next('shared', 3)
  assert.deepEqual(
    one.heard.map(({ type }) => type),
    ['welcome', 'linked', 'keyframe', 'private', 'shared', 'shared', 'private', 'shared'],
  )
})

test('L13 G6 what is above messagesPerSecondMax becomes a void of its number, or is refused, and the socket stays', async (t) => {
  const stage = await gatewayStage(t, { limits: { messagesPerSecondMax: 1, messagesBurstMax: 5 } })
  const { one } = await linkedClient(stage)
  one.say(...Array.from({ length: 6 }, (_, i) => message(i + 1)))
  one.say({
    type: 'entry',
    link: 1,
    entry: { clientSeq: 7, kind: ENTRY.release, context: null, body: new Uint8Array(0) },
  })
  one.say({ type: 'broadcast', body: makeNamed('shout', encodeValue('x')) })
  one.link(2, 'room/2')
  const entries = await stage.heard('masterEntry', 7)
  const kinds = entries.map((frame) => (frame.type === 'masterEntry' ? frame.entry.kind : 0))
  // One was spent on the link.
  assert.deepEqual(kinds, [...Array<number>(4).fill(ENTRY.message), ...Array<number>(3).fill(ENTRY.cancelled)])
  const [fifth] = stage.back.all('masterEntry').slice(4)
  assert.equal(fifth?.entry.clientSeq, 5)
  assert.equal(readCancelled(fifth?.entry.body ?? new Uint8Array(0)).reason, 'rate-limited')
  const detached = await one.next('detached')
  assert.equal(detached.reason, 'rate-limited')
  assert.equal(stage.back.all('masterBroadcast').length, 0)
  one.say({ type: 'ping', sent: 5 })
  assert.equal((await one.next('pong')).sent, 5)
  assert.equal(stage.gateway.inspect().done.rateLimited, 5)
})

test('G6 a flood of frames closes the socket with rate-limited', async (t) => {
  const stage = await gatewayStage(t, { limits: { framesPerSecondMax: 10 } })
  const flood = stage.client()
  await flood.welcome()
  flood.say(...Array.from({ length: 100 }, () => ({ type: 'ping', sent: 0 }) as const))
  assert.equal((await flood.closed).code, closeCodeOf('rate-limited'))
  assert.equal(stage.closings().length, 1)
})

test("G6 WebSocket's own pings are answered, and count like frames", async (t) => {
  const stage = await gatewayStage(t, { limits: { framesPerSecondMax: 20 } })
  const one = stage.client()
  await one.welcome()
  const answered = new Promise((resolve) => one.webSocket.once('pong', resolve))
  one.webSocket.ping('still there?')
  assert.equal(String(await answered), 'still there?')
  for (let i = 0; i < 100; i++) one.webSocket.ping()
  assert.equal((await one.closed).code, closeCodeOf('rate-limited'))
  assert.equal(stage.closings().length, 1)
})

test('G6 L13 sizes: a payload costs its message, a frame or a WebSocket message costs the connection', async (t) => {
  const limits = { frameBytesMax: 20_000, messageBytesMax: 40_000 }
  const stage = await gatewayStage(t, { limits, front: { limits: { payloadBytesMax: 10_000 } } })
  const { one } = await linkedClient(stage)
  one.say(message(1, 'x'.repeat(15_000)))
  const [entry] = await stage.heard('masterEntry')
  assert.ok(entry?.type === 'masterEntry')
  assert.equal(readCancelled(entry.entry.body).reason, 'too-large')
  const frame = stage.client()
  await frame.welcome()
  frame.say(message(1, 'x'.repeat(30_000)))
  assert.equal((await frame.closed).code, closeCodeOf('too-large'))
  const whole = stage.client()
  await whole.welcome()
  whole.raw(new Uint8Array(50_000))
  assert.equal((await whole.closed).code, closeCodeOf('too-large'))
  const early = await stage.client().open()
  early.raw(new Uint8Array(39_000))
  const unread = await gatewayStage(t, { limits: { handshakeBytesMax: 1_000 } })
  const hello = await unread.client().open()
  hello.hello({ token: 'x'.repeat(2_000) })
  assert.equal((await hello.closed).code, closeCodeOf('too-large'))
  assert.equal(one.webSocket.readyState, 1)
})

test('G6 frames out of order, unknown types, cut and empty frames and texts close their socket only, with one line each', async (t) => {
  const stage = await gatewayStage(t)
  const { one } = await linkedClient(stage)
  const ping = encodeClientFrame({ type: 'ping', sent: 1 })
  const wrongs: (Uint8Array | string)[] = [
    packFrames([Uint8Array.of(0x3f)]),
    packFrames([Uint8Array.of(0x45, 1, 2)]),
    packFrames([ping.subarray(0, 5)]),
    packFrames([ping]).subarray(0, 6),
    Uint8Array.of(0),
    packFrames([Uint8Array.from([...ping, 0])]),
    'hello',
    packFrames([encodeClientFrame(message(3)), encodeClientFrame(message(5))]),
  ]
  for (const [i, wrong] of wrongs.entries()) {
    const bad = stage.client()
    await bad.welcome()
    bad.link(1, 'room/7', i + 1)
    bad.raw(wrong)
    assert.equal((await bad.closed).code, closeCodeOf('protocol-error'), `case ${i}`)
    assert.equal(stage.closings().length, i + 1, `case ${i}: one line`)
  }
  one.say({ type: 'ping', sent: 3 })
  await one.next('pong')
  await until('the bad ones are gone', () => stage.gateway.inspect().sockets.total === 1)
})

test('G6 random bytes over a socket cost that socket and nobody else, before and after the handshake', async (t) => {
  const stage = await gatewayStage(t)
  const { one } = await linkedClient(stage)
  for (let i = 0; i < 150; i++) {
    const bad = await stage.client().open()
    if (i % 3 > 0) await bad.welcome()
    if (i % 3 === 2) bad.link(1)
    const noise = randomBytes(1 + (i % 60))
    // Half of them with lengths that fit, so that frames are reached.
    bad.raw(i % 2 === 0 ? noise : packFrames([noise]))
    bad.raw(Uint8Array.of(0))
    const { code } = await bad.closed
    assert.ok(
      code === closeCodeOf('protocol-error') ||
        code === closeCodeOf('too-large') ||
        code === closeCodeOf('versions') ||
        code === closeCodeOf('session-expired') ||
        code === closeCodeOf('unlinked'),
      `${code} after ${noise.toString('hex')}`,
    )
  }
  stage.back.say(shared(1, 'a'))
  await one.next('shared')
  assert.equal(stage.log.lines.filter(({ level }) => level === 'error').length, 0)
})

test('G6 what is no WebSocket costs nothing either', async (t) => {
  const stage = await gatewayStage(t)
  const { port } = new URL(stage.gateway.url)
  for (let i = 0; i < 30; i++) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => {})
    const upgrade = `GET /${'x'.repeat(i * 100)} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`
    socket.write(i % 2 === 0 ? randomBytes(50) : upgrade)
    socket.write(randomBytes(200))
    await new Promise((resolve) => {
      socket.on('close', resolve)
      socket.resume()
    })
  }
  const one = stage.client()
  await one.welcome()
  await until('the others are gone', () => stage.gateway.inspect().sockets.total === 1)
})

test('G5 a silent socket is closed with heartbeat-lost; one that pings stays, and its clock is echoed', async (t) => {
  const stage = await gatewayStage(t, { limits: { heartbeatMs: 50 } })
  const silent = stage.client()
  const alive = stage.client()
  await alive.welcome()
  const pinging = setInterval(() => alive.say({ type: 'ping', sent: 42.5 }), 20)
  t.after(() => clearInterval(pinging))
  await silent.welcome()
  assert.equal((await silent.closed).code, closeCodeOf('heartbeat-lost'))
  assert.equal(alive.webSocket.readyState, 1)
  assert.equal((await alive.next('pong')).sent, 42.5)
})

test('G6 sockets of an address are limited; the one too many is told why, and a place that is left is free', async (t) => {
  const { client, gateway } = await gatewayStage(t, {
    limits: { connectionsPerAddressMax: 2 },
    addressOf: (request) => request.headers['x-address']?.toString() ?? 'here',
  })
  const first = client()
  await first.welcome()
  await client().welcome()
  const third = await client().open()
  const refused = await third.next('refused')
  assert.equal(refused.reason, 'too-many')
  assert.match(refused.message, /connectionsPerAddressMax/)
  assert.equal((await third.closed).code, closeCodeOf('too-many'))
  await client({ 'x-address': 'there' }).welcome()
  first.leave()
  await until('the place is free', () => gateway.inspect().sockets.total === 2)
  await client().welcome()
})

test('G6 a client that does not read costs itself: turns are left out, it is caught up, others notice nothing', async (t) => {
  const stage = await gatewayStage(t, { limits: { congestedBytes: 65_536 } })
  const { one: slow } = await linkedClient(stage)
  const { one: quick } = await linkedClient(stage)
  slow.webSocket.pause()
  let version = 0
  // One at a time: the quick one reads each before the next, and is never congested itself.
  const turns = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      stage.back.say(shared(++version, 'x'.repeat(50_000)))
      await quick.next('shared', version)
    }
  }
  await until('the slow one is congested', async () => {
    await turns(20)
    return stage.gateway.inspect().congested > 0
  })
  await turns(40)
  stage.back.say(keyframe(version, 'small'))
  await until('the front has it', () => stage.front.inspect().done.keyframesTaken === 3)
  const { bufferedBytes } = stage.gateway.inspect()
  assert.ok(bufferedBytes < 1_000_000, `${bufferedBytes} bytes wait for the slow one`)
  slow.webSocket.resume()
  const caughtUp = (): boolean => slow.all('keyframe').at(-1)?.keyframe.version === version
  await until('the slow one got the keyframe', caughtUp)
  stage.back.say(shared(++version, 'and on'))
  await until('and is live again', () => slow.all('shared').at(-1)?.block.version === version)
  assert.ok(slow.all('shared').length < version, 'it was spared some turns')
  assert.equal(stage.closings().length, 0)
})

test('G6 a client that got much at once and reads is not left congested', async (t) => {
  const stage = await gatewayStage(t, { limits: { congestedBytes: 1_024 } })
  const { one } = await linkedClient(stage)
  for (let version = 1; version <= 50; version++) stage.back.say(shared(version, 'x'.repeat(2_000)))
  const last = (): number => one.all('shared').at(-1)?.block.version ?? 0
  await until('all turns have come', () => last() === 50)
  const turns = one.all('shared').flatMap(({ block }) => readTurns(block).map((turn) => turn.version))
  assert.deepEqual(
    turns,
    Array.from({ length: 50 }, (_, i) => i + 1),
    'each once',
  )
  assert.equal(stage.gateway.inspect().congested, 0)
})

test('G6 a client that stays congested is closed with slow, one that is owed too much with overflow', async (t) => {
  const stage = await gatewayStage(t, {
    limits: { congestedBytes: 65_536, slowMsMax: 50, clientBufferedBytesMax: 1_000_000, closeMs: 50 },
  })
  const { one: slow } = await linkedClient(stage)
  slow.webSocket.pause()
  let version = 0
  await until('the slow one is closed', async () => {
    stage.back.say(shared(++version, 'x'.repeat(100_000)))
    await new Promise((resolve) => setImmediate(resolve))
    return stage.gateway.inspect().done.closed.slow === 1
  })
  const { one: owed, ref } = await linkedClient(stage)
  owed.webSocket.pause()
  // What is private is not left out.
  const items = [{ serverSeq: 1, kind: 3, after: 0, body: new Uint8Array(200_000) } as const]
  await until('the other one is closed', async () => {
    for (let i = 0; i < 50; i++) stage.back.say(privately(ref, version, items))
    await new Promise((resolve) => setImmediate(resolve))
    return stage.gateway.inspect().done.closed.overflow === 1
  })
  await until('both are broken off', () => stage.gateway.inspect().sockets.total === 0)
  const gone = await stage.heard('detach', 2)
  assert.deepEqual(
    gone.map((frame) => (frame.type === 'detach' ? frame.reason : '')),
    ['slow', 'overflow'],
  )
})

test('L11 BYE ends the session; a lost socket only drops it', async (t) => {
  const stage = await gatewayStage(t)
  const { one: polite, sessionId } = await linkedClient(stage)
  const { one: rude, ref } = await linkedClient(stage)
  polite.say({ type: 'bye' })
  await polite.closed
  const [end] = await stage.heard('end')
  assert.deepEqual(end, { type: 'end', sessionId, reason: 'unlinked' })
  rude.leave()
  const [gone] = await stage.heard('detach')
  assert.deepEqual(gone, { type: 'detach', ref, reason: 'connection-lost', graceMs: 0 })
  assert.equal(stage.back.all('end').length, 1)
})

test('H8 AWAY drops the session for as long as it says, and closes the socket', async (t) => {
  const stage = await gatewayStage(t)
  const { one, ref } = await linkedClient(stage)
  one.say({ type: 'away', graceMs: 5_000 })
  await one.closed
  const [gone] = await stage.heard('detach')
  assert.deepEqual(gone, { type: 'detach', ref, reason: 'connection-lost', graceMs: 5_000 })
  assert.equal(stage.back.all('end').length, 0)
})

test('L4 a kicked client is closed with kicked, and its token is good no more', async (t) => {
  const stage = await gatewayStage(t)
  const { one, sessionId } = await linkedClient(stage)
  const { resume } = one.all('welcome')[0] ?? { resume: '' }
  stage.back.say({ type: 'kick', sessionId, message: 'enough' })
  assert.deepEqual(await one.closed, { code: closeCodeOf('kicked'), text: 'enough' })
  const relink = await stage.client().open()
  relink.hello({ resume, connectionAttempt: 2 })
  assert.equal((await relink.closed).code, closeCodeOf('kicked'))
})

test('G5 /healthz answers at once, /readyz when each back has answered, and no more once the front drains', async (t) => {
  const stage = await gatewayStage(t, { away: true, request: (_request, response) => response.end('mine') })
  const get = async (path: string) => {
    const response = await fetch(`${stage.gateway.url}${path}`)
    return { status: response.status, text: (await response.text()).trim() }
  }
  assert.equal((await get('/healthz')).status, 200)
  assert.deepEqual(await get('/readyz?x=1'), {
    status: 503,
    text: 'some backs have not answered yet; not reached: back-1',
  })
  assert.deepEqual(await get('/page'), { status: 200, text: 'mine' })
  await stage.arrive()
  await until('ready', async () => (await get('/readyz')).status === 200)
  await stage.gateway.drain()
  assert.deepEqual(await get('/readyz'), { status: 503, text: 'draining' })
  assert.equal((await get('/healthz')).status, 200)
})

test('G8 drain asks clients to go, refuses new ones, and closes those that stay with draining', async (t) => {
  const stage = await gatewayStage(t)
  const goes = stage.client()
  const stays = stage.client()
  await goes.welcome()
  await stays.welcome()
  const drained = stage.gateway.drain({ withinMs: 300, drainTo: 'http://elsewhere' })
  const goaway = await goes.next('goaway')
  assert.deepEqual(goaway, { type: 'goaway', reason: 'draining', url: 'http://elsewhere', withinMs: 300 })
  goes.leave()
  const late = await stage.client().open()
  late.hello()
  const { reason, url } = await late.next('refused')
  assert.deepEqual([reason, url], ['draining', 'http://elsewhere'], 'who is refused is told where to go as well')
  await drained
  assert.equal((await stays.closed).code, closeCodeOf('draining'))
  assert.equal(stage.gateway.inspect().sockets.total, 0)
})

test('G8 drain spreads clients evenly over the fronts that it is given, and leaves it to them where there is none', async (t) => {
  const drained = async (options: Parameters<Gateway['drain']>[0], drainTo?: string[]): Promise<string[]> => {
    const stage = await gatewayStage(t, { drainTo })
    const clients = [stage.client(), stage.client(), stage.client(), stage.client(), stage.client(), stage.client()]
    for (const each of clients) await each.welcome()
    const over = stage.gateway.drain(options)
    const urls = await Promise.all(clients.map(async (each) => (await each.next('goaway')).url))
    for (const each of clients) each.leave()
    await over
    return urls.sort()
  }
  const [a, b, c] = ['ws://a', 'https://b/play', 'wss://c:9']
  assert.deepEqual(await drained({}), ['', '', '', '', '', ''])
  assert.deepEqual(await drained({}, [a, b, c]), [b, b, a, a, c, c])
  assert.deepEqual(await drained({ drainTo: [c, b] }, [a]), [b, b, b, c, c, c])
  const stage = await gatewayStage(t)
  await assert.rejects(stage.gateway.drain({ drainTo: 'nowhere' }), { code: 'invalid-option' })
  await stage.client().welcome()
})

test('S16 a gateway on a server of the user takes its path only, and leaves the server to the user', async (t) => {
  const server = createServer((_request, response) => response.end('mine'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const stage = await gatewayStage(t, { server, path: '/play' })
  assert.equal(stage.gateway.url, `http://127.0.0.1:${port}`)
  await assert.rejects(stage.client().open())
  const { WebSocket } = await import('ws')
  const right = new WebSocket(`ws://127.0.0.1:${port}/play?x=1`)
  await new Promise((resolve, reject) => {
    right.on('open', resolve)
    right.on('error', reject)
  })
  right.terminate()
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'mine')
  await stage.gateway.close()
  assert.equal(server.listening, true)
})

test('S16 wrong options and a taken port are refused with option, value and remedy', async (t) => {
  const stage = await gatewayStage(t)
  const wrong = (options: ConstructorParameters<typeof Gateway>[1], pattern: RegExp): void => {
    assert.throws(
      () => new Gateway(stage.front, options),
      (error: unknown) =>
        error instanceof CentrumError && error.code === 'invalid-option' && pattern.test(error.message),
    )
  }
  wrong({ port: 70_000 }, /port is 70000.*0 .*65535/)
  wrong({ path: 'play' }, /path is 'play', a string.*'\/'/)
  wrong({ host: '' }, /host is/)
  wrong({ server: createServer(), port: 1 }, /server/)
  wrong({ limits: { heartbeatMs: 0 } }, /heartbeatMs is 0.*from 50/)
  wrong({ limits: { heartbeat: 1 } as never }, /no option 'limits.heartbeat'/)
  wrong({ limits: { frameBytesMax: 2_000 } }, /frameBytesMax is 2000.*payloadBytesMax/)
  const { port } = new URL(stage.gateway.url)
  const second = new Gateway(stage.front, { port: Number(port) })
  await assert.rejects(
    second.listen(),
    (error: unknown) =>
      error instanceof CentrumError && error.code === 'address-in-use' && error.message.includes(port),
  )
  await assert.rejects(
    stage.gateway.listen(),
    (error: unknown) => error instanceof CentrumError && error.code === 'already-running',
  )
})

test('S9 after all have gone nothing is held', async (t) => {
  const stage = await gatewayStage(t)
  const { one } = await linkedClient(stage)
  const { one: two } = await linkedClient(stage)
  one.leave()
  two.say({ type: 'bye' })
  await until('all is empty', () => {
    const { sockets, sessions, addresses, bufferedBytes } = stage.gateway.inspect()
    return sockets.total + sessions + addresses + bufferedBytes === 0
  })
  const { sessions, links, refs } = stage.front.inspect()
  assert.deepEqual([sessions, links.total, refs], [0, 0, 0])
})
