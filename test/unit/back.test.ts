import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BackMaster } from '../../src/back/back-master.js'
import type { BackMasterOptions } from '../../src/back/back-master-options.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { LinkRefused } from '../../src/channel/link-refused.js'
import { broadcastable, internal, unchecked } from '../../src/channel/schema.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { readEvents, readTurns, type SharedBlock } from '../../src/protocol/blocks.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { makeNamed, readAnswer, readFailure, readNamed } from '../../src/protocol/link-frames.js'
import type { ToBackFrame } from '../../src/protocol/master-frames.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { canonical } from '../../src/state/format/canonical.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { ManualClock } from '../support/manual-clock.js'
import { ScriptedFront } from '../support/scripted-front.js'

interface Room {
  names: string[]
  log: string[]
  ticks: number
}

function makeApp(log: string[] = [], gates: Record<string, () => void> = {}) {
  const room = defineChannel({
    state: (): Room => ({ names: [], log: [], ticks: 0 }),
    options: unchecked<{ refuse?: boolean } | undefined>(),
    messages: {
      say: unchecked<string>(),
      slow: unchecked<string>(),
      shout: broadcastable(unchecked<string>()),
      credit: internal(unchecked<number>()),
    },
    requests: { echo: { input: unchecked<string>() }, fail: { input: unchecked<string>() } },
    events: { boom: unchecked<string>() },
    tickMs: 50,
  }).implement({
    onLink(ctx, client, options) {
      if (options?.refuse) throw new LinkRefused('full', { details: { players: 10 } })
      ctx.state.names.push(client.id)
      ctx.broadcast('boom', `before ${client.id}`)
      return { hello: client.id }
    },
    onUnlink(ctx, client, reason) {
      log.push(`unlink ${client.id} ${reason}`)
      ctx.state.names = ctx.state.names.filter((name) => name !== client.id)
    },
    onDrop: (_ctx, client) => void log.push(`drop ${client.id}`),
    onResume: (_ctx, client) => void log.push(`resume ${client.id}`),
    onProcessor: (_ctx, client) => void log.push(`processor ${client.id}`),
    onProcessorLeft: (_ctx, client) => void log.push(`processor left ${client.id}`),
    onMessage: {
      say(ctx, client, text) {
        ctx.state.log.push(`${client.id}: ${text}`)
        if (text === 'boom') ctx.broadcast('boom', 'all')
        if (text === 'me') client.send('boom', 'only you')
        if (text === 'throw') throw new Error('no')
      },
      async slow(ctx, client, text) {
        await new Promise<void>((resolve) => (gates[text] = resolve))
        ctx.state.log.push(`${client.id} slowly: ${text}`)
      },
      shout: (ctx, sender, text) => void ctx.state.log.push(`${sender.kind} ${sender.id} shouts ${text}`),
      credit: (ctx, sender, amount) => void ctx.state.log.push(`${sender.kind} ${sender.id} credits ${amount}`),
    },
    onRequest: {
      echo: (_ctx, client, text) => `${client.id} ${text}`,
      fail() {
        throw new Error('secret')
      },
    },
    onTick: (ctx) => void ctx.state.ticks++,
    onClose: (_ctx, reason) => void log.push(`close ${reason}`),
  })
  const prompt = defineChannel({
    state: () => ({ ticks: 0, heard: 0 }),
    messages: { shout: broadcastable(unchecked<string>()), remember: unchecked<undefined>() },
    events: { boom: unchecked<string>() },
    tickMs: 0,
  }).implement({
    onMessage: {
      shout: (ctx) => void ctx.state.heard++,
      remember(ctx, client) {
        gates['later'] = () => {
          ctx.broadcast('boom', 'all')
          client.send('boom', 'you')
        }
      },
    },
    onTick: (ctx) => void ctx.state.ticks++,
  })
  return defineApp({ channels: { 'room/:id': room, prompt } })
}

async function setUp(t: TestContext, options: Partial<BackMasterOptions> = {}) {
  const clock = new ManualClock()
  let seed = 1
  const random = { float: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(seed++) }
  const runtime: Runtime = { clock, random, log: silentLog }
  const network = new InProcessNetwork()
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1', channels: ['room/*', 'prompt'] }] })
  const log: string[] = []
  const gates: Record<string, () => void> = {}
  const back = new BackMaster(makeApp(log, gates), { id: 'back-1', cluster, runtime, network, ...options })
  await back.listen()
  const address = { id: 'back-1', address: 'memory:back-1', membershipHash: cluster.hash }
  const front = async (id = 'front-1'): Promise<ScriptedFront> => {
    const scripted = new ScriptedFront(runtime, network, address, id)
    await clock.run(20)
    assert.ok(scripted.link, 'the front is linked')
    return scripted
  }
  t.after(async () => {
    const stopped = back.stop()
    await clock.run(100)
    await stopped
  })
  return { back, clock, front, log, gates }
}

/** All turns that a front was sent. */
const turnsOf = (front: { all(type: 'shared'): readonly { readonly block: SharedBlock }[] }) =>
  front.all('shared').flatMap(({ block }) => readTurns(block))

const state = (back: { channel(id: 'room/1'): { readonly state: unknown } }): Room =>
  back.channel('room/1').state as Room

test('V5 V7 LINKED names a version that contains onLink, and comes before the shared block of its turn', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen: 0, past: null })
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  const order = one.heard.map(({ type }) => type)
  assert.deepEqual(order, ['channel', 'keyframe', 'masterLinked', 'shared'])
  const [linked] = one.all('masterLinked')
  assert.equal(linked?.linked.version, 1)
  assert.deepEqual(decodeValue(linked?.linked.reply as Uint8Array), { hello: 'ada' })
  const mirror = new StateMirror<Room>()
  mirror.load(one.all('keyframe')[0]?.keyframe.bytes as Uint8Array)
  mirror.patch(turnsOf(one)[0]?.patch as Uint8Array)
  assert.deepEqual(mirror.state.names, ['ada'])
  assert.deepEqual(canonical(mirror.state), canonical(state(back)))
})

test('V6 the events of a new link begin behind those that were broadcast before it was accepted', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  const [linked] = one.all('masterLinked')
  const events = readEvents(turnsOf(one)[0]?.events as Uint8Array)
  assert.equal(events.length, 1)
  assert.deepEqual([linked?.linked.eventsVersion, linked?.linked.eventsAfter], [1, 1])
})

test('S13 G7 a link that onLink refuses is detached with its reason', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1', options: { refuse: true } })
  await clock.run(100)
  const [refused] = one.all('masterDetached')
  assert.deepEqual([refused?.reason, refused?.relink, refused?.message], ['link-refused', false, 'full'])
  assert.deepEqual(decodeValue(refused?.details ?? new Uint8Array(0)), { players: 10 })
  assert.equal(back.inspect().sessions, 0)
})

test('L9 C2 messages are processed in order, acknowledged when their effect is in the state, and requests answered', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  for (let n = 1; n <= 3; n++) one.sayEntry(1, n, ENTRY.message, 'say', `m${n}`)
  one.sayEntry(1, 4, ENTRY.request, 'echo', 'hi')
  await clock.run(10)
  assert.equal(one.items(1).acknowledged, 0, 'nothing is acknowledged before the turn')
  await clock.run(50)
  const { acknowledged, items } = one.items(1)
  assert.equal(acknowledged, 4)
  assert.deepEqual(state(back).log, ['ada: m1', 'ada: m2', 'ada: m3'])
  assert.equal(items.length, 1)
  const answer = readAnswer(items[0]?.body as Uint8Array)
  assert.deepEqual([answer.clientSeq, decodeValue(answer.result)], [4, 'ada hi'])
})

test('C2 an asynchronous handler holds its sender only, and its message is processed in the turn in which it settles', async (t) => {
  const { clock, front, back, gates } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1', session: 'ada' })
  one.sayLink({ ref: 2, channel: 'room/1', session: 'bob' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'a')
  one.sayEntry(1, 2, ENTRY.message, 'say', 'behind')
  one.sayEntry(2, 1, ENTRY.message, 'say', 'meanwhile')
  await clock.run(100)
  assert.deepEqual(state(back).log, ['bob: meanwhile'])
  assert.equal(one.items(1).acknowledged, 0)
  gates['a']?.()
  await clock.run(100)
  assert.deepEqual(state(back).log, ['bob: meanwhile', 'ada slowly: a', 'ada: behind'])
  assert.equal(one.items(1).acknowledged, 2)
})

test('G5 a handler that does not settle is ended by handlerMsMax, and a late result is ignored', async (t) => {
  const { clock, front, gates } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'a')
  await clock.run(10_100)
  const { acknowledged, items } = one.items(1)
  assert.equal(acknowledged, 1)
  assert.equal(readFailure(items[0]?.body as Uint8Array).reason, 'handler-timeout')
  one.sayEntry(1, 2, ENTRY.message, 'slow', 'b')
  one.sayEntry(1, 3, ENTRY.message, 'say', 'behind b')
  await clock.run(100)
  gates['a']?.()
  await clock.run(100)
  assert.equal(one.items(1).acknowledged, 1, 'the late result of the first does not settle the second')
  gates['b']?.()
  await clock.run(100)
  assert.equal(one.items(1).acknowledged, 3)
})

test('G6 a handler that throws costs its message only, and what it threw by accident is not told', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.message, 'say', 'throw')
  one.sayEntry(1, 2, ENTRY.request, 'fail', '')
  one.sayEntry(1, 3, ENTRY.message, 'say', 'after')
  await clock.run(50)
  const { acknowledged, items } = one.items(1)
  assert.equal(acknowledged, 3)
  const failures = items.map(({ body }) => readFailure(body))
  assert.deepEqual(
    failures.map(({ clientSeq, reason }) => [clientSeq, reason]),
    [
      [1, 'handler-failed'],
      [2, 'handler-failed'],
    ],
  )
  assert.ok(failures.every(({ message }) => !message.includes('secret')))
  assert.deepEqual(state(back).log, ['ada: throw', 'ada: after'])
})

test('L3 G3 a number that was taken is dropped, the next is taken, a greater one detaches the link with gap', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.message, 'say', 'a')
  one.sayEntry(1, 1, ENTRY.message, 'say', 'a again')
  one.sayEntry(1, 3, ENTRY.message, 'say', 'c')
  await clock.run(100)
  assert.deepEqual(state(back).log, ['ada: a'])
  assert.equal(back.inspect().done.duplicates, 1)
  const [detached] = one.all('masterDetached')
  assert.deepEqual([detached?.reason, detached?.relink], ['gap', true])
})

test('L6 L8 L7 G3 a session that links again goes on: same serial, processed so far, and what it has not seen again', async (t) => {
  const { clock, front, log, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.request, 'echo', 'one')
  await clock.run(100)
  const before = one.all('masterLinked')[0]?.linked
  assert.ok(before)
  one.leave()
  await clock.run(100)
  assert.deepEqual(log, ['drop ada'])
  const two = await front('front-2')
  const { origin, epoch, version, serial } = before
  two.sayLink({
    ref: 9,
    channel: 'room/1',
    connectionAttempt: 2,
    past: { origin, epoch, version, serial, serverSeqSeen: 0 },
  })
  await clock.run(100)
  const relink = two.all('masterLinked')[0]?.linked
  assert.deepEqual([relink?.serial, relink?.processed], [serial, 1])
  assert.deepEqual(log, ['drop ada', 'resume ada'])
  const { items } = two.items(9)
  assert.equal(decodeValue(readAnswer(items[0]?.body as Uint8Array).result), 'ada one')
  two.sayEntry(9, 1, ENTRY.request, 'echo', 'one')
  two.sayEntry(9, 2, ENTRY.message, 'say', 'two')
  await clock.run(100)
  assert.deepEqual(state(back).log, ['ada: two'])
  assert.equal(state(back).names.length, 1, 'onLink ran once')
})

test('L6 L9 a link that goes on is told by a PRIVATE what is behind `processed`, also where nothing is', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  one.sayEntry(1, 1, ENTRY.message, 'say', 'one')
  await clock.run(100)
  const linked = one.all('masterLinked')[0]?.linked
  assert.ok(linked)
  const { origin, epoch, version, serial } = linked
  one.sayLink({ ref: 2, channel: 'room/1', past: { origin, epoch, version, serial, serverSeqSeen: 0 } })
  await clock.run(100)
  assert.equal(one.all('masterLinked')[1]?.linked.processed, 1)
  assert.deepEqual(one.items(2), { acknowledged: 1, items: [] })
})

test('L4 a lower attach is detached with replaced; an equal or higher one takes over, and the old ref is detached', async (t) => {
  const { clock, front, log } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1', connectionAttempt: 2 })
  await clock.run(10)
  one.sayLink({ ref: 2, channel: 'room/1', connectionAttempt: 1 })
  await clock.run(10)
  assert.deepEqual(
    one.all('masterDetached').map(({ ref, reason }) => [ref, reason]),
    [[2, 'replaced']],
  )
  one.sayLink({ ref: 3, channel: 'room/1', connectionAttempt: 3 })
  await clock.run(60)
  assert.deepEqual(
    one.all('masterDetached').map(({ ref, reason, relink }) => [ref, reason, relink]),
    [
      [2, 'replaced', false],
      [1, 'replaced', false],
    ],
  )
  one.say({ type: 'detach', ref: 1, reason: 'connection-lost', graceMs: 0 })
  await clock.run(60)
  assert.deepEqual(log, [], 'the late end of the replaced ref harms nobody')
})

test('L4 H5 a newer resume token goes before attach: who comes with an older one is replaced, whatever its attach', async (t) => {
  const { clock, front, log } = await setUp(t)
  const one = await front()
  const detached = () => one.all('masterDetached').map(({ ref, reason, relink }) => [ref, reason, relink])
  one.sayLink({ ref: 1, channel: 'room/1', tokenGeneration: 1, connectionAttempt: 5 })
  await clock.run(60)
  one.sayLink({ ref: 2, channel: 'room/1', tokenGeneration: 0, connectionAttempt: 1e9 })
  await clock.run(60)
  assert.deepEqual(detached(), [[2, 'replaced', false]])
  one.sayLink({ ref: 3, channel: 'room/1', tokenGeneration: 1, connectionAttempt: 4 })
  one.sayLink({ ref: 4, channel: 'room/1', tokenGeneration: 2, connectionAttempt: 1 })
  await clock.run(60)
  assert.deepEqual(detached().slice(1), [
    [3, 'replaced', false],
    [1, 'replaced', false],
  ])
  // What it knows of the newest stays while the session is away, and goes over to its next link.
  one.say({ type: 'detach', ref: 4, reason: 'connection-lost', graceMs: 0 })
  one.sayLink({ ref: 5, channel: 'room/1', tokenGeneration: 1, connectionAttempt: 1e9 })
  await clock.run(60)
  one.sayLink({ ref: 6, channel: 'room/1', linkNumber: 2, tokenGeneration: 2, connectionAttempt: 2 })
  await clock.run(60)
  one.sayLink({ ref: 7, channel: 'room/1', linkNumber: 3, tokenGeneration: 1, connectionAttempt: 1e9 })
  await clock.run(60)
  assert.deepEqual(detached().slice(3), [
    [5, 'replaced', false],
    [7, 'replaced', false],
  ])
  assert.equal(one.all('masterLinked').at(-1)?.ref, 6)
  assert.ok(!log.includes('resume ada'), 'nobody took the session over while it was away')
})

test('L4 G5 one that takes over hears LINKED at once also where tickMs is 0 and nothing else happens', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'prompt' })
  await clock.run(100)
  const two = await front('front-2')
  two.sayLink({ ref: 7, channel: 'prompt', connectionAttempt: 2 })
  await clock.run(100)
  assert.equal(one.all('masterDetached')[0]?.reason, 'replaced')
  assert.equal(two.all('masterLinked')[0]?.ref, 7)
})

test('S12 what is said outside of a turn goes out at once also where tickMs is 0', async (t) => {
  const { clock, front, gates } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'prompt' })
  await clock.run(100)
  one.sayEntry(1, 1, ENTRY.message, 'remember')
  await clock.run(100)
  const heard = one.all('shared').length
  gates['later']?.()
  await clock.run(100)
  assert.equal(one.all('shared').length, heard + 1)
  assert.equal(one.items(1).items.length, 1)
})

test('L5 a lost link of masters drops exactly the sessions that came through it, and grace ends with expired', async (t) => {
  const { clock, front, log, back } = await setUp(t, { graceMs: 1_000 })
  const one = await front('front-1')
  const two = await front('front-2')
  one.sayLink({ ref: 1, channel: 'room/1', session: 'ada' })
  two.sayLink({ ref: 1, channel: 'room/1', session: 'bob' })
  await clock.run(10)
  one.leave()
  await clock.run(100)
  assert.deepEqual(log, ['drop ada'])
  assert.equal(back.inspect().dropped, 1)
  await clock.run(1_100)
  assert.deepEqual(log, ['drop ada', 'unlink ada expired'])
  assert.deepEqual(state(back).names, ['bob'])
})

test('L5 H8 a session whose front says for how long is waited for no longer than that', async (t) => {
  const { clock, front, log } = await setUp(t, { graceMs: 1_000 })
  const one = await front('front-1')
  one.sayLink({ ref: 1, channel: 'room/1', session: 'ada' })
  one.sayLink({ ref: 2, channel: 'room/1', session: 'bob' })
  await clock.run(10)
  one.say({ type: 'detach', ref: 1, reason: 'connection-lost', graceMs: 300 })
  one.say({ type: 'detach', ref: 2, reason: 'connection-lost', graceMs: 60_000 })
  await clock.run(400)
  assert.deepEqual(log, ['drop ada', 'drop bob', 'unlink ada expired'])
  await clock.run(700)
  assert.deepEqual(log, ['drop ada', 'drop bob', 'unlink ada expired', 'unlink bob expired'])
})

test('L5 L6 who comes back between the end of its grace and the turn that would do it goes on', async (t) => {
  const { clock, front, log, gates, back } = await setUp(t, { graceMs: 1_000 })
  const one = await front('front-1')
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(60)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'one')
  await clock.run(100)
  one.leave()
  // The grace is over, and its end waits for the handler.
  await clock.run(1_200)
  const two = await front('front-2')
  two.sayLink({ ref: 1, channel: 'room/1', connectionAttempt: 2 })
  await clock.run(100)
  gates['one']?.()
  await clock.run(200)
  assert.deepEqual(log, ['drop ada', 'resume ada'])
  assert.deepEqual(state(back).names, ['ada'])
  assert.equal(two.all('masterLinked').length, 1)
  assert.equal(two.all('masterDetached').length, 0)
  assert.equal(back.inspect().done.expired, 0)
})

test('G6 inspect counts what waits behind a handler of its sender that has not settled', async (t) => {
  const { clock, front, gates, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  one.sayLink({ ref: 2, channel: 'room/1', session: 'bob' })
  await clock.run(60)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'one')
  for (let n = 2; n <= 5; n++) one.sayEntry(1, n, ENTRY.message, 'say', `${n}`)
  one.sayEntry(2, 1, ENTRY.message, 'say', 'not behind it')
  await clock.run(10)
  const counts = () => {
    const { waiting, running } = back.inspect()
    return { waiting, running }
  }
  assert.deepEqual(counts(), { waiting: 6, running: 0 }, 'in the inbox, until the turn')
  await clock.run(100)
  assert.deepEqual(counts(), { waiting: 4, running: 1 })
  gates['one']?.()
  await clock.run(100)
  assert.deepEqual(counts(), { waiting: 0, running: 0 })
  assert.equal(state(back).log.length, 6)
})

test('L11 S9 an unlink is processed in order, ends in DETACHED unlinked, and leaves nothing behind', async (t) => {
  const { clock, front, log, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(10)
  one.sayEntry(1, 1, ENTRY.message, 'say', 'bye')
  one.sayEntry(1, 2, ENTRY.unlink)
  await clock.run(100)
  one.say({ type: 'unsubscribe', channelId: 'room/1', view: 0 })
  await clock.run(100)
  assert.deepEqual(log, ['unlink ada unlinked'])
  assert.deepEqual(
    one.all('masterDetached').map(({ reason, relink }) => [reason, relink]),
    [['unlinked', false]],
  )
  const { sessions, refs, subscriptions, waiting, beats } = back.inspect()
  assert.deepEqual(
    { sessions, refs, subscriptions, waiting, beats },
    { sessions: 0, refs: 0, subscriptions: 0, waiting: 0, beats: 0 },
  )
})

test('G5 open() rejects and never throws: an unknown channel, a stopped back', async (t) => {
  const { back } = await setUp(t)
  await assert.rejects(back.open('nosuch' as 'prompt'), { code: 'unknown-channel' })
  await back.stop()
  await assert.rejects(back.open('room/1'), { code: 'closing' })
})

test('S4 no onTick before the first link and after the last session has gone, and idle channels have no timer', async (t) => {
  const { clock, front, back } = await setUp(t)
  void back.open('room/1')
  void back.open('room/2')
  await clock.run(1_000)
  assert.equal(back.inspect().beats, 0)
  assert.equal(state(back).ticks, 0)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(510)
  const ticks = state(back).ticks
  assert.equal(ticks, 10)
  one.sayEntry(1, 1, ENTRY.unlink)
  await clock.run(60)
  const after = state(back).ticks
  await clock.run(1_000)
  assert.equal(back.inspect().beats, 0)
  assert.equal(state(back).ticks, after)
})

test('S4 C2 with tickMs 0 input gets its turn in the next macrotask, and onTick only runs while there are sessions', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  void back.open('prompt')
  const shout = (): void => {
    const identity = {
      senderKind: 'front' as const,
      sessionId: 'front-1',
      userId: '',
      data: encodeValue(null),
      tokenGeneration: 0,
      beganAt: 0,
    }
    one.say({ type: 'masterBroadcast', identity, connectionAttempt: 1, body: makeNamed('shout', encodeValue('hey')) })
  }
  shout()
  await clock.run(1)
  assert.deepEqual(back.channel('prompt').state, { ticks: 0, heard: 1 })
  one.sayLink({ ref: 1, channel: 'prompt' })
  await clock.run(1)
  shout()
  await clock.run(1)
  assert.deepEqual(back.channel('prompt').state, { ticks: 2, heard: 2 })
})

test('S12 V7 what goes to one client and to all is in the order in which it was sent', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  one.heard.length = 0
  for (const [i, text] of ['me', 'boom', 'me'].entries()) one.sayEntry(1, i + 1, ENTRY.message, 'say', text)
  await clock.run(50)
  const { items } = one.items(1)
  assert.deepEqual(
    items.map(({ kind, after, body }) => [kind, after, readNamed(body).name]),
    [
      [ITEM.event, 0, 'boom'],
      [ITEM.event, 1, 'boom'],
    ],
  )
  assert.deepEqual(
    one.heard.map(({ type }) => type),
    ['masterPrivate', 'shared'],
  )
})

test('S10 L12 take and release run their handlers, and writers may be held to the processor', async (t) => {
  const { clock, front, log } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1', processor: true })
  await clock.run(60)
  one.sayEntry(1, 1, ENTRY.release)
  one.sayEntry(1, 2, ENTRY.take)
  one.sayEntry(1, 3, ENTRY.unlink)
  await clock.run(60)
  assert.deepEqual(log, [
    'processor ada',
    'processor left ada',
    'processor ada',
    'processor left ada',
    'unlink ada unlinked',
  ])
})

test('S14 G7 what is internal is refused to a client and taken from a front; what is plain is refused to a front', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  one.sayLink({ ref: 2, channel: 'room/1', session: 'front-1', senderKind: 'front' })
  await clock.run(20)
  one.sayEntry(1, 1, ENTRY.message, 'credit', 5)
  one.sayEntry(2, 1, ENTRY.message, 'credit', 7)
  one.sayEntry(2, 2, ENTRY.message, 'say', 'plain')
  await clock.run(60)
  assert.deepEqual(state(back).log, ['front front-1 credits 7'])
  for (const ref of [1, 2]) {
    const { items } = one.items(ref)
    assert.equal(readFailure(items[0]?.body as Uint8Array).reason, 'not-permitted')
  }
  assert.deepEqual(state(back).names, ['ada'], 'a front runs no onLink')
})

test('S11 a broadcast reaches the open channels that declare it, at most once each, also without a link there', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  void back.open('room/2')
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  const identity = {
    senderKind: 'client' as const,
    sessionId: 'ada',
    userId: 'ada',
    data: encodeValue(undefined),
    tokenGeneration: 0,
    beganAt: 0,
  }
  one.say({ type: 'masterBroadcast', identity, connectionAttempt: 1, body: makeNamed('shout', encodeValue('hey')) })
  await clock.run(60)
  assert.deepEqual(state(back).log, ['client ada shouts hey'])
  assert.deepEqual((back.channel('room/2').state as Room).log, ['client ada shouts hey'])
  const all = { connectionAttempt: 1, body: makeNamed('credit', encodeValue(3)), type: 'masterBroadcast' as const }
  one.say({ ...all, identity }, { ...all, identity: { ...identity, senderKind: 'front', sessionId: 'front-1' } })
  await clock.run(60)
  assert.deepEqual(state(back).log.slice(1), ['front front-1 credits 3'], 'what is internal: of fronts only')
})

test('L4 what an older socket of a session said to all channels is not heard where a newer one is linked', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  const two = await front('front-2')
  void back.open('room/2')
  one.sayLink({ ref: 1, channel: 'room/1', connectionAttempt: 1 })
  two.sayLink({ ref: 1, channel: 'room/1', connectionAttempt: 2 })
  await clock.run(20)
  const identity = {
    senderKind: 'client' as const,
    sessionId: 'ada',
    userId: 'ada',
    data: encodeValue(undefined),
    tokenGeneration: 0,
    beganAt: 0,
  }
  const shout = (connectionAttempt: number, text: string): ToBackFrame => ({
    type: 'masterBroadcast',
    identity,
    connectionAttempt,
    body: makeNamed('shout', encodeValue(text)),
  })
  one.say(shout(1, 'old'))
  two.say(shout(2, 'new'))
  await clock.run(60)
  assert.deepEqual(state(back).log, ['client ada shouts new'])
  const elsewhere = (back.channel('room/2').state as Room).log
  assert.deepEqual(elsewhere, ['client ada shouts old', 'client ada shouts new'], 'where no link tells which is newer')
})

test('C4 S15 closing a channel ends each link, runs onUnlink and onClose, and tells each front', async (t) => {
  const { clock, front, back, log } = await setUp(t)
  const one = await front()
  const two = await front('front-2')
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  const closed = back.close('room/1', 'over')
  await clock.run(60)
  await closed
  assert.deepEqual(log, ['unlink ada over', 'close over'])
  assert.deepEqual(
    one.all('masterDetached').map(({ reason, relink }) => [reason, relink]),
    [['channel-closed', false]],
  )
  assert.deepEqual(
    two.all('channel').map(({ channelId, open }) => [channelId, open]),
    [
      ['room/1', true],
      ['room/1', false],
    ],
  )
  assert.throws(() => back.channel('room/1'), { code: 'channel-closed' })
})

test('V1 G1 a channel opens in an epoch above all that a front has seen of it', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  const epochSeen = 9_000_000_000_000
  one.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen, past: null })
  await clock.run(20)
  assert.equal(one.all('keyframe')[0]?.keyframe.epoch, epochSeen + 1)
})

test('C3 a turn that changes nothing and says nothing keeps the version; one with an event alone has a version without a patch', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen: 0, past: null })
  await clock.run(500)
  assert.equal(back.channel('room/1').version, 0)
  back.channel('room/1').broadcast('boom', 'alone')
  await clock.run(100)
  assert.equal(back.channel('room/1').version, 1)
  const turns = turnsOf(one).map(({ version, patch }) => [version, patch])
  assert.deepEqual(turns, [[1, null]])
})

test('G2 what is changed through an object that was kept from an earlier turn is mirrored within seconds', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(100)
  const kept = state(back).log
  one.sayEntry(1, 1, ENTRY.message, 'say', 'a')
  await clock.run(100)
  kept.push('behind its back')
  await clock.run(5_100)
  const mirror = new StateMirror<Room>()
  mirror.load(one.all('keyframe')[0]?.keyframe.bytes as Uint8Array)
  for (const { patch } of turnsOf(one)) if (patch) mirror.patch(patch)
  assert.deepEqual(mirror.state.log, ['ada: a', 'behind its back'])
})

test('V3 a front that subscribes with a past gets the blocks behind it and no keyframe', async (t) => {
  const { clock, front } = await setUp(t)
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(500)
  const blocks = one.all('shared').map(({ block }) => block)
  const past = blocks[2]
  assert.ok(past)
  const two = await front('front-2')
  two.say({
    type: 'subscribe',
    channelId: 'room/1',
    view: 0,
    epochSeen: 0,
    past: { origin: past.origin, version: past.version },
  })
  await clock.run(1)
  assert.equal(two.all('keyframe').length, 0)
  assert.equal(two.all('shared')[0]?.block.previous, past.version)
})

test('V8 G6 when the patches outgrow the keyframe the back renews it, once for all fronts', async (t) => {
  const { clock, front, back } = await setUp(t)
  const one = await front()
  const two = await front('front-2')
  two.say({ type: 'subscribe', channelId: 'room/1', view: 0, epochSeen: 0, past: null })
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  const before = back.inspect().done.keyframes
  for (let n = 1; n <= 20; n++) one.sayEntry(1, n, ENTRY.message, 'say', 'x'.repeat(10_000))
  await clock.run(100)
  assert.equal(back.inspect().done.keyframes, before + 1)
  assert.equal(one.all('keyframe').length, two.all('keyframe').length)
})

test('G6 an entry beyond the limit of the inbox is refused with overflow, and its number has its outcome', async (t) => {
  const { clock, front, gates } = await setUp(t, { limits: { inboxEntriesMax: 2 } })
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'a')
  for (let n = 2; n <= 4; n++) one.sayEntry(1, n, ENTRY.message, 'say', `m${n}`)
  await clock.run(60)
  gates['a']?.()
  await clock.run(60)
  const { acknowledged, items } = one.items(1)
  assert.equal(acknowledged, 4)
  const failures = items.map(({ body }) => readFailure(body))
  assert.deepEqual(
    failures.map(({ clientSeq, reason }) => [clientSeq, reason]),
    [
      [3, 'overflow'],
      [4, 'overflow'],
    ],
  )
})

test('G6 at twice the limit of the inbox the link is detached with overflow, and goes on where it was once there is room', async (t) => {
  const { clock, front, gates, back } = await setUp(t, { limits: { inboxEntriesMax: 2 } })
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  one.sayEntry(1, 1, ENTRY.message, 'slow', 'a')
  for (let n = 2; n <= 6; n++) one.sayEntry(1, n, ENTRY.message, 'say', `m${n}`)
  await clock.run(60)
  const [detached] = one.all('masterDetached')
  assert.deepEqual([detached?.ref, detached?.reason, detached?.relink], [1, 'overflow', true])
  gates['a']?.()
  await clock.run(60)
  one.sayLink({ ref: 2, channel: 'room/1' })
  await clock.run(60)
  assert.equal(one.all('masterLinked').at(-1)?.linked.processed, 4)
  for (let n = 5; n <= 6; n++) one.sayEntry(2, n, ENTRY.message, 'say', `m${n}`)
  await clock.run(60)
  assert.deepEqual(state(back).log, ['ada slowly: a', 'ada: m2', 'ada: m5', 'ada: m6'])
})

test('G3 G6 an outcome that there is no room for is not acknowledged: the link ends with overflow, and its client takes it as unknown', async (t) => {
  const { clock, front, back } = await setUp(t, { limits: { unseenItemsMax: 2 } })
  const one = await front()
  one.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(20)
  for (let n = 1; n <= 4; n++) one.sayEntry(1, n, ENTRY.request, 'echo', `${n}`)
  one.sayEntry(1, 5, ENTRY.message, 'say', 'five')
  await clock.run(200)
  const { acknowledged, items } = one.items(1)
  assert.equal(acknowledged, 2)
  assert.deepEqual(
    items.map(({ body }) => readAnswer(body).clientSeq),
    [1, 2],
  )
  const [detached] = one.all('masterDetached')
  assert.deepEqual([detached?.reason, detached?.relink], ['overflow', true])
  assert.deepEqual(state(back).names, [])
})

test('C1 a back that does not own a channel says so and names the owner', async (t) => {
  const clock = new ManualClock()
  const runtime: Runtime = {
    clock,
    random: { float: () => 0.5, bytes: (count) => new Uint8Array(count).fill(7) },
    log: silentLog,
  }
  const network = new InProcessNetwork()
  const backs = ['back-1', 'back-2'].map((id) => ({ id, address: `memory:${id}`, channels: ['room/*'] }))
  const cluster = staticCluster({ backs })
  const others = Array.from({ length: 20 }, (_, i) => `room/${i}`).find((id) => cluster.ownerOf(id) === 'back-2')
  assert.ok(others)
  const back = new BackMaster(makeApp(), { id: 'back-1', cluster, runtime, network })
  await back.listen()
  t.after(() => back.stop())
  const one = new ScriptedFront(runtime, network, {
    id: 'back-1',
    address: 'memory:back-1',
    membershipHash: cluster.hash,
  })
  await clock.run(20)
  one.sayLink({ ref: 1, channel: others })
  await clock.run(20)
  const [detached] = one.all('masterDetached')
  assert.deepEqual([detached?.reason, detached?.relink], ['not-owner', true])
  assert.deepEqual(detached?.owner, { id: 'back-2', address: 'memory:back-2' })
  assert.doesNotMatch(detached?.message ?? '', /back-2/, 'clients read it')
})
