/** What is given within a process: at once, in order with what is sent, and never into a link that cannot take it. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp, defineChannel, unchecked } from '../../src/index.js'
import { BackMaster } from '../../src/back/back-master.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { FrontMaster } from '../../src/front/front-master.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { transportOf } from '../../src/link/transport-of.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { Cleanup, type End, linkedPair, settle, testRuntime, until, warnings } from '../contract/link-ends.js'
import { KEY, KeptLog } from '../support/front-stage.js'
import { ManualClock } from '../support/manual-clock.js'
import { ScriptedSession } from '../support/scripted-session.js'

const runtime = testRuntime()

async function pairAt(t: TestContext, address = 'memory:back-given') {
  const cleanup = new Cleanup()
  t.after(() => cleanup.run())
  const place = { address, transport: transportOf(address, { runtime, network: new InProcessNetwork() }) }
  const pair = await linkedPair(place, cleanup)
  // The first ping and its answer have arrived.
  await settle()
  return pair
}

/** What the end was given, beside its frames. */
function givenTo(end: End): object[] {
  const given: object[] = []
  Object.assign(end, { onGiven: (frame: object) => void given.push(frame) })
  return given
}

test('within a process what is given is there within the call, unless something that was sent is on its way', async (t) => {
  const { backEnd, frontEnd } = await pairAt(t)
  const { link } = frontEnd
  assert.equal(link.give?.({}), false, 'the other side takes frames only')
  const given = givenTo(backEnd)
  const one = { is: 1 }
  assert.equal(link.give?.(one), true)
  assert.equal(given[0], one)
  link.send(new Uint8Array([1]))
  assert.equal(link.give?.({}), false, 'behind a frame in the open batch')
  link.flush()
  assert.equal(link.give?.({}), false, 'behind a frame that is written')
  await until(() => backEnd.frames.length === 1, 'the frame is there')
  assert.equal(link.give?.({ is: 2 }), true)
  assert.deepEqual(given, [one, { is: 2 }])
  assert.equal(link.inspect().framesSent, 3)
  assert.equal(backEnd.link.inspect().framesReceived, 3)
  link.close('closing', 'the test is over')
  assert.equal(link.give?.({}), false)
  assert.equal(given.length, 2)
})

test('a holder that throws at what it is given loses its link, and whoever gave it notices nothing within the call', async (t) => {
  const { back, backEnd, frontEnd } = await pairAt(t)
  Object.assign(backEnd, { onGiven: () => assert.fail('a fault') })
  assert.equal(frontEnd.link.give?.({}), true)
  assert.equal(frontEnd.closed.length, 0)
  assert.deepEqual(backEnd.reasons, ['faulted'])
  await until(() => frontEnd.closed.length === 1, 'the other side is told')
  assert.deepEqual(frontEnd.reasons, ['faulted'])
  assert.ok(warnings(back.runtime).includes('link.faulted'))
})

test('L3 G6 in one process entries keep their order with LINK, and what waits for its turn does not keep the chunk that it came in', async (t) => {
  const clock = new ManualClock()
  const heard: string[] = []
  const room = defineChannel({ state: () => ({}), tickMs: 50, messages: { say: unchecked<string>() } }).implement({
    onMessage: { say: (_ctx, _client, text) => void heard.push(text) },
  })
  const app = defineApp({ channels: { 'room/:id': room } })
  const network = new InProcessNetwork()
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1' }], key: KEY })
  const own = { cluster, network, runtime: { clock, random: runtime.random, log: new KeptLog() } }
  const back = new BackMaster(app, { id: 'back-1', ...own })
  const front = new FrontMaster(app, { id: 'front-1', flushMs: 0, ...own })
  t.after(async () => {
    const stopped = Promise.all([front.stop(), back.stop()])
    await clock.run(1_000)
    await stopped
  })
  await back.listen()
  front.dial()
  await clock.run(100)
  const ada = new ScriptedSession(front.port, 'ada')
  ada.link(1)
  await clock.run(100)
  assert.equal(ada.summary, 'linked keyframe@0')
  const say = (clientSeq: number, text: string, room = 0): void => {
    const body = makeNamed('say', encodeValue(text))
    const chunk = new Uint8Array(body.length + room)
    chunk.set(body)
    const entry = { clientSeq, kind: ENTRY.message, context: null, body: chunk.subarray(0, body.length) }
    ada.say({ type: 'entry', link: 1, entry })
    // Whoever holds the chunk may use it again where only its view was worth keeping.
    if (room > body.length) chunk.fill(0)
  }
  const batches = (): number => front.inspect().backs[0]?.link?.batchesSent ?? -1
  const before = batches()
  say(1, 'a')
  await clock.run(100)
  assert.deepEqual(heard, ['a'])
  assert.equal(batches(), before, 'nothing is written for it')
  ada.link(2, 'room/2')
  // Behind LINK, which is on its way.
  say(2, 'b')
  say(3, 'c', 60_000)
  await clock.run(100)
  say(4, 'd', 60_000)
  await clock.run(100)
  assert.deepEqual(heard, ['a', 'b', 'c', 'd'])
})
