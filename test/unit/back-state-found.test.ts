/** When a change of state is published, whoever made it and when: the lines of the table in docs/state.md, in channels of each pace. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChannelApi } from '../../src/back/channel-api.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { BackStage } from '../support/back-stage.js'

interface World {
  score: number
  /** More than are compared as a whole in each turn. */
  readonly things: Map<string, { x: number }>
}

const CHANNEL = 'world'

async function setUp(tickMs: number, { isLinked = false } = {}) {
  let context: { readonly state: World } | null = null
  let step = (): void => undefined
  const world = defineChannel({
    state: (): World => ({ score: 0, things: new Map(Array.from({ length: 100 }, (_, i) => [`t${i}`, { x: 0 }])) }),
    messages: { start: unchecked<null>() },
    tickMs,
  }).implement({
    onOpen: (ctx) => void (context = ctx),
    onMessage: {
      async start(ctx) {
        await new Promise<void>((resolve) => (step = resolve))
        ctx.state.score = 1
        await new Promise<void>((resolve) => (step = resolve))
      },
    },
  })
  const stage = new BackStage(defineApp({ channels: { [CHANNEL]: world } }), { patterns: ['*'] })
  const front = stage.front()
  if (isLinked) front.link(1, 'ada', { channelId: CHANNEL })
  else void stage.channels.channelFor(CHANNEL, 0)
  await stage.clock.run(200)
  const channel = stage.channels.find(CHANNEL)
  assert.ok(channel && context)
  const api = new ChannelApi(channel)
  const { version } = api
  return {
    clock: stage.clock,
    front,
    api,
    state: () => api.state as World,
    context: context as { readonly state: World },
    published: () => api.version - version,
    settle: () => step(),
  }
}

for (const tickMs of [0, 50]) {
  const pace = `tickMs ${tickMs}`

  test(`[S17] ${pace}, nobody linked: what is changed through back.channel(id).state is published in the next macrotask`, async () => {
    const { clock, state, published } = await setUp(tickMs)
    state().score = 1
    await clock.run(1)
    assert.equal(published(), 1)
  })

  test(`[S17] ${pace}, nobody linked: so is what is changed through a ctx that was kept, as from an interval`, async () => {
    const { clock, context, published } = await setUp(tickMs)
    context.state.score = 1
    await clock.run(1)
    assert.equal(published(), 1)
    context.state.score = 2
    await clock.run(1)
    assert.equal(published(), 2)
  })

  test(`[S17] ${pace}, nobody linked: what is changed through an object kept from earlier is published within five seconds`, async () => {
    const { clock, state, published } = await setUp(tickMs)
    const thing = state().things.get('t7')
    assert.ok(thing)
    await clock.run(1_000)
    const before = published()
    thing.x = 1
    await clock.run(5_000)
    assert.equal(published(), before + 1)
  })

  test(`[S17] ${pace}, nobody linked: a minute after the last touch nothing is compared any more`, async () => {
    const { clock, state } = await setUp(tickMs)
    state().score = 1
    await clock.run(70_000)
    assert.equal(clock.pending, 0)
  })
}

test('[S17] tickMs 0: what a handler changes between two awaits is published before it settles', async () => {
  const { clock, front, settle, published } = await setUp(0, { isLinked: true })
  front.entry(1, 1, ENTRY.message, 'start', null)
  await clock.run(1)
  const before = published()
  settle()
  await clock.run(1)
  assert.equal(published(), before + 1)
})

test('[S17] with links: what is changed through an object kept from earlier is published within five seconds', async () => {
  const { clock, state, published } = await setUp(50, { isLinked: true })
  const thing = state().things.get('t7')
  assert.ok(thing)
  await clock.run(1_000)
  const before = published()
  thing.x = 1
  await clock.run(5_000)
  assert.equal(published(), before + 1)
})
