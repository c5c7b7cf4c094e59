/** Which front a client dials next, how attempts overlap, and what it says of one that it cannot reach. */
import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { connect } from '../../src/client/node.js'
import { HandFront } from '../support/hand-front.js'
import { until } from '../support/until.js'

test('G5 while a socket does not open others are opened beside it, and the first that opens is kept', async () => {
  const front = new HandFront(['ws://a', 'ws://b', 'ws://c', 'ws://d'], { overlapMs: 2_000 })
  await front.settle(1_999)
  assert.equal(front.sockets.length, 1)
  await front.settle(4_001)
  assert.equal(front.sockets.length, 3)
  assert.equal(new Set(front.sockets.map(({ url }) => url)).size, 3, 'each is another')
  await front.settle(2_000)
  assert.equal(front.sockets.length, 3, 'and no more than three')
  const [first, second, third] = front.sockets
  second?.accept()
  await front.settle()
  assert.deepEqual(
    [first, second, third].map((socket) => socket?.closedWith),
    [1000, null, 1000],
  )
  second?.welcome()
  assert.equal(front.connection.status, 'connected')
  assert.equal(first?.all('hello').length, 0, 'no front hears of two sockets')
})

test('G5 an attempt fails when all of its sockets have', async () => {
  const front = new HandFront(['ws://a', 'ws://b'], { overlapMs: 1_000, backoffMsMin: 100_000, backoffMsMax: 100_000 })
  const told: string[] = []
  front.connection.onStatus((status, reason) => told.push(`${status} ${String(reason)}`))
  await front.settle(1_000)
  const [first, second] = front.sockets
  first?.drop()
  assert.deepEqual(told, [])
  second?.drop()
  assert.deepEqual(told, ['connecting unreachable'])
})

test('G5 the clients of a front that is lost draw among the others by their own chance', async () => {
  const next = new Map<string, number>()
  for (let i = 0; i < 30; i++) {
    const front = new HandFront(['ws://a', 'ws://b', 'ws://c', 'ws://d'])
    front.chance = () => 0
    await front.welcome()
    assert.equal(front.socket.url, 'ws://c/')
    front.chance = () => ((i % 3) + 0.5) / 3
    front.socket.drop()
    await front.settle(10_000)
    const { url } = front.sockets[1] ?? assert.fail('it dials again')
    next.set(url, (next.get(url) ?? 0) + 1)
  }
  assert.deepEqual([...next].sort(), [
    ['ws://a/', 10],
    ['ws://b/', 10],
    ['ws://d/', 10],
  ])
})

test('GOAWAY: where the next front drains as well another is tried, while the socket is there', async () => {
  const front = new HandFront(['ws://a', 'ws://b', 'ws://c'])
  await front.welcome()
  const [old] = front.sockets
  old?.say({ type: 'goaway', reason: 'draining', url: '', withinMs: 5_000 })
  await front.settle(3_000)
  front.socket.accept().say({ type: 'refused', reason: 'draining', message: 'I drain as well', url: '' })
  front.socket.drop('draining')
  await front.settle(500)
  assert.equal(front.sockets.length, 3)
  await front.welcome()
  assert.equal(front.connection.status, 'connected')
  assert.equal(old?.closedWith, 1000)
  assert.equal(new Set(front.sockets.map(({ url }) => url)).size, 3)
})

test('GOAWAY: a socket that is replaced by its own successor is not the end', async () => {
  const front = new HandFront()
  await front.welcome()
  const old = front.socket
  old.say({ type: 'goaway', reason: 'draining', url: '', withinMs: 1_000 })
  await front.settle(1_000)
  front.socket.accept()
  await front.settle()
  old.drop('replaced')
  assert.equal(front.connection.status, 'reconnecting')
  front.socket.welcome()
  assert.equal(front.connection.status, 'connected')
})

test('G5 the first failure is one line, with what is known of the cause', async () => {
  const front = new HandFront()
  await front.settle()
  front.socket.drop()
  await front.settle(1_000)
  front.socket.drop()
  await front.settle(1_000)
  assert.deepEqual(
    front.logged.map(({ event }) => event),
    ['connection.failed'],
  )
  assert.match(
    String(front.logged[0]?.fields['message']),
    /^ws:\/\/front\/: the socket closed; browsers hide the cause/,
  )
})

test('G5 in Node the cause is named, with what to look at', async (t) => {
  const http = createHttpServer((_, response) => response.writeHead(404).end())
  const elsewhere = createHttpServer().on('upgrade', (_, socket) => socket.end('HTTP/1.1 301 Moved\r\n\r\n'))
  const mute = createServer((socket) => socket.on('error', () => {}).end('not HTTP'))
  for (const server of [http, elsewhere, mute])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => [http, elsewhere, mute].map((server) => server.close()))
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port
  const gone = createServer()
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
  const port = portOf(gone)
  await new Promise((resolve) => gone.close(resolve))
  const cases: [url: string, cause: RegExp][] = [
    [`ws://127.0.0.1:${port}`, /ECONNREFUSED.* Nothing listens there/],
    [`ws://127.0.0.1:${portOf(http)}`, /response: 404\. An HTTP server answers there, but it is not a front/],
    [`ws://127.0.0.1:${portOf(elsewhere)}`, /response: 301\. The server sends clients to another URL/],
    [`wss://127.0.0.1:${portOf(mute)}`, /[^:\s]\. The server does not speak TLS there/],
  ]
  t.mock.method(console, 'warn', () => {})
  for (const [url, cause] of cases) {
    const connection = connect(url)
    await until('it is known', () => connection.inspect().dials > 1)
    await assert.rejects(connection.link('lobby', { timeoutMs: 1 }), { code: 'timeout', message: cause })
    await connection.close()
  }
})

test('G5 while nothing has failed yet, a call that times out says how far the connection has come', async () => {
  let letGo = (_token: string): void => {}
  const token = new Promise<string>((resolve) => (letGo = resolve))
  const front = new HandFront(['ws://front'], { token: () => token, overlapMs: 60_000 })
  const refused = async (message: RegExp): Promise<void> => {
    const linking = front.connection.link('room', { timeoutMs: 100 })
    const rejected = assert.rejects(linking, { code: 'timeout', message })
    await front.settle(200)
    await rejected
  }
  await refused(/connecting: ws:\/\/front\/: the socket is not open\)/)
  front.socket.accept()
  await refused(/the socket is open, but token\(\) has not settled\)/)
  letGo('ada')
  await front.settle()
  await refused(/the socket is open, but no front answers there\)/)
  await front.settle(10_000)
  assert.match(String(front.logged[0]?.fields['message']), /no front answers there after 10000 ms \(handshakeMs\)/)
})

test('a wrong option or URL of a client is shown as what it is', () => {
  const refused = (urls: unknown, options: object, message: RegExp): void =>
    assert.throws(() => connect(urls as string, options), { code: 'invalid-option', message })
  refused('ws://front', { timeoutMs: '5' }, /timeoutMs is '5', a string\. It must be a number/)
  refused('ws://front', { timeoutMs: Number.NaN }, /timeoutMs is NaN\./)
  refused('ws://front', { timeoutMs: 5n }, /timeoutMs is 5\./)
  refused('ws://front', { keepSeat: null }, /keepSeat is null\./)
  refused('ws://front', { backoffMsMin: [] }, /backoffMsMin is an object\./)
  refused(undefined, {}, /connect: undefined is not a valid URL/)
  refused('ftp://front', {}, /'ftp:\/\/front' is not a valid URL/)
})

test('G8 a front that refuses names another, which is dialled next, whatever the client would have drawn', async () => {
  const front = new HandFront(['ws://a', 'ws://b', 'ws://c'])
  for (const named of ['ws://d', 'ws://e']) {
    front.socket.accept().say({ type: 'refused', reason: 'draining', message: 'go', url: named })
    front.socket.drop('draining')
    await front.settle(1_000)
    assert.equal(front.socket.url, `${named}/`)
  }
})

test('GOAWAY: a front that stays is left for another one only, and not returned to for a while', async () => {
  const front = new HandFront(['ws://a', 'ws://b'])
  const goaway = { type: 'goaway', reason: 'unreachable', url: '', withinMs: 1_000 } as const
  await front.welcome()
  const first = front.socket
  first.say(goaway)
  await front.settle(1_000)
  assert.equal(front.sockets.length, 2)
  await front.welcome()
  assert.equal(first.closedWith, 1000)
  assert.notEqual(front.socket.url, first.url)
  front.socket.say(goaway)
  await front.settle(30_000)
  assert.equal(front.sockets.length, 2, 'the other one has sent it away as well')
  await front.settle(40_000)
  front.socket.say(goaway)
  await front.settle(1_000)
  assert.equal(front.sockets.length, 3, 'what sent it away may be over')
})

test('GOAWAY: a client that knows no other front stays at one that stays', async () => {
  const front = new HandFront(['ws://a'])
  await front.welcome()
  front.socket.say({ type: 'goaway', reason: 'unreachable', url: '', withinMs: 1_000 })
  await front.settle(60_000)
  assert.equal(front.sockets.length, 1)
  front.socket.say({ type: 'goaway', reason: 'unreachable', url: 'ws://b', withinMs: 1_000 })
  await front.settle(1_000)
  assert.equal(front.socket.url, 'ws://b/')
})
