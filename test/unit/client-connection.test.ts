import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, type ConnectOptions } from '../../src/client/index.js'
import { closeCodeOf, type Reason } from '../../src/protocol/reasons.js'
import { HandFront, HandSocket } from '../support/hand-front.js'

function statuses(front: HandFront): string[] {
  const told: string[] = []
  front.connection.onStatus((status, reason) => told.push(`${status} ${String(reason)}`))
  return told
}

test('H1 a client says hello with the versions it speaks, and is connected when it is welcome', async () => {
  const front = new HandFront('http://front:81/play', { token: () => Promise.resolve('key') })
  const told = statuses(front)
  assert.equal(front.connection.status, 'connecting')
  assert.equal(front.connection.clientId, '')
  await front.settle()
  assert.equal(front.socket.url, 'ws://front:81/play')
  front.socket.accept()
  await front.settle()
  const hello = front.socket.all('hello')[0]
  assert.ok(hello)
  const { versionMin, versionMax, token, resume, connectionAttempt, incarnation } = hello
  assert.deepEqual(
    { versionMin, versionMax, token, resume, connectionAttempt },
    { versionMin: 1, versionMax: 1, token: 'key', resume: '', connectionAttempt: 1 },
  )
  assert.equal(incarnation, '0707070707070707')
  assert.equal(front.connection.status, 'connecting')
  front.socket.welcome()
  assert.equal(front.connection.status, 'connected')
  assert.equal(front.connection.clientId, 'ada')
  assert.deepEqual(told, ['connected null'])
})

test('G5 what cannot be reached is tried again, each time with another URL, and with waits that grow', async () => {
  const front = new HandFront(['ws://a', 'ws://b', 'ws://c'], { backoffMsMin: 100, backoffMsMax: 500 })
  const told = statuses(front)
  front.chance = () => 0.999
  const waits: number[] = []
  for (let i = 0; i < 7; i++) {
    await front.settle()
    const from = front.clock.now()
    const before = front.sockets.length
    front.socket.drop()
    while (front.sockets.length === before) await front.settle(10)
    waits.push(front.clock.now() - from)
  }
  assert.deepEqual(
    front.sockets.map(({ url }) => url),
    ['ws://b/', 'ws://c/', 'ws://a/', 'ws://c/', 'ws://b/', 'ws://a/', 'ws://c/', 'ws://b/'],
    'each round has all of them, drawn by chance',
  )
  assert.deepEqual(waits, [100, 100, 100, 200, 200, 200, 400])
  assert.deepEqual(told, ['connecting unreachable'])
})

test('a redial waits by chance, so that not all clients come at once', async () => {
  const front = new HandFront('ws://front', { backoffMsMin: 1000 })
  await front.welcome()
  front.chance = () => 0.25
  front.socket.drop()
  await front.settle(240)
  assert.equal(front.sockets.length, 1)
  await front.settle(20)
  assert.equal(front.sockets.length, 2)
})

test('H5 after a break the client goes on with its session, and attach grows with each HELLO', async () => {
  let tokens = 0
  const front = new HandFront('ws://front', { token: () => `token ${++tokens}` })
  const told = statuses(front)
  await front.welcome()
  front.socket.drop()
  await front.settle(1000)
  front.socket.drop()
  await front.settle(1000)
  await front.welcome({ resume: 'secret 2' })
  const hello = front.socket.all('hello')[0]
  assert.equal(hello?.resume, 'secret')
  assert.equal(hello.token, '', 'a resume needs no token')
  assert.equal(hello.connectionAttempt, 2)
  assert.deepEqual(told, [
    'connected null',
    'reconnecting connection-lost',
    'reconnecting unreachable',
    'connected null',
  ])
  front.socket.drop()
  await front.settle(1000)
  front.socket.accept()
  await front.settle()
  assert.equal(front.socket.all('hello')[0]?.resume, 'secret 2', 'the newest token is used')
  assert.equal(tokens, 1)
})

test('H5 a front that knows of a later attach is believed', async () => {
  const front = new HandFront()
  await front.welcome({ connectionAttempt: 7 })
  front.socket.drop()
  await front.settle(1000)
  await front.welcome()
  assert.equal(front.socket.all('hello')[0]?.connectionAttempt, 8)
})

test('H5 a second welcome renews the resume token and nothing else; what comes behind a close is not heard', async () => {
  const front = new HandFront()
  const told = statuses(front)
  await front.welcome()
  front.socket.welcome({ sessionId: 'bob', resume: 'fresh' })
  assert.equal(front.connection.clientId, 'ada')
  assert.equal(front.connection.inspect().connects, 1)
  front.socket.drop()
  await front.settle(1_000)
  front.socket.accept()
  await front.settle()
  const { socket } = front
  assert.equal(socket.all('hello')[0]?.resume, 'fresh')
  socket.welcome()
  const closing = front.connection.close()
  socket.welcome({ sessionId: 'bob' })
  await closing
  assert.deepEqual(told, ['connected null', 'reconnecting connection-lost', 'connected null', 'closed null'])
})

test('H5 an expired session is followed by a new one at once, with a new token', async () => {
  let tokens = 0
  const front = new HandFront('ws://front', { token: () => `token ${++tokens}` })
  await front.welcome()
  front.socket.drop()
  await front.settle(1000)
  front.socket.accept()
  await front.settle()
  front.socket.say({ type: 'refused', reason: 'session-expired', message: 'too late', url: '' })
  front.socket.drop('session-expired')
  await front.settle()
  await front.welcome({ sessionId: 'bob' })
  const hello = front.socket.all('hello')[0]
  assert.equal(hello?.resume, '')
  assert.equal(hello.token, 'token 2')
  assert.equal(front.connection.clientId, 'bob')
})

for (const reason of ['replaced', 'kicked', 'authentication-refused', 'versions'] as const satisfies Reason[]) {
  test(`L4 G5 ${reason} is the end: the client does not dial again`, async () => {
    const front = new HandFront()
    const told = statuses(front)
    if (reason === 'replaced' || reason === 'kicked') await front.welcome()
    else await front.settle()
    told.length = 0
    front.socket.say({ type: 'refused', reason, message: 'because', url: '' })
    front.socket.drop(reason, 'because')
    assert.deepEqual(told, [`closed ${reason}`])
    await front.settle(100_000)
    assert.equal(front.sockets.length, 1)
    assert.equal(front.clock.pending, 0)
    await assert.rejects(front.connection.link('arena/1'), { code: 'stopped', message: /because/ })
  })
}

test('G5 a token that cannot be had is tried again', async () => {
  let fails = 2
  const front = new HandFront('ws://front', {
    token: () => {
      if (fails-- > 0) throw new Error('no network')
      return Promise.resolve('key')
    },
  })
  const told = statuses(front)
  for (let i = 0; i < 2; i++) {
    await front.settle(1000)
    front.socket.accept()
  }
  await front.settle(1000)
  await front.welcome()
  assert.equal(front.socket.all('hello')[0]?.token, 'key')
  assert.deepEqual(told, ['connecting authentication-failed', 'connected null'])
})

test('G5 a token that does not come, and one that is none, are failures as well', async () => {
  const cases = [
    { token: () => new Promise<string>(() => {}), reason: 'handshake-timeout' },
    { token: () => 7 as unknown as string, reason: 'authentication-failed' },
  ]
  for (const { token, reason } of cases) {
    const front = new HandFront('ws://front', { token, handshakeMs: 500 })
    const told = statuses(front)
    await front.settle()
    front.socket.accept()
    await front.settle(500)
    assert.deepEqual(told, [`connecting ${reason}`])
    await front.connection.close()
    assert.deepEqual(front.sockets[0]?.heard, [])
    await front.settle(1000)
    assert.equal(front.clock.pending, 0)
  }
})

test('G5 a URL that the platform refuses is a failure like others', async () => {
  class Refusing {
    constructor() {
      throw new Error('mixed content')
    }
  }
  const front = new HandFront('ws://front', { WebSocket: Refusing as never })
  const told = statuses(front)
  await front.settle()
  assert.deepEqual(told, ['connecting unreachable'])
  const linking = assert.rejects(front.connection.link('arena/1', { timeoutMs: 10 }), /mixed content/)
  await front.settle(11)
  await linking
})

test('H2 a front that does not welcome the client in time is given up', async () => {
  const front = new HandFront('ws://front', { handshakeMs: 500 })
  const told = statuses(front)
  await front.settle()
  const { socket } = front
  socket.accept()
  await front.settle(499)
  assert.equal(socket.closedWith, null)
  await front.settle(2)
  assert.notEqual(socket.closedWith, null)
  assert.deepEqual(told, ['connecting handshake-timeout'])
  socket.welcome()
  assert.equal(front.connection.status, 'connecting', 'what comes too late is not heard')
})

test('G5 a page that comes back on- or offline asks whether its front is there, and goes on where it answers', async () => {
  const front = new HandFront()
  await front.welcome({ heartbeatMs: 10_000 })
  const { socket } = front
  const pings = socket.all('ping').length
  front.page?.('network')
  await front.settle()
  assert.equal(socket.all('ping').length, pings + 1)
  await front.settle(9_000)
  assert.equal(front.connection.status, 'connected')
  assert.equal(socket.all('ping').length, pings + 1)
  await front.settle(1_000)
  assert.equal(socket.all('ping').length, pings + 2, 'the heartbeat goes on at its own pace')
})

test('G5 without an answer soon the connection is lost, however long a heartbeat takes', async () => {
  const front = new HandFront()
  const told = statuses(front)
  await front.welcome({ heartbeatMs: 60_000 })
  front.socket.answersPings = false
  front.page?.('network')
  await front.settle(4_000)
  assert.deepEqual(told, ['connected null', 'reconnecting heartbeat-lost'])
})

test('G5 who waits to dial again does so at once when the page comes back', async () => {
  const front = new HandFront('ws://front', { backoffMsMin: 100_000, backoffMsMax: 100_000 })
  await front.welcome()
  front.socket.drop()
  await front.settle()
  assert.equal(front.sockets.length, 1)
  front.page?.('network')
  await front.settle()
  assert.equal(front.sockets.length, 2)
  await front.settle(200_000)
  assert.equal(front.sockets[1]?.closedWith, closeCodeOf('handshake-timeout'))
  const closing = front.connection.close()
  await front.settle(10_000)
  await closing
  assert.equal(front.page, null, 'a closed connection listens to nothing')
})

test('the time at the server is told by the fastest of the last answers', async () => {
  const front = new HandFront()
  const { clock, connection } = front
  assert.ok(Number.isNaN(connection.rttMs))
  await front.settle()
  front.socket.accept()
  front.socket.answersPings = false
  clock.advance(100)
  front.socket.welcome({ now: 5_000_000 })
  assert.equal(connection.rttMs, 100)
  assert.equal(connection.serverNow(), 5_000_050)
  await front.settle()
  const ping = front.socket.all('ping').at(-1)
  assert.ok(ping)
  clock.advance(20)
  front.socket.say({ type: 'pong', sent: ping.sent, now: 5_000_200 })
  assert.equal(connection.rttMs, 20)
  assert.equal(connection.serverNow(), 5_000_210)
  front.socket.say({ type: 'pong', sent: clock.now() - 400, now: 5_000_100 })
  assert.equal(connection.rttMs, 400)
  assert.equal(connection.serverNow(), 5_000_210, 'what took long tells little')
  // Right by ± 200: the one that is believed cannot be right with it.
  front.socket.say({ type: 'pong', sent: clock.now() - 400, now: 9_000_000 })
  assert.equal(connection.serverNow(), 9_000_200, 'a clock was set, or a machine slept')
})

test('what is said within a macrotask goes as one message, and no message is longer than a frame may be', async () => {
  const { front, link } = await HandFront.linked()
  const { socket } = front
  const before = socket.messages.length
  for (let i = 0; i < 100; i++) link.send('say', i)
  front.connection.broadcast('shout', 'all')
  await front.settle()
  assert.equal(socket.messages.length, before + 1)
  assert.equal(socket.messages.at(-1)?.length, 101)
  for (let i = 0; i < 10; i++) link.send('say', 'x'.repeat(20_000))
  await front.settle()
  const later = socket.messages.slice(before + 1)
  assert.deepEqual(
    later.map((frames) => frames.length),
    [3, 3, 3, 1],
  )
})

test('G7 what a front sends and cannot be read costs that socket', async () => {
  for (const bytes of [new Uint8Array([1, 0x7f]), new Uint8Array([9]), 'text', new Uint8Array([0])]) {
    const front = new HandFront()
    const told = statuses(front)
    await front.welcome()
    const { socket } = front
    socket.receive(bytes)
    assert.deepEqual(told, ['connected null', 'reconnecting protocol-error'])
    assert.equal(socket.closedWith, closeCodeOf('protocol-error'))
    await front.settle(1000)
    assert.equal(front.sockets.length, 2)
  }
})

test('a broadcast is sent at once or refused, never kept for later', async () => {
  const front = new HandFront()
  assert.throws(() => front.connection.broadcast('shout', 'x'), { code: 'connection-lost' })
  const socket = await front.welcome()
  front.connection.broadcast('shout', 'x')
  await front.settle()
  assert.equal(socket.all('broadcast').length, 1)
  assert.throws(() => front.connection.broadcast('shout', () => {}), {
    code: 'not-encodable',
    message: /\$ is a function/,
  })
  socket.bufferedAmount = 5 * 1024 * 1024
  assert.throws(() => front.connection.broadcast('shout', 'x'), { code: 'buffer-full' })
})

test('GOAWAY: the next socket is welcome before this one is given up, and links go on there', async () => {
  const { front, link, connection } = await HandFront.linked()
  const told = statuses(front)
  const old = front.socket
  link.send('say', 'a')
  old.say({ type: 'goaway', reason: 'draining', url: 'http://other:9', withinMs: 1000 })
  await front.settle(1000)
  assert.equal(front.sockets.length, 2)
  assert.equal(front.socket.url, 'ws://other:9/')
  assert.equal(old.closedWith, null)
  assert.equal(connection.status, 'connected')
  front.channel.lose()
  await front.welcome()
  assert.equal(old.closedWith, 1000)
  assert.equal(front.socket.all('hello')[0]?.connectionAttempt, 2)
  await front.turn()
  await front.turn()
  assert.equal(link.status, 'live')
  assert.equal(link.acknowledged, 1)
  old.say({ type: 'detached', link: 1, reason: 'replaced', relink: false, message: '', details: null })
  old.drop('replaced')
  assert.equal(connection.status, 'connected', 'what the old socket says is not heard')
  assert.deepEqual(told, [])

  // The old front may be gone for good: the one that it named is among those that are tried.
  front.socket.drop()
  await front.settle(250)
  const dialled = [front.socket.url]
  front.socket.drop()
  await front.settle(500)
  dialled.push(front.socket.url)
  assert.deepEqual(dialled.sort(), ['ws://front/', 'ws://other:9/'])
})

test('GOAWAY: where the other front fails the client stays, and dials as ever when this one closes', async () => {
  const front = new HandFront()
  const told = statuses(front)
  await front.welcome()
  const old = front.socket
  old.say({ type: 'goaway', reason: 'draining', url: 'ws://other', withinMs: 1000 })
  await front.settle(1000)
  front.socket.drop()
  assert.deepEqual(told, ['connected null'])
  old.drop('draining')
  assert.deepEqual(told, ['connected null', 'reconnecting draining'])
  await front.settle(1000)
  assert.equal(front.sockets.length, 3)
})

test('L11 close unlinks, says goodbye, and leaves nothing behind', async () => {
  const { front, link, connection } = await HandFront.linked()
  link.send('say', 'last')
  const closing = connection.close()
  assert.equal(connection.close(), closing)
  await assert.rejects(connection.link('arena/2'), { code: 'stopped' })
  await front.turn()
  await closing
  const kinds = front.socket.heard.map(({ type }) => type)
  assert.deepEqual(kinds.slice(-3), ['entry', 'entry', 'bye'])
  assert.equal(front.channel.processed[0]?.payload, 'last')
  assert.equal(front.socket.closedWith, 1000)
  assert.equal(connection.status, 'closed')
  assert.equal(link.status, 'closed')
  assert.equal(front.clock.pending, 0, 'no timer is left')
})

test('L11 close says at once what it has to say: a page that goes away has no later', async () => {
  const { front, link, connection } = await HandFront.linked()
  link.send('say', 'last')
  const heard = front.socket.heard.length
  const closing = connection.close()
  assert.deepEqual(
    front.socket.heard.slice(heard).map(({ type }) => type),
    ['entry', 'entry'],
  )
  await front.turn()
  await closing
})

test('L11 close waits for what was sent, up to closeMs', async () => {
  const { front, link, connection } = await HandFront.linked({ closeMs: 500 })
  const codes: string[] = []
  link.onRefused((n, { code }) => codes.push(`${n} ${code}`))
  link.send('say', 'last')
  let closed = false
  const closing = connection.close().then(() => (closed = true))
  await front.settle(499)
  assert.equal(closed, false)
  await front.settle(2)
  await closing
  assert.deepEqual(codes, ['1 unknown'])
  assert.equal(front.clock.pending, 0)
})

test('L11 close without a connection waits only for what was sent and has no outcome', async () => {
  const { front, connection } = await HandFront.linked()
  front.socket.drop()
  await connection.close()
  assert.equal(connection.status, 'closed')
  const never = new HandFront()
  await never.connection.close()
  assert.equal(never.connection.status, 'closed')
  await never.settle(1000)
  assert.equal(never.clock.pending, 0)
  assert.equal(front.clock.pending, 0)
})

test('L11 close finishes what was sent after the connection is back', async () => {
  const { front, link, connection } = await HandFront.linked()
  link.send('say', 'a')
  front.channel.lose()
  front.socket.drop()
  const closing = connection.close()
  await front.settle(1000)
  await front.welcome()
  for (let i = 0; i < 3; i++) await front.turn()
  await closing
  assert.equal(front.channel.processed[0]?.payload, 'a')
  assert.equal(link.status, 'closed')
})

test('S16 wrong options are named, with the remedy', () => {
  const make = (urls: unknown, options: unknown = { WebSocket: HandSocket }): unknown =>
    connect(urls as string, options as ConnectOptions)
  const wrong: [unknown, unknown, RegExp][] = [
    ['nowhere', undefined, /'nowhere' is not a valid URL \(for example ws:/],
    ['ftp://front', undefined, /'ftp:.*' is not a valid URL/],
    [[], undefined, /the list of URLs is empty/],
    [undefined, undefined, /undefined is not a valid URL/],
    ['ws://front', { WebSocket: HandSocket, tokens: 'x' }, /no option 'tokens'/],
    ['ws://front', { WebSocket: HandSocket, timeoutMs: 0 }, /timeoutMs is 0. It must be a number from 1 /],
    ['ws://front', { WebSocket: HandSocket, token: 7 }, /token is a number. It must be a string, or a function/],
  ]
  for (const [urls, options, message] of wrong) {
    assert.throws(() => make(urls, options), { code: 'invalid-option', message })
  }
  const scope = globalThis as { WebSocket?: unknown }
  const before = scope.WebSocket
  delete scope.WebSocket
  try {
    assert.throws(() => make('ws://front', {}), {
      code: 'invalid-option',
      message: /there is no WebSocket here. Pass that of the package 'ws'/,
    })
  } finally {
    if (before !== undefined) scope.WebSocket = before
  }
})
