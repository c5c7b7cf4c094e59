/** What a payload may cost the back that opens it, and whom one costs that cannot be opened. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, unchecked } from '../../src/channel/schema.js'
import { ENTRY, type EntryKind, ITEM } from '../../src/protocol/frame-types.js'
import { makeCancelled, makeNamed, readFailure, readItems } from '../../src/protocol/link-frames.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { TooManyContainers } from '../../src/value/too-many-containers.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'

const ROOM = 'room/1'
const CONTAINERS_MAX = 16_384

/** An array with so many in it, itself counted. */
const containers = (count: number): unknown[] => Array.from({ length: count - 1 }, (_, i) => (i % 2 ? [] : {}))

function setUp() {
  const heard: string[] = []
  const room = defineChannel({
    state: () => ({}),
    options: unchecked<unknown>(),
    messages: { say: unchecked<unknown>(), shout: broadcastable(unchecked<unknown>()) },
    requests: { ask: { input: unchecked<unknown>() } },
    tickMs: 10,
  }).implement({
    onLink: () => void heard.push('link'),
    onMessage: { say: () => void heard.push('say'), shout: () => void heard.push('shout') },
    onRequest: { ask: () => void heard.push('ask') },
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'] })
  return { heard, stage, clock: stage.clock, front: stage.front() }
}

function failuresOf(front: StagedFront): { readonly reason: string; readonly message: string }[] {
  return front
    .all('masterPrivate')
    .flatMap(({ links }) => links)
    .flatMap(({ items }) => readItems(items).items)
    .filter(({ kind }) => kind === ITEM.failed)
    .map(({ body }) => readFailure(body))
}

const identityOf = (sessionId: string) =>
  ({
    senderKind: 'client',
    sessionId,
    userId: sessionId,
    data: encodeValue(null),
    tokenGeneration: 0,
    beganAt: 0,
  }) as const

test('G6 a payload may have payloadContainersMax arrays and objects, and one more is refused with too-large', async () => {
  const { heard, clock, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM, options: encodeValue(containers(CONTAINERS_MAX)) })
  front.link(2, 'eve', { channelId: ROOM, options: encodeValue(containers(CONTAINERS_MAX + 1)) })
  await clock.run(50)
  assert.deepEqual(heard.splice(0), ['link'])
  const [refused] = front.all('masterDetached')
  assert.deepEqual([refused?.ref, refused?.reason], [2, 'too-large'])
  assert.match(refused?.message ?? '', /more than 16384 arrays and objects \(payloadContainersMax\)/)
  front.entry(1, 1, ENTRY.message, 'say', containers(CONTAINERS_MAX))
  front.entry(1, 2, ENTRY.message, 'say', containers(CONTAINERS_MAX + 1))
  front.entry(1, 3, ENTRY.request, 'ask', containers(CONTAINERS_MAX))
  front.entry(1, 4, ENTRY.request, 'ask', containers(CONTAINERS_MAX + 1))
  await clock.run(50)
  assert.deepEqual(heard.splice(0), ['say', 'ask'])
  assert.deepEqual(
    failuresOf(front).map(({ reason }) => reason),
    ['too-large', 'too-large'],
  )
  for (const count of [CONTAINERS_MAX, CONTAINERS_MAX + 1]) {
    const body = makeNamed('shout', encodeValue(containers(count)))
    front.say({ type: 'masterBroadcast', identity: identityOf('ada'), connectionAttempt: 1, body })
  }
  await clock.run(50)
  assert.deepEqual(heard, ['shout'])
  assert.equal(front.all('unreadable').length, 0, 'a payload that is too heavy is none that cannot be read')
})

test('G6 the budget of one value is not that of the next, also where one was refused', () => {
  const bytes = encodeValue(containers(10))
  assert.throws(() => decodeValue(bytes, 9), TooManyContainers)
  assert.deepEqual(decodeValue(bytes, 10), containers(10))
  assert.deepEqual(decodeValue(bytes), containers(10))
})

for (const [what, kind] of [
  ['message', ENTRY.message],
  ['request', ENTRY.request],
] as const satisfies readonly (readonly [string, EntryKind])[]) {
  test(`G6 G7 a ${what} whose payload cannot be decoded costs that message, and its session's socket`, async () => {
    const { heard, clock, front } = setUp()
    front.link(1, 'ada', { channelId: ROOM })
    front.link(2, 'eve', { channelId: ROOM })
    await clock.run(50)
    const body = makeNamed(kind === ENTRY.message ? 'say' : 'ask', Uint8Array.of(0xff))
    front.say({ type: 'masterEntry', ref: 1, entry: { clientSeq: 1, kind, context: null, body } })
    front.entry(2, 1, ENTRY.message, 'say', 1)
    await clock.run(50)
    assert.deepEqual(heard, ['link', 'link', 'say'])
    assert.deepEqual(
      failuresOf(front).map(({ reason }) => reason),
      ['invalid'],
    )
    assert.deepEqual(
      front.all('unreadable').map(({ sessionId }) => sessionId),
      ['ada'],
    )
  })
}

test('G6 G7 a broadcast that a front passed on unchecked costs its session, never the link of masters', async () => {
  const { heard, clock, front } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  front.link(2, 'eve', { channelId: ROOM })
  await clock.run(50)
  const shout = makeNamed('shout', encodeValue('hey'))
  const bodies = [
    Uint8Array.of(0x05, 0xff),
    Uint8Array.of(0xff),
    new Uint8Array(0),
    makeNamed('shout', Uint8Array.of(0xff)),
  ]
  for (const body of bodies)
    front.say({ type: 'masterBroadcast', identity: identityOf('eve'), connectionAttempt: 1, body })
  front.say({ type: 'masterBroadcast', identity: identityOf('ada'), connectionAttempt: 1, body: shout })
  await clock.run(50)
  assert.deepEqual(heard, ['link', 'link', 'shout'])
  assert.deepEqual(
    front.all('unreadable').map(({ sessionId }) => sessionId),
    bodies.map(() => 'eve'),
  )
})

test('L13 an entry that was refused on its way has its reason for an outcome, also one that cannot be read', () => {
  const { heard, clock, front, stage } = setUp()
  front.link(1, 'ada', { channelId: ROOM })
  clock.advance(20)
  const cancelled = (clientSeq: number, body: Uint8Array): void =>
    front.say({ type: 'masterEntry', ref: 1, entry: { clientSeq, kind: ENTRY.cancelled, context: null, body } })
  cancelled(1, makeCancelled('rate-limited', 'too often'))
  cancelled(2, makeCancelled('withdrawn'))
  cancelled(3, makeCancelled('overflow', 'x'.repeat(5_000)))
  cancelled(4, Uint8Array.of(0xff))
  clock.advance(20)
  const failures = failuresOf(front)
  assert.deepEqual(
    failures.map(({ reason }) => reason),
    ['rate-limited', 'withdrawn', 'overflow', 'invalid'],
  )
  assert.equal(failures[0]?.message, 'too often')
  assert.equal(failures[2]?.message.length, 2_000)
  assert.equal(stage.channels.counts.refused, 4)
  front.entry(1, 5, ENTRY.message, 'say', 1)
  clock.advance(20)
  assert.deepEqual(heard, ['link', 'say'])
})
