/** A client has one processor at most, whatever it says (L12). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { readItems, readProcessorItem } from '../../src/protocol/link-frames.js'
import { BackStage } from '../support/back-stage.js'
import { frontStage } from '../support/front-stage.js'
import { keyframe, linked } from '../support/scripted-back.js'
import type { ScriptedSession } from '../support/scripted-session.js'

function link(session: ScriptedSession, number: number, channelId: string, processor: boolean): void {
  const request = { channelId, linkNumber: 1, processor, past: null, options: null }
  session.say({ type: 'link', link: number, request })
}

test('L12 a client that takes a second processor without releasing the first loses the first', async (t) => {
  const { clock, back, back2, session } = await frontStage(t)
  const ada = session('ada')
  link(ada, 1, 'room/1', true)
  link(ada, 2, 'hall/1', false)
  await clock.run(50)
  const first = back.last('masterLink').ref
  back.say(keyframe(0, ''), linked(first, 0, { processor: true }))
  back2.say(keyframe(0, '', { channel: 'hall/1' }), linked(back2.last('masterLink').ref, 0))
  await clock.run(50)
  ada.entry(2, 1, ENTRY.take)
  await clock.run(50)
  assert.deepEqual(back.all('release'), [{ type: 'release', ref: first }])
  assert.deepEqual(back2.all('release'), [])
  ada.entry(1, 1, ENTRY.take)
  await clock.run(50)
  assert.deepEqual(back2.all('release'), [{ type: 'release', ref: back2.last('masterLink').ref }])
})

test('L12 one that releases the first before it takes the second loses nothing', async (t) => {
  const { clock, back, back2, session } = await frontStage(t)
  const ada = session('ada')
  link(ada, 1, 'room/1', true)
  link(ada, 2, 'hall/1', false)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0, { processor: true }))
  back2.say(keyframe(0, '', { channel: 'hall/1' }), linked(back2.last('masterLink').ref, 0))
  await clock.run(50)
  ada.entry(1, 1, ENTRY.release)
  ada.entry(2, 1, ENTRY.take)
  ada.entry(2, 2, ENTRY.release)
  ada.entry(1, 2, ENTRY.take)
  ada.entry(1, 3, ENTRY.unlink)
  ada.entry(2, 3, ENTRY.take)
  await clock.run(50)
  const released = [...back.all('release'), ...back2.all('release')].map(({ ref }) => ref)
  assert.deepEqual(released, [back.last('masterLink').ref], 'a link that ends has it until its channel says so')
})

test('L12 links with processor: true, and a processor from another socket, come to one as they are linked', async (t) => {
  const { clock, back, back2, session } = await frontStage(t)
  const ada = session('ada')
  link(ada, 1, 'room/1', true)
  link(ada, 2, 'hall/1', true)
  link(ada, 3, 'room/2', false)
  await clock.run(50)
  const [first, third] = back.all('masterLink').map(({ ref }) => ref)
  const second = back2.last('masterLink').ref
  assert.deepEqual([...back.all('release'), ...back2.all('release')], [], 'before LINKED nobody has it')
  back2.say(keyframe(0, '', { channel: 'hall/1' }), linked(second, 0, { processor: true }))
  back.say(keyframe(0, ''), keyframe(0, '', { channel: 'room/2' }))
  back.say(linked(first ?? 0, 0, { processor: true }), linked(third ?? 0, 0, { processor: true }))
  await clock.run(50)
  assert.deepEqual(
    back.all('release').map(({ ref }) => ref),
    [first, third],
  )
  assert.deepEqual(back2.all('release'), [])
})

test('L12 RELEASE takes the processor from a session, whose client is told and may send no more', async () => {
  const heard: string[] = []
  const room = defineChannel({
    state: () => ({}),
    messages: { say: unchecked<number>() },
    writers: 'processor',
    tickMs: 10,
  }).implement({
    onProcessor: () => void heard.push('processor'),
    onProcessorLeft: () => void heard.push('left'),
    onMessage: { say: (_ctx, _client, n) => void heard.push(`say ${n}`) },
  })
  const stage = new BackStage(defineApp({ channels: { 'room/:id': room } }), { patterns: ['room/*'] })
  const front = stage.front()
  front.link(1, 'ada', { channelId: 'room/1', processor: true })
  await stage.clock.run(50)
  front.entry(1, 1, ENTRY.message, 'say', 1)
  front.say({ type: 'release', ref: 1 }, { type: 'release', ref: 1 }, { type: 'release', ref: 77 })
  front.entry(1, 2, ENTRY.message, 'say', 2)
  await stage.clock.run(50)
  assert.deepEqual(heard, ['processor', 'say 1', 'left'])
  const items = front.all('masterPrivate').flatMap(({ links }) => links.flatMap(({ items }) => readItems(items).items))
  const told = items.filter(({ kind }) => kind === ITEM.processor).map(({ body }) => readProcessorItem(body))
  assert.deepEqual(told[0], { processor: false, reason: 'not-processor' })
  assert.equal(items.filter(({ kind }) => kind === ITEM.failed).length, 1)
})
