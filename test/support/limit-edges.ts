/** Limits driven to their edge and one beyond, each by its table and name. Those that a test of their own drives are in `limit-tests.ts`. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { BackLimits } from '../../src/back/back-limits.js'
import { PeerMarks } from '../../src/back/peer-marks.js'
import { broadcastable, defineApp, defineChannel, internal, unchecked } from '../../src/index.js'
import type { FrontLimits } from '../../src/front/front-limits.js'
import { linkLimits } from '../../src/link/link-limits.js'
import { maintainLink } from '../../src/link/maintain-link.js'
import type { ClientFrame } from '../../src/protocol/client-frames.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { EndedSessions } from '../../src/session/ended-sessions.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { createTestCluster, type TestCluster } from '../../src/testing/index.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { BackStage } from './back-stage.js'
import { DURABLE_LIMIT_EDGES } from './durable-limit-edges.js'
import { frontStage } from './front-stage.js'
import { guardedGateway } from './guarded-gateway.js'
import { LINK_LIMIT_EDGES } from './link-limit-edges.js'
import { ManualClock } from './manual-clock.js'
import { detached, keyframe, linked } from './scripted-back.js'

const identityOf = (name: string) =>
  ({
    sessionId: name,
    userId: name,
    senderKind: 'client',
    data: encodeValue(undefined),
    tokenGeneration: 1,
    beganAt: 0,
  }) as const

function entry(clientSeq: number, name: string): ClientFrame {
  const body = makeNamed(name, encodeValue('x'))
  return { type: 'entry', link: 1, entry: { clientSeq, kind: ENTRY.message, context: null, body } }
}

function stageOf(limits: Partial<BackLimits>): BackStage {
  const room = defineChannel({
    state: () => ({}),
    messages: { shout: broadcastable(unchecked<string>()) },
    tickMs: 1_000,
  }).implement({ onMessage: { shout() {} } })
  return new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'], limits })
}

async function frontWithLinks(t: TestContext, limits: Partial<FrontLimits>, ids: readonly string[]) {
  const stage = await frontStage(t, { limits })
  const ada = stage.session('ada')
  for (const [i, id] of ids.entries()) {
    ada.link(i + 1, id)
    await stage.clock.run(50)
    const ref = stage.back.last('masterLink').ref
    stage.back.say(keyframe(0, '', { channel: id }), linked(ref, 0))
    await stage.clock.run(5)
    ada.entry(i + 1, 1, ENTRY.unlink)
    await stage.clock.run(50)
    stage.back.say(detached(ref, { reason: 'unlinked' }))
    await stage.clock.run(50)
  }
  return { ...stage, ada }
}

export const LIMIT_EDGES: Readonly<Record<string, (t: TestContext) => void | Promise<void>>> = {
  ...DURABLE_LIMIT_EDGES,
  ...LINK_LIMIT_EDGES,
  async 'Gateways connectionsMax'(t) {
    const { knock } = await guardedGateway(t, { limits: { connectionsMax: 2 } })
    const [one, two, three] = [knock('10.0.0.1'), knock('10.0.0.2'), knock('10.0.0.3')]
    assert.deepEqual([one.closedWith, two.closedWith, three.closedWith], [null, null, closeCodeOf('too-many')])
  },
  async 'Gateways nameBytesMax'(t) {
    const { welcome, clock, back } = await guardedGateway(t, { limits: { nameBytesMax: 16 } })
    const one = await welcome()
    const request = { channelId: 'room/1', linkNumber: 1, processor: false, past: null, options: null }
    one.say({ type: 'link', link: 1, request })
    await clock.run(50)
    back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
    await clock.run(5)
    one.say(entry(1, 'x'.repeat(16)))
    assert.equal(one.closedWith, null)
    one.say(entry(2, 'x'.repeat(17)))
    assert.equal(one.closedWith, closeCodeOf('protocol-error'))
  },
  async 'Gateways heartbeatsMissedMax'(t) {
    const { welcome, clock } = await guardedGateway(t, { limits: { heartbeatMs: 1_000, heartbeatsMissedMax: 5 } })
    const one = await welcome()
    await clock.run(4_900)
    assert.equal(one.closedWith, null)
    await clock.run(1_200)
    assert.equal(one.closedWith, closeCodeOf('heartbeat-lost'))
  },
  async 'Fronts sessionsMax'(t) {
    const { welcome, knock, clock } = await guardedGateway(t, { front: { sessionsMax: 2 } })
    const [one, two] = [await welcome(), await welcome()]
    const three = knock()
    three.hello()
    await clock.run(0)
    assert.deepEqual([one.closedWith, two.closedWith, three.closedWith], [null, null, closeCodeOf('too-many')])
  },
  async 'Fronts identityBytesMax'(t) {
    let data = ''
    const authenticate = () => ({ userId: 'ada', data })
    const { knock, clock } = await guardedGateway(t, { front: { identityBytesMax: 100 }, authenticate })
    const closedWith = async (length: number): Promise<number | null> => {
      data = 'x'.repeat(length)
      const one = knock()
      one.hello()
      await clock.run(0)
      return one.closedWith
    }
    const header = encodeValue('x'.repeat(98)).length - 98
    assert.equal(await closedWith(100 - header), null)
    assert.equal(await closedWith(101 - header), closeCodeOf('authentication-failed'))
  },
  async 'Fronts mirrorsKeptMax'(t) {
    const { front } = await frontWithLinks(t, { mirrorsKeptMax: 2 }, ['room/1', 'room/2', 'room/3'])
    assert.equal(front.inspect().kept, 2)
  },
  async 'Fronts epochsSeenMax'(t) {
    const { ada, back, clock } = await frontWithLinks(t, { epochsSeenMax: 2, mirrorsKeptMax: 0 }, [
      'room/1',
      'room/2',
      'room/3',
    ])
    const seen: number[] = []
    for (const [i, id] of ['room/3', 'room/2', 'room/1'].entries()) {
      ada.link(i + 4, id)
      await clock.run(50)
      seen.push(back.last('subscribe').epochSeen)
    }
    assert.deepEqual(seen, [1, 1, 0])
  },
  'Fronts endedSessionsMax': endedSessions,
  'Backs endedSessionsMax': endedSessions,
  'Backs endedMs'() {
    const clock = new ManualClock()
    const ended = new EndedSessions(clock, { keepMs: 1_000, sessionsMax: 10 })
    ended.add('ada', { reason: 'kicked', message: '' })
    clock.advance(999)
    assert.ok(ended.of(identityOf('ada')))
    clock.advance(2)
    assert.equal(ended.of(identityOf('ada')), null)
  },
  async 'Backs sessionsPerChannelMax'() {
    const stage = stageOf({ sessionsPerChannelMax: 2 })
    const front = stage.front()
    for (const [i, name] of ['ada', 'bob', 'eve'].entries()) front.link(i + 1, name, { channelId: 'room/1' })
    await stage.clock.run(2_000)
    assert.deepEqual(
      front.all('masterDetached').map(({ ref, reason }) => [ref, reason]),
      [[3, 'too-many']],
    )
    assert.equal(front.all('masterLinked').length, 2)
  },
  async 'Backs peerBytesQueuedMax'() {
    const body = makeNamed('shout', encodeValue('x'.repeat(500)))
    const stage = stageOf({ peerBytesQueuedMax: 1_100 })
    const front = stage.front()
    front.link(1, 'ada', { channelId: 'room/1' })
    await stage.clock.run(2_000)
    const say = (): void =>
      front.say({ type: 'masterBroadcast', identity: identityOf('bob'), connectionAttempt: 1, body })
    say()
    say()
    assert.equal(stage.channels.counts.peerMessagesDropped, 0)
    say()
    assert.equal(stage.channels.counts.peerMessagesDropped, 1)
  },
  async 'Backs turnsUncommittedMax'() {
    const log = defineChannel({ state: () => ({ ticks: 0 }), tickMs: 10, durability: 'log' }).implement({
      onTick: (ctx) => void ctx.state.ticks++,
    })
    const waiting: (() => void)[] = []
    let isSlow = false
    const stage: BackStage = new BackStage(defineApp({ channels: { 'log/:id': log } }), {
      patterns: ['log/*'],
      limits: { turnsUncommittedMax: 3 },
      commit: (_outcome, release) => void (isSlow ? waiting.push(release) : release()),
    })
    const front = stage.front()
    front.link(1, 'ada', { channelId: 'log/1' })
    await stage.clock.run(100)
    isSlow = true
    await stage.clock.run(1_000)
    assert.equal(waiting.length, 3)
    waiting[0]?.()
    await stage.clock.run(1_000)
    assert.equal(waiting.length, 4)
  },
  'Backs peerMarksMax'() {
    const marks = new PeerMarks(2)
    for (const sender of ['room/1', 'room/2', 'room/3']) marks.advance(sender, 5)
    const isDone = (sender: string): boolean => marks.isDone(sender, { serial: 5, after: 0 })
    assert.deepEqual(['room/1', 'room/2', 'room/3'].map(isDone), [false, true, true])
  },
  async 'Backs peerKeepMs'() {
    const bank = defineChannel({
      state: () => ({ sum: 0 }),
      messages: { pay: internal(unchecked<number>()) },
    }).implement({
      onMessage: {
        pay: (ctx, _sender, amount) => {
          ctx.state.sum += amount
        },
      },
    })
    const room = defineChannel({ state: () => ({}), requests: { pay: { input: unchecked<number>() } } }).implement({
      onRequest: {
        pay: (ctx, _client, amount) => {
          ctx.channel(bank, 'bank/1').send('pay', amount)
        },
      },
    })
    const app = defineApp({ channels: { 'bank/:id': bank, 'room/:id': room } })
    const cluster = await createTestCluster(app, { backLimits: { peerKeepMs: 2_000 } })
    const link = await (await cluster.connect({ userId: 'ada' })).link('room/1')
    const sessions = (): number => cluster.back('back-1').inspect().sessions
    await link.request('pay', 1)
    await cluster.advance(1_500)
    assert.equal(sessions(), 2)
    await cluster.advance(3_000)
    assert.equal(sessions(), 1)
    await cluster.close()
  },
  async 'Backs storeRetryMs'() {
    const calls: number[] = []
    let isFull = false
    const store = new MemoryStore({
      fate({ method }) {
        if (method !== 'append' || !isFull) return undefined
        calls.push(cluster.now)
        return { error: new CentrumError('store-full', 'the disk is full') }
      },
    })
    const log = defineChannel({
      state: () => ({ n: 0 }),
      requests: { add: { input: unchecked<number>() } },
      durability: 'log',
    }).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.n += by) } })
    const app = defineApp({ channels: { log } })
    const cluster: TestCluster<typeof app> = await createTestCluster(app, { store, backLimits: { storeRetryMs: 300 } })
    const link = await (await cluster.connect({ userId: 'ada' })).link('log')
    isFull = true
    const pending = link.request('add', 1)
    await cluster.advance(3_000)
    isFull = false
    await pending
    assert.ok(calls.length >= 5)
    for (const [i, at] of calls.slice(1).entries()) assert.ok(at - (calls[i] ?? 0) >= 300)
    await cluster.close()
  },
  async 'Links dialMs'() {
    const clock = new ManualClock()
    const signals: AbortSignal[] = []
    const transport = {
      listen: () => Promise.reject(new Error('it is not listened on')),
      dial: (_address: string, _accept: unknown, signal: AbortSignal) => {
        signals.push(signal)
        return new Promise<never>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      },
    }
    const random = { float: () => 0, bytes: (count: number) => new Uint8Array(count) }
    const link = maintainLink({
      transport,
      address: 'tcp://127.0.0.1:1',
      identity: { role: 'front', id: 'front-1', incarnation: '0123456789abcdef', membershipHash: '' },
      expectedId: 'back-1',
      limits: linkLimits({ dialMs: 1_000 }),
      runtime: { clock, random, log: silentLog },
      events: { onUp: () => ({ onFrame() {}, onClosed() {} }), onDown() {}, onRefused() {} },
    })
    await clock.run(999)
    assert.equal(signals[0]?.aborted, false)
    await clock.run(2)
    assert.equal(signals[0]?.aborted, true)
    link.stop()
  },
}

function endedSessions(): void {
  const ended = new EndedSessions(new ManualClock(), { keepMs: 1_000, sessionsMax: 2 })
  for (const name of ['ada', 'bob', 'eve']) ended.add(name, { reason: 'kicked', message: '' })
  assert.deepEqual(
    ['ada', 'bob', 'eve'].map((name) => ended.of(identityOf(name)) !== null),
    [false, true, true],
  )
}
