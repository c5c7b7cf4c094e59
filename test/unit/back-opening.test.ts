/** How a channel opens on its back: its origin may be unknown for a while, `onOpen` takes its time, and either may fail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Opening } from '../../src/back/pending-opening.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, unchecked } from '../../src/channel/schema.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { BackStage, type StagedFront, type StageOptions } from '../support/back-stage.js'

const CHANNEL = 'room/1'
const ORIGIN = { epoch: 7, nonce: '00000000000000aa' }

interface Room {
  opened: string
  log: string[]
}

function makeApp(onOpen: (state: Room) => void | Promise<void> = () => undefined) {
  const room = defineChannel({
    state: (): Room => ({ opened: '', log: [] }),
    messages: { say: unchecked<string>(), shout: broadcastable(unchecked<string>()) },
    tickMs: 50,
  }).implement({
    onOpen: ({ state }) => onOpen(state),
    onLink: (ctx, client) => void ctx.state.log.push(`link ${client.id}`),
    onMessage: {
      say: (ctx, client, text) => void ctx.state.log.push(`${client.id}: ${text}`),
      shout: (ctx, sender, text) => void ctx.state.log.push(`${sender.id} shouts ${text}`),
    },
  })
  return defineApp({ channels: { 'room/:id': room } })
}

function setUp(options: Partial<StageOptions> = {}, onOpen?: (state: Room) => void | Promise<void>) {
  const stage = new BackStage(makeApp(onOpen), { patterns: ['room/*'], ...options })
  return { stage, clock: stage.clock, front: stage.front() }
}

/** An opening that the test answers. */
function claims() {
  const asked: { readonly epochSeen: number; resolve(opening: Opening): void; reject(error: Error): void }[] = []
  const open = (_id: string, epochSeen: number): Promise<Opening> =>
    new Promise((resolve, reject) => asked.push({ epochSeen, resolve, reject }))
  return { asked, open }
}

/** What the first keyframe shows. */
function firstState(front: StagedFront): Room {
  const mirror = new StateMirror<Room>()
  mirror.load(front.all('keyframe')[0]?.keyframe.bytes as Uint8Array)
  return structuredClone(mirror.state)
}

const typesOf = ({ heard }: StagedFront): string[] => heard.map(({ type }) => type)

test('V3 fronts that subscribed while onOpen ran get a first keyframe of the state that it left, and nothing before', async () => {
  let settle = (): void => undefined
  const { clock, front } = setUp({}, async (state) => {
    state.opened = 'half'
    await new Promise<void>((resolve) => (settle = resolve))
    state.opened = 'wholly'
  })
  front.say({ type: 'subscribe', channelId: CHANNEL, view: 0, epochSeen: 0, past: null })
  front.link(1, 'ada', { channelId: CHANNEL })
  await clock.run(200)
  assert.deepEqual(typesOf(front), [])
  settle()
  await clock.run(200)
  assert.deepEqual(typesOf(front), ['channel', 'keyframe', 'masterLinked', 'shared'])
  assert.deepEqual(firstState(front), { opened: 'wholly', log: [] })
})

test('V3 C2 what comes while the origin is unknown waits for it: fronts, links, entries, messages to all, open()', async () => {
  const { asked, open } = claims()
  const { stage, clock, front } = setUp({ open }, (state) => void (state.opened = 'yes'))
  const opened = stage.channels.channelFor(CHANNEL, 0).whenOpen()
  front.say({ type: 'subscribe', channelId: CHANNEL, view: 0, epochSeen: 0, past: null })
  front.link(1, 'ada', { channelId: CHANNEL })
  front.entry(1, 1, ENTRY.message, 'say', 'early')
  front.say({
    type: 'masterBroadcast',
    identity: {
      senderKind: 'client',
      sessionId: 'bob',
      userId: 'bob',
      data: encodeValue(null),
      tokenGeneration: 0,
      beganAt: 0,
    },
    connectionAttempt: 1,
    body: makeNamed('shout', encodeValue('hey')),
  })
  await clock.run(10_000)
  assert.equal(asked.length, 1, 'it is claimed once')
  assert.deepEqual(typesOf(front), [])
  asked[0]?.resolve({ epoch: 9, origin: ORIGIN })
  await clock.run(60)
  await opened
  assert.deepEqual(firstState(front), { opened: 'yes', log: [] })
  const [linked] = front.all('masterLinked')
  assert.deepEqual([linked?.linked.epoch, linked?.linked.origin, linked?.linked.processed], [9, ORIGIN, 1])
  const { state } = stage.channels.channelFor(CHANNEL, 0)
  assert.deepEqual(state, { opened: 'yes', log: ['link ada', 'ada: early', 'bob shouts hey'] })
})

test('G5 a claim that fails refuses all that waits, with its reason, and the next link claims anew', async () => {
  const { asked, open } = claims()
  const { stage, clock, front } = setUp({ open })
  const opened = stage.channels.channelFor(CHANNEL, 0).whenOpen()
  const refused = assert.rejects(opened, { code: 'not-owner' })
  front.say({ type: 'subscribe', channelId: CHANNEL, view: 0, epochSeen: 0, past: null })
  front.link(1, 'ada', { channelId: CHANNEL })
  front.link(2, 'bob', { channelId: CHANNEL })
  asked[0]?.reject(new CentrumError('not-owner', 'another back was quicker'))
  await clock.run(60)
  await refused
  assert.deepEqual(
    front.all('masterDetached').map(({ ref, reason, relink, message }) => [ref, reason, relink, message]),
    [
      [1, 'not-owner', false, 'another back was quicker'],
      [2, 'not-owner', false, 'another back was quicker'],
    ],
  )
  assert.deepEqual(
    front.all('channel').map(({ open: isOpen, reason }) => [isOpen, reason]),
    [[false, 'not-owner']],
  )
  assert.equal(stage.channels.size, 0)
  assert.equal(clock.pending, 0, 'no timer is left')
  front.link(3, 'ada', { channelId: CHANNEL })
  asked[1]?.resolve({ epoch: 9, origin: ORIGIN })
  await clock.run(60)
  assert.equal(front.all('masterLinked')[0]?.ref, 3)
})

test('G5 an onOpen that fails refuses all that waits with faulted', async () => {
  const { stage, clock, front } = setUp({}, () => Promise.reject(new Error('no')))
  front.say({ type: 'subscribe', channelId: CHANNEL, view: 0, epochSeen: 0, past: null })
  front.link(1, 'ada', { channelId: CHANNEL })
  await clock.run(60)
  assert.deepEqual(typesOf(front), ['masterDetached', 'channel'])
  assert.deepEqual([front.all('masterDetached')[0]?.reason, front.all('channel')[0]?.reason], ['faulted', 'faulted'])
  assert.equal(stage.channels.size, 0)
})

test('C4 a channel that is closed while its origin is unknown does not wait for it, and a late answer has no effect', async () => {
  const { asked, open } = claims()
  const { stage, clock, front } = setUp({ open })
  front.link(1, 'ada', { channelId: CHANNEL })
  await stage.channels.stop()
  assert.deepEqual([front.all('masterDetached')[0]?.reason, front.all('masterDetached')[0]?.relink], ['closing', true])
  asked[0]?.resolve({ epoch: 9, origin: ORIGIN })
  await clock.run(60)
  assert.equal(stage.channels.size, 0)
  assert.equal(front.all('masterLinked').length, 0)
})

test('L5 L6 a link that loses contact while the origin is unknown is linked by its next contact', async () => {
  const { asked, open } = claims()
  const { stage, clock, front } = setUp({ open })
  front.link(1, 'ada', { channelId: CHANNEL })
  front.lose()
  const next = stage.front('front-2')
  next.link(5, 'ada', { channelId: CHANNEL }, 2)
  asked[0]?.resolve({ epoch: 9, origin: ORIGIN })
  await clock.run(60)
  assert.equal(next.all('masterLinked')[0]?.ref, 5)
  assert.deepEqual((stage.channels.channelFor(CHANNEL, 0).state as Room).log, ['link ada'])
})

test('V1 a claim that gives an older epoch than a front has seen meanwhile ends in a reset', async () => {
  const { asked, open } = claims()
  const { clock, front, stage } = setUp({ open })
  front.link(1, 'ada', { channelId: CHANNEL })
  stage.front('front-2').say({ type: 'subscribe', channelId: CHANNEL, view: 0, epochSeen: 50, past: null })
  asked[0]?.resolve({ epoch: 9, origin: ORIGIN })
  await clock.run(200)
  assert.deepEqual([front.all('masterDetached')[0]?.reason, front.all('masterDetached')[0]?.relink], ['reset', true])
  front.link(2, 'ada', { channelId: CHANNEL })
  assert.equal(asked.length, 2)
})
