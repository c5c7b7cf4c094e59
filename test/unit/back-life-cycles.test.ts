/** Seats, closing within a limit, channels that admit nobody, fronts that run anew, and what may wait in an inbox. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { LinkRefused } from '../../src/channel/link-refused.js'
import { broadcastable, unchecked } from '../../src/channel/schema.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { BackStage, type StageOptions } from '../support/back-stage.js'

const ROOM = 'room/1'

function setUp(options: Partial<StageOptions> = {}) {
  const calls: unknown[] = []
  const gates: (() => void)[] = []
  let checks = 0
  const gate = (): Promise<void> => new Promise<void>((resolve) => gates.push(resolve))
  const room = defineChannel({
    state: () => ({}),
    options: unchecked<'slow' | 'refuse' | undefined>(),
    messages: {
      slow: unchecked<void>(),
      say: unchecked<string>(),
      shout: broadcastable(z.string().refine((text) => ++checks > 0 && text !== 'no')),
    },
    tickMs: 10,
    linksMax: 2,
  }).implement({
    onLink(_ctx, client, option) {
      calls.push(`link ${client.id}`)
      if (option === 'refuse') throw new LinkRefused('not you')
      return option === 'slow' ? gate() : undefined
    },
    onUnlink: (_ctx, client, reason) => void calls.push(`unlink ${client.id} ${reason}`),
    onMessage: {
      slow: gate,
      say: (_ctx, client, text) => void calls.push(`${client.id} ${text}`),
      shout: (_ctx, _sender, text) => void calls.push(text),
    },
    onTick: (_ctx, dtMs) => void calls.push(dtMs),
    onClose: () => void calls.push('close'),
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'], ...options })
  const words = (): unknown[] => calls.filter((call) => typeof call === 'string')
  return { stage, clock: stage.clock, front: stage.front(), calls, words, gates, checks: () => checks }
}

test('S13 linksMax counts a seat when onLink begins: with slow ones as many get in as there are seats', async () => {
  const { clock, front, words, gates } = setUp()
  const options = encodeValue('slow')
  for (let i = 1; i <= 5; i++) front.link(i, `client-${i}`, { channelId: ROOM, options })
  await clock.run(30)
  assert.deepEqual(words(), ['link client-1', 'link client-2'])
  assert.deepEqual(
    front.all('masterDetached').map(({ ref, reason }) => [ref, reason]),
    [3, 4, 5].map((ref) => [ref, 'too-many']),
  )
  assert.match(front.all('masterDetached')[0]?.message ?? '', /all 2 seats .*linksMax/)
  for (const open of gates) open()
  await clock.run(30)
  assert.equal(front.all('masterLinked').length, 2)
  front.entry(1, 1, ENTRY.unlink)
  await clock.run(30)
  front.link(6, 'client-6', { channelId: ROOM })
  await clock.run(30)
  assert.equal(front.all('masterLinked').length, 3, 'a seat is free again')
})

test('C4 G5 closing all takes at most shutdownMs, and what was not done is told', async () => {
  const warned: object[] = []
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (event: string, fields: object) => void warned.push({ event, ...fields }),
    error: () => undefined,
    with: () => log,
  }
  const { stage, clock, front } = setUp({ limits: { shutdownMs: 2_000 }, log })
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(30)
  front.entry(1, 1, ENTRY.message, 'slow')
  front.entry(1, 2, ENTRY.message, 'say', 'hey')
  await clock.run(30)
  let isStopped = false
  const stopped = stage.channels.stop().then(() => (isStopped = true))
  await clock.run(1_900)
  assert.equal(isStopped, false)
  await clock.run(200)
  assert.equal(isStopped, true)
  await stopped
  assert.deepEqual(warned, [{ event: 'channel.cut-off', running: ['onMessage.slow'], waiting: 2 }])
  assert.deepEqual(
    front.all('masterDetached').map(({ reason }) => reason),
    ['closing'],
  )
})

test('G6 a channel that admitted no one closes again at once; one that the application opened stays', async () => {
  const { stage, clock, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM, options: encodeValue('refuse') })
  await clock.run(50)
  assert.equal(front.all('masterDetached')[0]?.reason, 'link-refused')
  assert.equal(stage.channels.find(ROOM), null)
  void stage.channels.channelFor('room/2', 0).whenOpen()
  front.link(2, 'ada', { channelId: 'room/2', options: encodeValue('refuse') })
  await clock.run(50)
  assert.ok(stage.channels.find('room/2'))
})

test('L4 a front that runs anew outranks the one that it was, though its clock is behind', async () => {
  const { stage, clock, front } = setUp()
  const identity = {
    senderKind: 'front' as const,
    sessionId: 'front-1',
    userId: '',
    data: encodeValue(null),
    tokenGeneration: 0,
    beganAt: 0,
  }
  const request = { channelId: ROOM, linkNumber: 3, processor: false, past: null, options: null }
  front.say({ type: 'masterLink', ref: 1, identity, connectionAttempt: 5_000, payer: '', request })
  await clock.run(30)
  front.lose()
  const fresh = stage.front('front-1', 'another')
  fresh.say({
    type: 'masterLink',
    ref: 1,
    identity,
    connectionAttempt: 2_000,
    payer: '',
    request: { ...request, linkNumber: 1 },
  })
  await clock.run(30)
  assert.equal(fresh.all('masterDetached').length, 0)
  assert.deepEqual(
    fresh.all('masterLinked').map(({ linked }) => linked.processed),
    [0],
  )
})

test('G6 what waits in an inbox is bounded in bytes: one more is refused, and its number has its outcome', async () => {
  const { clock, front, words } = setUp({ limits: { inboxBytesMax: 1_024 } })
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(30)
  for (let n = 1; n <= 4; n++) front.entry(1, n, ENTRY.message, 'say', `${n}${'x'.repeat(400)}`)
  await clock.run(30)
  assert.equal(words().length, 1 + 2)
  front.entry(1, 5, ENTRY.message, 'say', 'y'.repeat(400))
  await clock.run(30)
  assert.equal(words().length, 1 + 3, 'there is room again')
})

test('G6 S11 a broadcast is checked once for each definition before any channel gets it', async () => {
  const { stage, clock, front, words, checks } = setUp()
  for (let i = 0; i < 20; i++) void stage.channels.channelFor(`room/${i}`, 0).whenOpen()
  await clock.run(30)
  const identity = {
    senderKind: 'client' as const,
    sessionId: 'ada',
    userId: 'ada',
    data: encodeValue(null),
    tokenGeneration: 0,
    beganAt: 0,
  }
  const shout = (name: string, text: string): void =>
    front.say({ type: 'masterBroadcast', identity, connectionAttempt: 1, body: makeNamed(name, encodeValue(text)) })
  shout('shout', 'no')
  shout('nothing', 'hey')
  await clock.run(30)
  assert.equal(checks(), 1)
  assert.deepEqual(words(), [])
  shout('shout', 'hey')
  await clock.run(30)
  assert.equal(words().length, 20)
})

test('S4 after a pause of the process onTick gets at most dtMsMax', async () => {
  const { clock, front, calls } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(40)
  calls.length = 0
  clock.stall(9_000)
  await clock.run(20)
  assert.deepEqual(calls.slice(0, 2), [1_000, 10])
})
