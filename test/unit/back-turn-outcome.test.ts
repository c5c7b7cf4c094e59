/** A turn's outcome is a value: nothing of it leaves the back before it is released, and its record makes the next image of the last. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TurnOutcome } from '../../src/back/turn-outcome.js'
import type { ChannelImage } from '../../src/durable/channel-image.js'
import { decodeImage, decodeRecord, encodeImage, encodeRecord } from '../../src/durable/stored-format.js'
import { advance } from '../../src/durable/stored-history.js'
import type { TurnRecord } from '../../src/durable/turn-record.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { readTurns } from '../../src/protocol/blocks.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { BackStage, type StagedFront } from '../support/back-stage.js'

const ROOM = 'room/1'

function makeApp(answers: unknown[] = []) {
  const bank = defineChannel({
    state: () => ({ credits: [] as number[] }),
    messages: { credited: internal(unchecked<number>()) },
    requests: { total: internal({ input: unchecked<undefined>() }) },
    tickMs: 10,
  }).implement({
    onMessage: { credited: (ctx, _peer, amount) => void ctx.state.credits.push(amount) },
    onRequest: { total: (ctx) => ctx.state.credits.reduce((sum, amount) => sum + amount, 0) },
  })
  const room = defineChannel({
    state: () => ({ log: [] as string[] }),
    messages: {
      say: unchecked<string>(),
      pay: unchecked<number>(),
      kick: unchecked<string>(),
      set: unchecked<number>(),
    },
    requests: { echo: { input: unchecked<string>() } },
    events: { boom: unchecked<string>() },
    timers: { hammer: unchecked<number>() },
    memory: () => ({ hidden: new Map<string, number>() }),
    durability: 'log',
    tickMs: 10,
  }).implement({
    onLink: (_ctx, client) => ({ hello: client.id }),
    onTimer: { hammer: (ctx, n) => void ctx.memory.hidden.set('last', n) },
    onMessage: {
      say(ctx, client, text) {
        ctx.state.log.push(`${client.id} ${text}`)
        client.send('boom', text)
        ctx.broadcast('boom', text)
      },
      pay(ctx, _client, amount) {
        ctx.channel(bank, 'bank').send('credited', amount)
        ctx
          .channel(bank, 'bank')
          .request('total', undefined)
          .then(
            (total) => answers.push(total),
            (error: unknown) => answers.push(error),
          )
      },
      kick: (ctx, _client, id) => ctx.kick({ id }, 'go'),
      set(ctx, client, n) {
        if (n % 3 === 0) ctx.every(20, 'hammer', n)
        else if (n % 3 === 1) ctx.after(n, 'hammer', n)
        else ctx.cancelTimer(ctx.timers[0]?.id ?? 0)
        ctx.memory.hidden.set(client.id, ctx.random())
        ctx.summary = { n }
      },
    },
    onRequest: { echo: (_ctx, client, text) => `${client.id} ${text}` },
  })
  return defineApp({ channels: { bank, 'room/:id': room } })
}

/** Outcomes are released when the test says so. `gated` channels wait; others do not. */
function setUp(gated: (channelId: string) => boolean, answers: unknown[] = []) {
  const waiting: { readonly outcome: TurnOutcome; readonly release: () => void }[] = []
  const stage = new BackStage(makeApp(answers), {
    patterns: ['room/*', 'bank'],
    commit(outcome, release) {
      if (gated(outcome.channelId)) waiting.push({ outcome, release })
      else release()
    },
  })
  const releaseAll = (): void => {
    for (const { release } of waiting.splice(0)) release()
  }
  return { stage, clock: stage.clock, waiting, releaseAll }
}

const typesOf = (front: StagedFront): string[] => front.take().map(({ type }) => type)

test('V7 nothing of a turn leaves the back before it is released, and then LINKED, PRIVATE, SHARED and DETACHED do, in this order', async () => {
  const { stage, clock, waiting, releaseAll } = setUp(() => true)
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  front.link(2, 'bob', { channelId: ROOM })
  await clock.run(20)
  assert.deepEqual(typesOf(front), [], 'the channel is not open before its first turn is released')
  releaseAll()
  assert.deepEqual(typesOf(front), ['channel', 'keyframe'])
  await clock.run(20)
  front.entry(1, 1, ENTRY.message, 'say', 'hey')
  front.entry(1, 2, ENTRY.request, 'echo', 'you')
  front.entry(2, 1, ENTRY.message, 'kick', 'ada')
  await clock.run(60)
  assert.ok(waiting.length > 3, 'turns go on meanwhile')
  assert.deepEqual(stage.channels.channelFor(ROOM, 0).state, { log: ['ada hey'] })
  assert.deepEqual(typesOf(front), [])
  releaseAll()
  assert.deepEqual(typesOf(front), [
    'masterLinked',
    'masterLinked',
    'masterPrivate',
    'shared',
    'kick',
    'masterDetached',
  ])
})

test('V7 what a turn has for other channels waits for its release, and so does the answer for that of theirs', async () => {
  const answers: unknown[] = []
  let gate = ''
  const { stage, clock, releaseAll } = setUp((channelId) => channelId === gate, answers)
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(20)
  gate = ROOM
  front.entry(1, 1, ENTRY.message, 'pay', 5)
  await clock.run(60)
  assert.equal(stage.channels.find('bank'), null, 'it is not even opened')
  releaseAll()
  gate = 'bank'
  // It opens, accepts the link, and handles what was sent.
  for (let i = 0; i < 2; i++) {
    await clock.run(60)
    releaseAll()
  }
  await clock.run(60)
  assert.deepEqual(stage.channels.channelFor('bank', 0).state, { credits: [5] })
  assert.deepEqual(answers, [])
  releaseAll()
  await clock.run(60)
  assert.deepEqual(answers, [5])
})

test('V3 G4 a late front is served what is released and not what is encoded, and goes on from there', async () => {
  let isGated = false
  const { stage, clock, releaseAll } = setUp(() => isGated)
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(20)
  front.entry(1, 1, ENTRY.message, 'say', 'shown')
  await clock.run(20)
  const shown = front.all('shared')[0]?.block
  assert.ok(shown)
  isGated = true
  front.entry(1, 2, ENTRY.message, 'say', 'hidden')
  await clock.run(20)
  const [fresh, returning] = [stage.front('front-2'), stage.front('front-3')]
  const { origin, version } = shown
  fresh.say({ type: 'subscribe', channelId: ROOM, view: 0, epochSeen: 0, past: null })
  returning.say({ type: 'subscribe', channelId: ROOM, view: 0, epochSeen: 0, past: { origin, version: version - 1 } })
  assert.deepEqual(
    returning.heard.map((frame) => frame.type === 'shared' && frame.block.version),
    [version],
  )
  front.entry(1, 3, ENTRY.message, 'say', 'last')
  await clock.run(20)
  releaseAll()
  for (const { heard } of [front, fresh, returning]) {
    const mirror = new StateMirror()
    let at = 0
    for (const frame of heard) {
      if (frame.type === 'keyframe') {
        mirror.load(frame.keyframe.bytes)
        at = frame.keyframe.version
      }
      if (frame.type !== 'shared' || heard === returning.heard) continue
      assert.equal(frame.block.previous, at, 'no turn is missing and none comes twice')
      at = frame.block.version
      for (const { patch } of readTurns(frame.block)) if (patch) mirror.patch(patch)
    }
    if (heard !== returning.heard) assert.deepEqual(mirror.state, { log: ['ada shown', 'ada hidden', 'ada last'] })
  }
  assert.deepEqual(
    returning.heard.map((frame) => frame.type === 'shared' && frame.block.version),
    [version, version + 1, version + 2],
  )
})

test('V3 G4 a front that needs a keyframe while turns wait for their release gets one of a version that is released', async () => {
  let isGated = false
  const { stage, clock, releaseAll } = setUp(() => isGated)
  const channel = stage.channels.channelFor(ROOM, 0)
  await clock.run(20)
  isGated = true
  channel.context.broadcast('boom', 'one')
  await clock.run(20)
  const front = stage.front()
  front.say({ type: 'subscribe', channelId: ROOM, view: 0, epochSeen: 0, past: null })
  channel.context.broadcast('boom', 'two')
  await clock.run(20)
  assert.equal(front.heard.length, 0)
  releaseAll()
  const versions = front.heard.map((frame) =>
    frame.type === 'keyframe' ? frame.keyframe.version : frame.type === 'shared' ? frame.block.version : null,
  )
  assert.deepEqual(typesOf(front), ['keyframe'])
  assert.deepEqual(versions, [2])
})

const comparable = ({ state: _state, memory, sessions, timers, ...rest }: ChannelImage): unknown => ({
  ...rest,
  memory: memory && structuredClone(StateEncoder.resume(memory).state),
  timers: [...timers].sort((one, other) => one.id - other.id),
  sessions: [...sessions].sort((one, other) => (one.id < other.id ? -1 : 1)),
})

type Step = {
  readonly what: 'link' | 'again' | 'say' | 'set' | 'echo' | 'unlink' | 'seen' | 'lose' | 'run'
  readonly who: number
}
const steps = fc.array(
  fc.record<Step>({
    what: fc.constantFrom('link', 'again', 'say', 'say', 'set', 'set', 'echo', 'unlink', 'seen', 'lose', 'run', 'run'),
    who: fc.nat(2),
  }),
  { minLength: 5, maxLength: 40 },
)

test('G4 an image and the records of all turns behind it are the image after them', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const records: TurnRecord[] = []
      const stage = new BackStage(makeApp(), {
        patterns: ['room/*', 'bank'],
        commit(outcome, release) {
          records.push(decodeRecord(encodeRecord(outcome.record())))
          release()
        },
      })
      const { clock } = stage
      let front = stage.front()
      const channel = stage.channels.channelFor(ROOM, 0)
      await clock.run(1)
      let image = decodeImage(encodeImage(channel.turns.image()))
      records.length = 0
      let ref = 0
      const clients = [0, 1, 2].map((who) => ({ id: `client-${who}`, ref: 0, linkNumber: 0, n: 0 }))
      for (const { what, who } of history) {
        const client = clients[who] as (typeof clients)[number]
        if (what === 'lose') {
          front.lose()
          front = stage.front()
        } else if (what === 'link' || what === 'again') {
          if (what === 'link') Object.assign(client, { linkNumber: client.linkNumber + 1, n: 0 })
          client.ref = ++ref
          front.link(ref, client.id, { channelId: ROOM, linkNumber: Math.max(1, client.linkNumber) })
        } else if (what === 'seen') front.say({ type: 'masterSeen', ref: client.ref, serverSeq: client.n })
        else if (what === 'say') front.entry(client.ref, ++client.n, ENTRY.message, 'say', 'hey')
        else if (what === 'set') front.entry(client.ref, ++client.n, ENTRY.message, 'set', client.n)
        else if (what === 'echo') front.entry(client.ref, ++client.n, ENTRY.request, 'echo', 'hey')
        else if (what === 'unlink') front.entry(client.ref, ++client.n, ENTRY.unlink)
        else await clock.run(10)
      }
      await clock.run(10)
      // What is seen brings no turn by itself.
      for (const { ref: linked } of clients) front.say({ type: 'masterSeen', ref: linked, serverSeq: 1 })
      channel.context.broadcast('boom', 'a turn')
      await clock.run(10)
      const { image: after, memoryPatches } = advance(image, records)
      image = { ...after, memory: after.memory && StateEncoder.resume(after.memory, memoryPatches).keyframe() }
      assert.deepEqual(comparable(image), comparable(structuredClone(channel.turns.image())))
    }),
    { numRuns: 40 },
  )
})
