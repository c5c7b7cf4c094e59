/** Which channels a back opens, and when: room for all, room that is kept, and waits after faults. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackLimits } from '../../src/back/back-limits.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { BackStage } from '../support/back-stage.js'

function setUp(limits: Partial<BackLimits> = {}) {
  const opened: string[] = []
  const room = defineChannel({
    state: () => ({}),
    tickMs: 10,
  }).implement({
    onOpen: (ctx) => void opened.push(ctx.id),
  })
  const app = defineApp({ channels: { lobby: room, 'news/today': room, 'room/:id': room, 'other/*': room } })
  const stage = new BackStage(app, { patterns: ['**'], limits: { graceMs: 0, ...limits } })
  const front = stage.front()
  let refs = 0
  return {
    stage,
    front,
    opened,
    run: (ms = 50) => stage.clock.run(ms),
    link(channelId: string): number {
      front.link(++refs, `session ${refs}`, { channelId })
      return refs
    },
    detached: () => front.all('masterDetached').map(({ ref, reason, relink }) => ({ ref, reason, relink })),
  }
}

test('G6 at openChannelsMax the channels that are named in the app still open, and one channel more is refused', async () => {
  const { link, run, opened, detached, front } = setUp({ openChannelsMax: 5 })
  for (const id of ['room/1', 'room/2', 'room/3']) link(id)
  const fourth = link('room/4')
  const other = link('other/4')
  await run()
  assert.deepEqual(detached(), [
    { ref: fourth, reason: 'too-many', relink: false },
    { ref: other, reason: 'too-many', relink: false },
  ])
  assert.match(front.all('masterDetached')[0]?.message ?? '', /5 open channels, the limit \(openChannelsMax\)/)
  link('lobby')
  link('news/today')
  await run()
  assert.deepEqual(opened, ['room/1', 'room/2', 'room/3', 'lobby', 'news/today'])
  assert.equal(detached().length, 2)
  link('room/4')
  await run()
  assert.equal(detached().length, 3, 'with all of them open there is no room left')
})

test('G6 where few channels may be open, half of the room at most is kept', async () => {
  const { link, run, opened } = setUp({ openChannelsMax: 2 })
  link('room/1')
  link('room/2')
  await run()
  assert.deepEqual(opened, ['room/1'])
  link('lobby')
  link('news/today')
  await run()
  assert.deepEqual(opened, ['room/1', 'lobby'])
})

test('G6 a channel in memory that fails again and again opens after growing waits, and others do not wait', async () => {
  const { link, run, opened, detached, front, stage } = setUp({
    faultBackoffMsMin: 1_000,
    faultBackoffMsMax: 3_000,
    faultsWithinMs: 60_000,
  })
  const failOnce = async (): Promise<void> => {
    const ref = link('room/1')
    await run()
    stage.channels.find('room/1')?.abandon('faulted', 'as the test wants it')
    await run()
    assert.deepEqual(detached().at(-1), { ref, reason: 'faulted', relink: true })
  }
  const opensAfter = async (ms: number): Promise<void> => {
    const openings = (): number => opened.filter((id) => id === 'room/1').length
    const before = openings()
    await run(ms - 200)
    const early = link('room/1')
    await run(50)
    assert.deepEqual(detached().at(-1), { ref: early, reason: 'faulted', relink: true })
    assert.match(front.all('masterDetached').at(-1)?.message ?? '', /opens again in \d+ ms/)
    assert.equal(openings(), before)
    await run(200)
  }
  await failOnce()
  await failOnce()
  await opensAfter(1_000)
  await failOnce()
  link('room/2')
  await opensAfter(2_000)
  assert.ok(opened.includes('room/2'))
  await failOnce()
  await opensAfter(3_000)
  await failOnce()
  await opensAfter(3_000)
  link('room/1')
  await run()
  assert.equal(opened.at(-1), 'room/1')
  await run(60_000)
  stage.channels.find('room/1')?.abandon('faulted', 'as the test wants it')
  link('room/1')
  await run()
  assert.equal(opened.at(-1), 'room/1', 'long afterwards the first fault costs no wait')
})

test('G7 what clients are told of a refusal names no back', async () => {
  const { stage } = setUp()
  await stage.channels.stop()
  const messages: string[] = []
  for (const id of ['room/1', 'lobby']) {
    assert.throws(
      () => stage.channels.channelFor(id, 0),
      (error) => error instanceof CentrumError && messages.push(error.message) > 0,
    )
  }
  const elsewhere = new BackStage(
    defineApp({ channels: { lobby: defineChannel({ state: () => ({}) }).implement({}) } }),
    {
      patterns: ['elsewhere/*'],
    },
  )
  assert.throws(
    () => elsewhere.channels.channelFor('lobby', 0),
    (error) => error instanceof CentrumError && error.code === 'not-owner' && messages.push(error.message) > 0,
  )
  for (const message of messages) assert.doesNotMatch(message, /back-1/)
  assert.equal(messages.length, 3)
})
