/** What is said to a channel outside of links: by clients to all channels, and by one channel to another. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BackMaster } from '../../src/back/back-master.js'
import type { BackMasterOptions } from '../../src/back/back-master-options.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, internal, unchecked } from '../../src/channel/schema.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import type { Runtime } from '../../src/runtime/runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { ManualClock } from '../support/manual-clock.js'
import { ScriptedFront } from '../support/scripted-front.js'

/** A bank that other channels ask, and rooms that ask it. `open` lets what runs slowly go on. */
function makeApp(answers: unknown[], open: (() => void)[]) {
  const slowly = (): Promise<void> => new Promise((resolve) => void open.push(resolve))
  const bank = defineChannel({
    state: () => ({ credits: [] as number[] }),
    messages: { credited: internal(unchecked<number>()), shout: broadcastable(unchecked<string>()) },
    requests: {
      total: internal({ input: unchecked<undefined>() }),
      slowTotal: internal({ input: unchecked<undefined>() }),
    },
    tickMs: 10,
  }).implement({
    onMessage: {
      credited: (ctx, peer, amount) => void ctx.state.credits.push(peer.id === 'room/1' ? amount : NaN),
      shout: slowly,
    },
    onRequest: {
      total: (ctx) => ctx.state.credits.reduce((sum, amount) => sum + amount, 0),
      slowTotal: slowly,
    },
  })
  const room = defineChannel({
    state: () => ({ heard: 0 }),
    messages: {
      pay: unchecked<number>(),
      ask: unchecked<'total' | 'slowTotal'>(),
      shout: broadcastable(unchecked<string>()),
    },
    tickMs: 10,
  }).implement({
    onMessage: {
      pay: (ctx, _client, amount) => ctx.channel(bank, 'bank').send('credited', amount),
      ask(ctx, _client, name) {
        // Not waited for: the handler's own limit would end that.
        ctx
          .channel(bank, 'bank')
          .request(name, undefined)
          .then(
            (answer) => answers.push(answer),
            (error: unknown) => answers.push(error),
          )
      },
      shout: (ctx) => void ctx.state.heard++,
    },
  })
  return defineApp({ channels: { bank, 'room/:id': room } })
}

async function setUp(t: TestContext, options: Partial<BackMasterOptions> = {}) {
  const clock = new ManualClock()
  const random = { float: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(7) }
  const runtime: Runtime = { clock, random, log: silentLog }
  const network = new InProcessNetwork()
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1', channels: ['bank', 'room/*'] }] })
  const answers: unknown[] = []
  const open: (() => void)[] = []
  const back = new BackMaster(makeApp(answers, open), { id: 'back-1', cluster, runtime, network, ...options })
  await back.listen()
  const front = new ScriptedFront(
    runtime,
    network,
    { id: 'back-1', address: 'memory:back-1', membershipHash: cluster.hash },
    'front-1',
  )
  t.after(async () => {
    front.leave()
    const stopped = back.stop()
    await clock.run(60_000)
    await stopped
  })
  await clock.run(100)
  front.sayLink({ ref: 1, channel: 'room/1' })
  await clock.run(100)
  return { clock, back, front, answers, open }
}

test('S12 a channel speaks to another one of its back, and is answered', async (t) => {
  const { clock, back, front, answers } = await setUp(t)
  for (const [i, amount] of [5, 7].entries()) front.sayEntry(1, i + 1, ENTRY.message, 'pay', amount)
  front.sayEntry(1, 3, ENTRY.message, 'ask', 'total')
  await clock.run(100)
  assert.deepEqual(back.channel('bank').state, { credits: [5, 7] })
  assert.deepEqual(answers, [12])
})

test('G5 a request to a channel that closes is answered before, or rejects when the channel waits no longer', async (t) => {
  const { clock, back, front, answers, open } = await setUp(t)
  for (let n = 1; n <= 2; n++) front.sayEntry(1, n, ENTRY.message, 'ask', 'slowTotal')
  await clock.run(100)
  assert.equal(open.length, 1, 'the next of one sender starts after that')
  const closed = back.close('bank')
  await clock.run(60_000)
  await closed
  assert.equal(answers.length, 2)
  for (const error of answers) {
    assert.ok(error instanceof CentrumError)
    assert.equal(error.code, 'channel-closed')
  }
})

test('G6 what was said to a channel and is not done is bounded, over all turns, and what is above is dropped and counted', async (t) => {
  const { clock, back, front, open } = await setUp(t, { limits: { peerMessagesQueuedMax: 5 } })
  front.sayLink({ ref: 2, channel: 'bank' })
  await clock.run(100)
  const identity = {
    senderKind: 'client' as const,
    sessionId: 'ada',
    userId: 'ada',
    data: encodeValue(null),
    tokenGeneration: 0,
    beganAt: 0,
  }
  const shout = {
    type: 'masterBroadcast',
    identity,
    connectionAttempt: 1,
    body: makeNamed('shout', encodeValue('hey')),
  } as const
  for (let turn = 0; turn < 5; turn++) {
    front.say(shout, shout, shout)
    await clock.run(100)
  }
  const { waiting, running, done } = back.inspect()
  assert.deepEqual({ waiting, running, dropped: done.peerMessagesDropped }, { waiting: 4, running: 1, dropped: 10 })
  for (let i = 0; i < 5; i++) {
    open[i]?.()
    await clock.run(100)
  }
  assert.deepEqual({ waiting: back.inspect().waiting, running: back.inspect().running }, { waiting: 0, running: 0 })
  front.say(shout)
  await clock.run(100)
  assert.equal(open.length, 6, 'there is room again')
})
