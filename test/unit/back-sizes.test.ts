/** What single links are owed: in pieces, no more than is seen, no more than a front's link has room for, and what is too large is refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackLimits } from '../../src/back/back-limits.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { type Item, readFailure, readItems } from '../../src/protocol/link-frames.js'
import { createTestCluster } from '../../src/testing/index.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'

const ROOM = 'room/1'

const room = defineChannel({
  state: (): { text: string } => ({ text: '' }),
  messages: { shout: unchecked<number>(), grow: unchecked<number>() },
  requests: { load: { input: unchecked<number>() } },
  events: { boom: unchecked<string>() },
  tickMs: 0,
}).implement({
  onMessage: {
    shout: (_ctx, client, bytes) => client.send('boom', 'x'.repeat(bytes)),
    grow: (ctx, _client, bytes) => void (ctx.state.text = 'x'.repeat(bytes)),
  },
  onRequest: { load: (_ctx, _client, bytes) => 'x'.repeat(bytes) },
})
const app = defineApp({ channels: { 'room/:id': room } })

function linked(limits: Partial<BackLimits> = {}): { stage: BackStage; front: StagedFront } {
  const stage = new BackStage(app, { patterns: ['room/*'], limits })
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  settle(stage)
  return { stage, front }
}

function settle(stage: BackStage): void {
  for (let i = 0; i < 10; i++) stage.clock.advance(1)
}

/** The items of ref 1 that came since the last call, and what was acknowledged with the last of them. */
function taken(front: StagedFront): { items: Item[]; acknowledged: number; blocks: number } {
  const blocks = front.take().filter(({ type }) => type === 'masterPrivate')
  const items: Item[] = []
  let acknowledged = 0
  for (const block of blocks) {
    assert.ok(block.type === 'masterPrivate')
    for (const link of block.links) {
      const read = readItems(link.items)
      items.push(...read.items)
      acknowledged = Math.max(acknowledged, read.acknowledged)
    }
  }
  return { items, acknowledged, blocks: blocks.length }
}

test('G6 what a link has not seen goes out up to inFlightBytesMax; more follows what it has seen, and is acknowledged then', () => {
  const { stage, front } = linked({ inFlightBytesMax: 10_000 })
  for (let n = 1; n <= 10; n++) front.entry(1, n, ENTRY.request, 'load', 4_000)
  settle(stage)
  const first = taken(front)
  assert.deepEqual([first.items.length, first.acknowledged], [2, 2])
  let seen = 2
  while (seen < 10) {
    front.say({ type: 'masterSeen', ref: 1, serverSeq: seen })
    settle(stage)
    const { items, acknowledged } = taken(front)
    assert.deepEqual([items[0]?.serverSeq, acknowledged], [seen + 1, seen + items.length])
    seen += items.length
  }
  front.entry(1, 11, ENTRY.request, 'load', 50_000)
  front.say({ type: 'masterSeen', ref: 1, serverSeq: 10 })
  settle(stage)
  assert.equal(taken(front).items[0]?.body.length, 50_000 + 5, 'one that is larger goes alone')
})

test('G6 what one front is owed in a turn goes out in several blocks', () => {
  const { stage, front } = linked({ inFlightBytesMax: 4_000_000 })
  front.take()
  for (let n = 1; n <= 20; n++) front.entry(1, n, ENTRY.request, 'load', 100_000)
  settle(stage)
  const { items, acknowledged, blocks } = taken(front)
  assert.deepEqual([items.length, acknowledged], [20, 20])
  assert.ok(blocks >= 6, `${blocks} blocks`)
})

test('G6 what links of a busy front are owed waits until there is room', () => {
  const { stage, front } = linked()
  front.room = 0
  for (let n = 1; n <= 3; n++) front.entry(1, n, ENTRY.request, 'load', 1_000)
  settle(stage)
  assert.equal(taken(front).items.length, 0)
  front.room = 1_500
  front.peer.onDrained()
  front.room = Infinity
  settle(stage)
  front.peer.onDrained()
  settle(stage)
  const { items, acknowledged } = taken(front)
  assert.deepEqual([items.length, acknowledged], [3, 3])
})

test('G6 answers that are not seen count as events do: at unseenBytesMax the link ends', () => {
  const { stage, front } = linked({ inFlightBytesMax: 1_024, unseenBytesMax: 10_000, sendBytesMax: 10_000 })
  for (let n = 1; n <= 5; n++) front.entry(1, n, ENTRY.request, 'load', 4_000)
  settle(stage)
  assert.deepEqual(
    front.all('masterDetached').map(({ reason, relink }) => [reason, relink]),
    [['overflow', true]],
  )
})

test('G6 an answer or event above sendBytesMax is refused with both numbers', () => {
  const { stage, front } = linked({ sendBytesMax: 10_000 })
  front.entry(1, 1, ENTRY.request, 'load', 20_000)
  front.entry(1, 2, ENTRY.message, 'shout', 20_000)
  settle(stage)
  const failures = taken(front).items.map(({ body }) => readFailure(body))
  assert.deepEqual(
    failures.map(({ clientSeq, reason }) => [clientSeq, reason]),
    [
      [1, 'too-large'],
      [2, 'too-large'],
    ],
  )
  assert.match(failures[0]?.message ?? '', /20004 bytes, the limit is 10000 \(sendBytesMax\)/)
})

test('G6 nothing of what a channel sends, answers or keeps is encoded beyond sendBytesMax', () => {
  let read = 0
  const heavy = (): unknown => [
    'x'.repeat(20_000),
    {
      get behind() {
        return ++read
      },
    },
  ]
  const any = unchecked<unknown>()
  const refused: string[] = []
  const noting = (what: string, act: () => void): void => {
    try {
      act()
    } catch (error) {
      refused.push(`${what}: ${(error as { code?: string }).code}`)
    }
  }
  const other = defineChannel({
    state: () => ({}),
    messages: { take: internal(any) },
    requests: { ask: { input: any } },
  })
  const busy = defineChannel({
    state: () => ({}),
    messages: { go: any },
    requests: { load: { input: any } },
    events: { boom: any },
    timers: { later: any },
    tickMs: 0,
  }).implement({
    onMessage: {
      go(ctx, client) {
        noting('event', () => client.send('boom', heavy()))
        noting('broadcast', () => ctx.broadcast('boom', heavy()))
        noting('message', () => ctx.channel(other, 'other/1').send('take', heavy()))
        noting('timer', () => ctx.after(1, 'later', heavy()))
        noting('summary', () => void (ctx.summary = heavy()))
      },
    },
    onRequest: { load: heavy },
    onTimer: { later() {} },
  })
  const channels = {
    'room/:id': busy,
    'other/:id': other.implement({ onMessage: { take() {} }, onRequest: { ask() {} } }),
  }
  const stage = new BackStage(defineApp({ channels }), {
    patterns: ['room/*', 'other/*'],
    limits: { sendBytesMax: 10_000 },
  })
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  settle(stage)
  front.entry(1, 1, ENTRY.message, 'go', 0)
  front.entry(1, 2, ENTRY.request, 'load', 0)
  settle(stage)
  assert.deepEqual(
    refused,
    ['event', 'broadcast', 'message', 'timer', 'summary'].map((what) => `${what}: too-large`),
  )
  const [failure] = taken(front).items.map(({ body }) => readFailure(body))
  assert.equal(failure?.reason, 'too-large')
  assert.equal(read, 0)
})

test('G6 300 answers of 16 KB to one link at once arrive', async () => {
  const cluster = await createTestCluster(app)
  try {
    const link = await (await cluster.connect({ userId: 'ada' })).link(ROOM)
    const answers = await Promise.all(Array.from({ length: 300 }, () => link.request('load', 16_384)))
    assert.deepEqual(new Set(answers.map((text) => String(text).length)), new Set([16_384]))
    assert.equal(link.status, 'live')
  } finally {
    await cluster.close()
  }
})

test('G5 a state that is heavier than a packet may be is refused at once, and others go on', async () => {
  const limits = {
    linkLimits: { packetBytesMax: 400_000 },
    backLimits: { sendBytesMax: 100_000 },
    frontLimits: { payloadBytesMax: 200_000 },
  }
  const cluster = await createTestCluster(app, limits)
  try {
    const ada = await cluster.connect({ userId: 'ada' })
    const heavy = await ada.link(ROOM)
    const light = await ada.link('room/2')
    const told: string[] = []
    heavy.onStatus((status, reason) => void told.push(`${status} ${String(reason)}`))
    heavy.send('grow', 500_000)
    await cluster.advance(1_000)
    assert.deepEqual(told, ['closed too-large'])
    const error = await ada.link(ROOM).then(
      () => null,
      (reason: unknown) => reason as { code: string; message: string },
    )
    assert.equal(error?.code, 'too-large')
    assert.match(error?.message ?? '', /500\d{3} bytes, the limit is 3\d{5} \(packetBytesMax\)/)
    assert.equal(String(await light.request('load', 10)).length, 10)
  } finally {
    await cluster.close()
  }
})
