/** What a stranger's bytes cost: that stranger's socket, and nobody else's link, rate or memory. */
import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { test, type TestContext } from 'node:test'
import { broadcastable, defineApp, defineChannel, startApp, unchecked } from '../../src/index.js'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import type { GatewayLimits } from '../../src/gateway/gateway-limits.js'
import { RateBook } from '../../src/gateway/rate-book.js'
import { type ClientFrame, encodeClientFrame } from '../../src/protocol/client-frames.js'
import { packFrames } from '../../src/protocol/pack-frames.js'
import { ENTRY, type EntryKind } from '../../src/protocol/frame-types.js'
import { makeCancelled, makeNamed } from '../../src/protocol/link-frames.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import type { Stream, Transport } from '../../src/link/transport.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { cleanUp } from '../support/clean-up.js'
import { frontStage, KeptLog } from '../support/front-stage.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { guardedGateway } from '../support/guarded-gateway.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'
import { until } from '../support/until.js'

const NOTHING = new Uint8Array(0)

function entry(clientSeq: number, kind: EntryKind, body: Uint8Array = NOTHING): ClientFrame {
  return { type: 'entry', link: 1, entry: { clientSeq, kind, context: null, body } }
}

function link(number: number, channelId = 'room/1'): ClientFrame {
  const request = { channelId, linkNumber: number, processor: false, past: null, options: encodeValue({ a: 1 }) }
  return { type: 'link', link: number, request }
}

const say = makeNamed('say', encodeValue('hello'))

/** One of each kind that a client sends once it is welcome. */
const FRAMES: readonly ClientFrame[] = [
  link(2, 'room/2'),
  entry(1, ENTRY.message, say),
  entry(1, ENTRY.request, makeNamed('echo', encodeValue('x'))),
  entry(1, ENTRY.cancelled, makeCancelled('withdrawn')),
  entry(1, ENTRY.take),
  entry(1, ENTRY.release),
  entry(1, ENTRY.unlink),
  { type: 'seen', link: 1, serverSeq: 0 },
  { type: 'broadcast', body: makeNamed('shout', encodeValue('hey')) },
  { type: 'ping', sent: 1 },
  { type: 'hidden', hidden: true },
  { type: 'away', graceMs: 1 },
  { type: 'token', token: 'x' },
  { type: 'bye' },
]

/** Cut at each place, each byte another, and something behind. */
function* damaged(frame: Uint8Array): Generator<Uint8Array> {
  for (let length = 0; length < frame.length; length++) yield frame.subarray(0, length)
  for (let at = 0; at < frame.length; at++) {
    for (const value of [0x00, 0x7f, 0x80, 0xff]) {
      const other = frame.slice()
      other[at] = value
      yield other
    }
  }
  for (const tail of [[0x00], [0xff, 0xff], Array<number>(40).fill(0x80)]) yield Uint8Array.of(...frame, ...tail)
}

const room = defineChannel({
  state: () => ({ heard: 0 }),
  options: unchecked<{ a: number }>(),
  messages: { say: unchecked<string>(), shout: broadcastable(unchecked<string>()) },
  requests: { echo: { input: unchecked<string>() } },
}).implement({
  onMessage: { say: (ctx) => void ctx.state.heard++, shout() {} },
  onRequest: { echo: (_ctx, _client, text) => text },
})

test('G6 G7 damaged frames of one client, at every place, cost that client its socket and no link of masters', async (t) => {
  const log = new KeptLog()
  const app = defineApp({ channels: { 'room/:id': room } })
  const running = await startApp(app, { port: 0, runtime: nodeRuntime({ log }) })
  cleanUp(t, () => running.close())
  const sockets = new ClientSockets(running.front.master, {})
  t.after(() => sockets.close())
  const honest = new ScriptedCarrier(sockets)
  honest.hello()
  await until('it is welcome', () => honest.all('welcome').length === 1)
  honest.say(link(1))
  await until('it is linked', () => honest.all('linked').length === 1)
  let sent = 0
  let n = 0
  for (const frame of FRAMES) {
    for (const bytes of damaged(encodeClientFrame(frame))) {
      const stranger = new ScriptedCarrier(sockets)
      stranger.hello()
      await until('it is welcome', () => stranger.all('welcome').length === 1)
      stranger.say(link(1))
      stranger.events.message(packFrames([bytes]), true)
      if (++sent % 20 === 0) {
        honest.say(entry(++n, ENTRY.message, say))
        await until('the honest one is heard', () => running.back.channel('room/1').state.heard >= n)
      }
      stranger.terminate()
    }
  }
  assert.ok(sent > 400, `${sent} frames`)
  assert.equal(honest.closedWith, null)
  assert.equal(honest.all('detached').length, 0)
  assert.equal(running.front.inspect().done.peersLost, 0)
  assert.deepEqual(
    log.lines.filter(({ event }) => event === 'client.faulted' || event.startsWith('link.faulted')),
    [],
    'what is wrong is found where it is read',
  )
})

async function setUp(t: TestContext, limits: Partial<GatewayLimits>) {
  const { clock, front } = await frontStage(t)
  const sockets = new ClientSockets(front, limits)
  const carriers: ScriptedCarrier[] = []
  t.after(async () => {
    const closed = sockets.close()
    for (const each of carriers) each.terminate()
    await closed
  })
  const knock = (): ScriptedCarrier => {
    const one = new ScriptedCarrier(sockets)
    carriers.push(one)
    return one
  }
  const welcome = async (resume = '', connectionAttempt = 1): Promise<ScriptedCarrier> => {
    const one = knock()
    one.hello(resume, connectionAttempt)
    await clock.run(0)
    assert.equal(one.all('welcome').length, 1)
    return one
  }
  return { clock, sockets, knock, welcome, limited: () => sockets.inspect().done.rateLimited }
}

const broadcast: ClientFrame = { type: 'broadcast', body: makeNamed('shout', encodeValue('x')) }

test('G7 what the owner would read outside of a value is checked here: a frame that is wrong there closes its sender', async (t) => {
  const { welcome } = await setUp(t, {})
  const cutName = Uint8Array.of(5, 0x73)
  const longName = makeNamed('n'.repeat(513), encodeValue(1))
  const notText = Uint8Array.of(1, 0xff)
  for (const wrong of [
    entry(1, ENTRY.message, cutName),
    entry(1, ENTRY.message, NOTHING),
    entry(1, ENTRY.request, longName),
    entry(1, ENTRY.request, notText),
    entry(1, ENTRY.cancelled, NOTHING),
    entry(1, ENTRY.take, Uint8Array.of(1)),
    entry(1, ENTRY.unlink, Uint8Array.of(1)),
    { type: 'broadcast', body: cutName },
    { type: 'broadcast', body: longName },
  ] satisfies ClientFrame[]) {
    const one = await welcome()
    one.say(wrong)
    assert.equal(one.closedWith, closeCodeOf('protocol-error'), JSON.stringify(wrong))
  }
})

test('G6 a rate belongs to the session: dialling again gives no new burst', async (t) => {
  const { welcome, limited, clock } = await setUp(t, { messagesPerSecondMax: 1, messagesBurstMax: 4 })
  let one = await welcome()
  one.say(...Array.from({ length: 4 }, (_, i) => link(i + 1)))
  assert.equal(limited(), 0)
  for (let dial = 2; dial < 5; dial++) {
    one = await welcome(one.all('welcome').at(-1)?.resume, dial)
    one.say(link(dial * 10))
    assert.equal(limited(), dial - 1)
  }
  await clock.run(2_000)
  one.say(link(100))
  assert.equal(limited(), 3, 'time gives it back')
})

test('G6 a user has a rate of its own, however many sessions there are, and nothing is remembered for long', async (t) => {
  const limits = { messagesBurstMax: 1, messagesPerSecondPerUserMax: 1 }
  const { welcome, limited, clock, sockets } = await setUp(t, limits)
  // Without authenticate the address stands for the user.
  const many = []
  for (let i = 0; i < 6; i++) many.push(await welcome())
  for (const one of many) one.say(link(1))
  assert.equal(limited(), 4, 'twice the rate at once')
  for (const one of many) one.terminate()
  assert.equal(sockets.inspect().timers, 1)
  await clock.run(60_000)
  assert.equal(sockets.inspect().timers, 0)
})

test('G6 broadcasts have a rate of their own, and names that no channel declares end here', async (t) => {
  const { welcome, limited, sockets } = await setUp(t, { broadcastsPerSecondMax: 2 })
  const one = await welcome()
  for (let i = 0; i < 3; i++) one.say({ type: 'broadcast', body: makeNamed('unheard of', encodeValue(i)) })
  assert.equal(sockets.inspect().done.undeclared, 3)
  one.say(broadcast, broadcast, broadcast)
  assert.equal(limited(), 2, 'those that nobody takes count as well')
  assert.equal(one.closedWith, null)
})

test('G6 who sends more bytes than its rate is read more slowly, and loses nothing', async (t) => {
  const { welcome, clock, sockets } = await setUp(t, { bytesPerSecondMax: 1_024, heartbeatMs: 1_000 })
  const one = await welcome()
  const heavy: ClientFrame = { type: 'broadcast', body: makeNamed('shout', encodeValue('x'.repeat(3_000))) }
  one.say(heavy)
  assert.equal(one.paused, false, 'four seconds at once')
  one.say(heavy)
  assert.equal(one.paused, true)
  await clock.run(1_000)
  assert.equal(one.paused, true)
  await clock.run(2_000)
  assert.equal(one.paused, false)
  assert.equal(one.closedWith, null)
  one.say(heavy, heavy, heavy, heavy, heavy)
  await clock.run(8_000)
  assert.equal(one.paused, true)
  assert.equal(one.closedWith, null, 'silence while nothing is read is not its own')
  assert.equal(sockets.inspect().done.rateLimited, 0)
  one.say({ type: 'bye' })
  assert.equal(one.paused, false, 'its close is read')
})

test('G6 of very many frames at once of one client those of others are taken in between, and none is lost', async (t) => {
  const { welcome, clock, back } = await guardedGateway(t, {})
  const [many, few] = [await welcome(), await welcome()]
  const pings = Array.from({ length: 1_999 }, (): ClientFrame => ({ type: 'ping', sent: 1 }))
  many.say(...pings, link(1, 'room/1'))
  assert.equal(many.paused, true, 'it is read no further meanwhile')
  few.say(link(1, 'room/2'))
  await clock.run(50)
  assert.deepEqual(
    back.all('masterLink').map(({ request }) => request.channelId),
    ['room/2', 'room/1'],
  )
  assert.equal(many.paused, false)

  many.say(...pings, { type: 'bye' })
  many.terminate()
  await clock.run(50)
  assert.deepEqual(
    back.all('end').map(({ reason }) => reason),
    ['unlinked'],
    'what came before its socket ended counts',
  )
})

test('G6 a client whose back takes no more is read no further, until it does; others are', async (t) => {
  let buffered = 0
  const drained: (() => void)[] = []
  const dialBy = (inner: Transport): Transport => ({
    listen: (address, accept) => inner.listen(address, accept),
    dial(address, accept, signal) {
      const acceptFull = (stream: Stream) => {
        const { peer } = stream
        const write = (bytes: Uint8Array): void => stream.write(bytes)
        const [end, destroy] = [() => stream.end(), () => stream.destroy()]
        const events = accept({
          peer,
          write,
          end,
          destroy,
          get buffered() {
            return buffered
          },
        })
        drained.push(() => events.onDrained())
        return events
      }
      return inner.dial(address, acceptFull, signal)
    },
  })
  const { clock, front } = await frontStage(t, {}, { dialBy })
  const sockets = new ClientSockets(front, {})
  const [busy, idle] = [new ScriptedCarrier(sockets), new ScriptedCarrier(sockets)]
  t.after(async () => {
    const closed = sockets.close()
    for (const each of [busy, idle]) each.terminate()
    await closed
  })
  for (const each of [busy, idle]) each.hello()
  await clock.run(10)
  busy.say(link(1))
  await clock.run(50)
  assert.equal(busy.paused, false)
  buffered = 1 << 30
  busy.say(entry(1, ENTRY.message, say))
  assert.deepEqual([busy.paused, idle.paused], [true, false])
  buffered = 0
  for (const each of drained) each()
  assert.equal(busy.paused, false)
})

test('G6 H2 bytes before WELCOME are bounded for each socket, each address and in all', async (t) => {
  const limits = { handshakeBytesMax: 1_000, handshakeBytesPerAddressMax: 5_000, handshakeBytesTotalMax: 5_000 }
  const { knock, sockets, welcome } = await setUp(t, limits)
  const one = knock()
  one.events.received(2_000)
  assert.equal(one.closedWith, null, 'a message has a head as well')
  one.events.received(100)
  assert.equal(one.closedWith, closeCodeOf('too-large'))
  const others = [knock(), knock(), knock()]
  for (const each of others) each.events.received(1_900)
  assert.deepEqual(
    others.map(({ closedWith }) => closedWith),
    [null, null, closeCodeOf('too-many')],
  )
  for (const each of others) each.terminate()
  const later = await welcome()
  later.events.received(100_000)
  assert.equal(later.closedWith, null, 'who is welcome has other limits')
  assert.equal(sockets.inspect().handshakeBytes, 0)
})

test('G6 H2 a message that never ends is cut off before WELCOME, over a real socket', async (t) => {
  const { gateway, closings } = await gatewayStage(t)
  const socket = connectTcp(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.on('error', () => {})
  const key = Buffer.alloc(16).toString('base64')
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  // The head of a message of 7 MiB, and then the message, piece by piece.
  socket.write(Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x70, 0, 0, 1, 2, 3, 4))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const pour = (): void => void (socket.writable && socket.write(Buffer.alloc(8_192), () => setImmediate(pour)))
  pour()
  await closed
  await until('it is closed', () => closings().length === 1)
  assert.equal(closings()[0]?.fields['reason'], 'too-large')
  assert.equal(gateway.inspect().handshakeBytes, 0)
})

test('G5 a WebSocket ping that there was no room to answer is answered once there is, the newest alone', async (t) => {
  const { welcome, sockets } = await setUp(t, {})
  const one = await welcome()
  one.buffered = sockets.limits.congestedBytes + 1
  assert.equal(one.events.pinged(Uint8Array.of(1)), false)
  assert.equal(one.events.pinged(Uint8Array.of(2)), false)
  assert.deepEqual(one.pongs, [])
  one.drained()
  assert.deepEqual(one.pongs, [Uint8Array.of(2)])
  assert.equal(one.events.pinged(Uint8Array.of(3)), true)
  one.drained()
  assert.equal(one.pongs.length, 1)
})

test('G6 what is no frame counts as well: a flood of pongs closes the socket, and so does an empty message', async (t) => {
  const { welcome } = await setUp(t, { framesPerSecondMax: 100 })
  const [ponging, empty] = [await welcome(), await welcome()]
  for (let i = 0; i < 199; i++) ponging.events.ponged()
  assert.equal(ponging.closedWith, null)
  for (let i = 0; i < 2; i++) ponging.events.ponged()
  assert.equal(ponging.closedWith, closeCodeOf('rate-limited'))
  empty.events.message(NOTHING, true)
  assert.equal(empty.closedWith, closeCodeOf('protocol-error'))
})

test('H7 G5 a hidden page is pinged and kept by its pongs, a visible one is not', async (t) => {
  const { welcome, clock } = await setUp(t, { heartbeatMs: 1_000 })
  const hidden = await welcome()
  const visible = await welcome()
  hidden.say({ type: 'hidden', hidden: true })
  for (let beat = 0; beat < 10; beat++) {
    await clock.run(1_000)
    hidden.events.ponged()
    visible.events.ponged()
  }
  assert.ok(hidden.pings >= 8)
  assert.equal(visible.pings, 0)
  assert.equal(hidden.closedWith, null)
  assert.equal(visible.closedWith, closeCodeOf('heartbeat-lost'))
  hidden.say({ type: 'hidden', hidden: false })
  for (let beat = 0; beat < 5; beat++) {
    await clock.run(1_000)
    hidden.events.ponged()
  }
  assert.equal(hidden.closedWith, closeCodeOf('heartbeat-lost'))
})

test('G6 what is remembered of rates is bounded, the oldest goes first', () => {
  const limits = { connectionsMax: 5, messagesPerSecondMax: 1, messagesBurstMax: 10, messagesPerSecondPerUserMax: 1 }
  const book = new RateBook({ ...limits, broadcastsPerSecondMax: 1, bytesPerSecondMax: 1 } as GatewayLimits)
  for (let i = 0; i < 100; i++) {
    const account = book.open(`session ${i}`, `user ${i}`)
    account.take('message', 0)
    account.close()
  }
  book.sweep(0)
  assert.equal(book.size, 10)
  book.sweep(1e6)
  assert.equal(book.size, 0)
})
