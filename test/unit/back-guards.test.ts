/** Whatever an application's code throws, gives or leaves behind costs its message, or its channel, and never the process or another channel. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { readFailure, readItems } from '../../src/protocol/link-frames.js'
import type { Log } from '../../src/runtime/runtime.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'

const ROOM = 'room/1'

const bare = (): object => Object.create(null) as object
/** What a handler throws is not always an error. */
function hurl(thrown: unknown): never {
  throw thrown as Error
}
/** `then`, as no object of a test may have it by name. */
const THEN = ['th', 'en'].join('')
const unreadable = (): object =>
  Object.defineProperty(bare(), THEN, {
    get() {
      hurl(bare())
    },
  })

/** What handlers do when the client says which. */
const FAULTS: { readonly [name: string]: (ctx: Loose, client: Loose) => unknown } = {
  'throws something bare': () => {
    hurl(bare())
  },
  'rejects with something bare': () => new Promise(() => hurl(bare())),
  'throws an error that cannot be read': () => {
    throw Object.defineProperty(new Error('x'), 'stack', {
      get() {
        hurl(bare())
      },
    })
  },
  'throws a symbol': () => {
    hurl(Symbol('x'))
  },
  'gives what cannot be asked whether it is a promise': () => unreadable(),
  'gives a thenable that throws': () => ({ [THEN]: () => hurl(bare()) }),
  'excepts an id': (ctx, client) => ctx['broadcast']?.('note', 1, { except: client['id'] }),
  'excepts nothing there is': (ctx) => ctx['broadcast']?.('note', 1, { except: null }),
  'broadcasts no event': (ctx) => ctx['broadcast']?.(undefined),
  'sends what does not fit': (_ctx, client) => client['send']?.('note', 'text'),
  'kicks nobody': (ctx) => ctx['kick']?.(undefined),
  'kicks for no words': (ctx) => ctx['kick']?.({ id: 'nobody' }, bare()),
  'closes for no words': (ctx) => ctx['close']?.(bare()),
  'sets a timer for nothing': (ctx) => ctx['after']?.(bare(), 'nothing'),
  'says too much of itself': (ctx) => {
    ;(ctx as { summary: unknown }).summary = 'x'.repeat(2_000)
  },
}

type Loose = { readonly [name: string]: (...args: unknown[]) => unknown }

function setUp() {
  const logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
  const note = (event: string, fields: object): void => void logged.push({ event, fields: { ...fields } })
  const log: Log = { debug: () => undefined, info: () => undefined, warn: note, error: note, with: () => log }
  const room = defineChannel({
    state: () => ({ count: 0 }),
    messages: {
      fault: unchecked<string>(),
      add: unchecked<number>(),
      later: z.string().refine(async () => {
        await Promise.resolve()
        throw new Error('as the test wants it')
      }),
    },
    requests: { wrong: { input: unchecked<void>(), output: z.number() } },
    events: { note: z.number() },
    tickMs: 10,
  }).implement({
    onMessage: {
      fault: (ctx, client, name) => FAULTS[name]?.(ctx as unknown as Loose, client as unknown as Loose),
      add: (ctx, _client, by) => void (ctx.state.count += by),
      later() {},
    },
    onRequest: { wrong: () => 'no number' as unknown as number },
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'], log })
  return { stage, clock: stage.clock, logged, front: stage.front() }
}

function failuresOf(front: StagedFront, ref: number): { readonly reason: string; readonly message: string }[] {
  return front
    .all('masterPrivate')
    .flatMap(({ links }) => links)
    .filter((link) => link.ref === ref)
    .flatMap(({ items }) => readItems(items).items)
    .filter(({ kind }) => kind === ITEM.failed)
    .map(({ body }) => readFailure(body))
}

for (const name of Object.keys(FAULTS)) {
  test(`G6 a handler that ${name} costs its message only`, async () => {
    const { stage, clock, logged, front } = setUp()
    front.link(1, 'ada', { channelId: ROOM })
    await clock.run(20)
    front.entry(1, 1, ENTRY.message, 'fault', name)
    front.entry(1, 2, ENTRY.message, 'add', 5)
    await clock.run(50)
    assert.deepEqual(
      failuresOf(front, 1).map(({ reason }) => reason),
      ['handler-failed'],
    )
    assert.deepEqual(
      logged.map(({ event, fields }) => [event, fields['handler']]),
      [['handler.failed', 'onMessage.fault']],
    )
    assert.deepEqual(stage.channels.channelFor(ROOM, 0).state, { count: 5 })
  })
}

test('G6 a promise that a schema leaves behind and that rejects costs its message only', async (t) => {
  const strays: unknown[] = []
  const stray = (error: unknown): void => void strays.push(error)
  process.on('unhandledRejection', stray)
  t.after(() => process.off('unhandledRejection', stray))
  const { clock, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(20)
  front.entry(1, 1, ENTRY.message, 'later', 'x')
  await clock.run(50)
  assert.deepEqual(
    failuresOf(front, 1).map(({ reason }) => reason),
    ['invalid'],
  )
  assert.deepEqual(strays, [])
})

test("G5 an answer that does not fit its schema is the handler's failure, and logged with its issues", async () => {
  const { clock, logged, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(20)
  front.entry(1, 1, ENTRY.request, 'wrong')
  await clock.run(50)
  assert.deepEqual(
    failuresOf(front, 1).map(({ reason }) => reason),
    ['handler-failed'],
  )
  assert.equal(logged[0]?.fields['handler'], 'onRequest.wrong')
  assert.match(JSON.stringify(logged[0]?.fields['issues']), /expected number/)
})

test('G6 a turn that breaks inside faults its channel only: the beat of others goes on, and the next link opens it anew', async () => {
  const { stage, clock, logged, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  front.link(2, 'bob', { channelId: 'room/2' })
  await clock.run(20)
  const broken = stage.channels.channelFor(ROOM, 0)
  broken.sessions.collect = () => {
    hurl(bare())
  }
  front.entry(1, 1, ENTRY.message, 'add', 5)
  await clock.run(30)
  assert.equal(stage.channels.find(ROOM), null)
  assert.deepEqual(
    front.all('masterDetached').map(({ ref, reason, relink }) => ({ ref, reason, relink })),
    [{ ref: 1, reason: 'faulted', relink: true }],
  )
  assert.deepEqual(
    logged.map(({ event }) => event),
    ['channel.faulted'],
  )
  front.entry(2, 1, ENTRY.message, 'add', 7)
  await clock.run(30)
  assert.deepEqual(stage.channels.channelFor('room/2', 0).state, { count: 7 })
})

test('S15 nothing that a kicked client had queued starts any more, then its onUnlink runs', async () => {
  const calls: string[] = []
  const gate: (() => void)[] = []
  const room = defineChannel({
    state: () => ({}),
    messages: { slow: unchecked<void>(), say: unchecked<string>(), kick: unchecked<string>() },
    tickMs: 10,
  }).implement({
    onUnlink: (_ctx, client, reason) => void calls.push(`unlink ${client.id} ${reason}`),
    onMessage: {
      slow: () => new Promise<void>((resolve) => gate.push(resolve)),
      say: (_ctx, client, text) => void calls.push(`${client.id} ${text}`),
      kick: (ctx, _client, id) => ctx.kick({ id }),
    },
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'] })
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  front.link(2, 'bob', { channelId: ROOM })
  await stage.clock.run(20)
  front.entry(1, 1, ENTRY.message, 'slow')
  for (let n = 2; n <= 5; n++) front.entry(1, n, ENTRY.message, 'say', `${n}`)
  await stage.clock.run(20)
  front.entry(2, 1, ENTRY.message, 'kick', 'ada')
  front.entry(1, 6, ENTRY.message, 'say', '6')
  await stage.clock.run(20)
  assert.deepEqual(calls, [], 'the handler that runs is waited for')
  gate[0]?.()
  await stage.clock.run(20)
  assert.deepEqual(calls, ['unlink ada kicked'])
  assert.equal(front.all('masterDetached')[0]?.reason, 'kicked')
  assert.equal(front.all('kick')[0]?.message, 'kicked')
})

test('C4 idleMs counts from the last departure', async () => {
  const room = defineChannel({ state: () => ({}), tickMs: 10, idleMs: 60_000 }).implement({})
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'] })
  const front = stage.front()
  stage.channels.channelFor(ROOM, 0)
  await stage.clock.run(55_000)
  front.link(1, 'ada', { channelId: ROOM })
  await stage.clock.run(100)
  front.entry(1, 1, ENTRY.unlink)
  await stage.clock.run(59_000)
  assert.ok(stage.channels.find(ROOM), 'a short visit begins it anew')
  await stage.clock.run(3_000)
  assert.equal(stage.channels.find(ROOM), null)
})

test('G6 C2 an inbox that takes long is taken in several turns, in order, and other channels have theirs in between', async () => {
  const heard: string[] = []
  // Each message takes a millisecond.
  const heavy = defineChannel({ state: () => ({}), messages: { work: unchecked<number>() }, tickMs: 1_000 }).implement({
    onMessage: {
      work(_ctx, _client, n) {
        heard.push(`${n}`)
        stage.clock.stall(1)
        if (n === 1) front.entry(2, 1, ENTRY.message, 'ask', null)
      },
    },
  })
  const light = defineChannel({ state: () => ({}), messages: { ask: unchecked<null>() }, tickMs: 0 }).implement({
    onMessage: { ask: () => void heard.push('light') },
  })
  const app = defineApp({ channels: { 'heavy/:id': heavy, 'light/:id': light } })
  const stage = new BackStage(app, { patterns: ['heavy/*', 'light/*'] })
  const front = stage.front()
  front.link(1, 'mallory', { channelId: 'heavy/1' })
  front.link(2, 'ada', { channelId: 'light/1' })
  await stage.clock.run(1_100)
  for (let n = 1; n <= 100; n++) front.entry(1, n, ENTRY.message, 'work', n)
  await stage.clock.run(1_500)
  const numbers = heard.filter((each) => each !== 'light')
  assert.deepEqual(
    numbers,
    Array.from({ length: 100 }, (_, i) => `${i + 1}`),
  )
  assert.ok(heard.indexOf('light') < 30, `the other channel waited for ${heard.indexOf('light')} messages`)
})
