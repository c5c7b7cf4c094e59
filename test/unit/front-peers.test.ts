import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CentrumError } from '../../src/protocol/errors.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { frontStage } from '../support/front-stage.js'
import { detached, keyframe, linked, ORIGIN, shared } from '../support/scripted-back.js'

const past = (version: number) => ({ origin: ORIGIN, epoch: 1, version, serial: 1, serverSeqSeen: 0 })

test('L5 L10 G5 a lost link of masters detaches its links again; they are held, told, and go in one batch when it stands', async (t) => {
  const { clock, back, back2, session, breakLink, front } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  const other = session('other')
  for (const each of [ada, eve]) each.link(1)
  other.link(1, 'hall/1')
  await clock.run(50)
  back.say(keyframe(0, ''), ...back.all('masterLink').map(({ ref }) => linked(ref, 0)), shared(1, 'a'))
  back2.say(keyframe(0, '', { channel: 'hall/1' }), linked(back2.last('masterLink').ref, 0))
  await clock.run(5)
  for (const each of [ada, eve, other]) each.forget()
  await breakLink()
  assert.equal(ada.summary, 'detached:unreachable:again')
  assert.match(ada.all('detached')[0]?.message ?? '', /lost contact with the owner/)
  assert.equal(other.summary, '', 'links to other backs do not notice')
  for (const each of [ada, eve]) each.link(2, 'room/1', past(1))
  assert.equal(ada.summary, 'detached:unreachable:again stalled:unreachable')
  assert.equal(front.inspect().links.waiting, 2)
  back.forget()
  await clock.run(5_000)
  assert.equal(back.batches.length, 1)
  assert.deepEqual(
    back.batches[0]?.map(({ type }) => type),
    ['subscribe', 'masterLink', 'masterLink'],
  )
  assert.deepEqual(back.last('subscribe').past, { origin: ORIGIN, version: 1 })
  for (const each of [ada, eve]) each.forget()
  back.say(...back.all('masterLink').map(({ ref }) => linked(ref, 1)), shared(2, 'b'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked shared@2', 'no keyframe: the history lived on')
  assert.equal(front.inspect().done.peersLost, 1)
})

test('L10 a session that links again within the very call that tells it of the loss is held like any other', async (t) => {
  const { clock, session, breakLink, front } = await frontStage(t)
  const hasty = session('hasty')
  let link = 2
  hasty.link(1, 'room/1')
  hasty.link(2, 'room/2')
  hasty.heed = (frame) => {
    if (frame.type === 'detached' && frame.relink) hasty.link(++link, link % 2 === 1 ? 'room/2' : 'room/1')
  }
  await clock.run(50)
  await breakLink()
  assert.equal(link, 4)
  assert.equal(hasty.summary, Array(2).fill('detached:unreachable:again stalled:unreachable').join(' '))
  await clock.run(5_000)
  assert.equal(front.inspect().links.asked, 2)
})

test('L1 refs are never used again, also not on the next connection', async (t) => {
  const { clock, back, session, breakLink } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  const before = back.last('masterLink').ref
  await breakLink()
  ada.link(2)
  await clock.run(5_000)
  assert.ok(back.last('masterLink').ref > before)
})

test('S6 L10 the order of starting does not matter: what comes before the back is held', async (t) => {
  const { back, session, arrive, front } = await frontStage(t, {}, { away: true })
  const ada = session('ada')
  ada.link(1)
  assert.equal(ada.summary, 'stalled:unreachable')
  assert.equal(front.ready, false)
  await arrive()
  assert.equal(front.ready, true)
  assert.deepEqual(
    back.heard.map(({ type }) => type),
    ['subscribe', 'masterLink'],
  )
})

test('G5 connect() rejects after its limit, names who is missing, and goes on dialling', async (t) => {
  const { clock, front, arrive } = await frontStage(t, {}, { away: true })
  const connecting = front.connect({ timeoutMs: 3_000 })
  const outcome = assert.rejects(connecting, (error: unknown) => {
    assert.ok(error instanceof CentrumError)
    assert.equal(error.code, 'unreachable')
    assert.match(error.message, /3000 ms.*'back-1' at memory:back-1/)
    assert.doesNotMatch(error.message, /back-2/)
    return true
  })
  await clock.run(3_100)
  await outcome
  await arrive()
  await front.connect()
})

test('L11 G3 the end of a session is told to all backs, a lost carrier to those that it had links to', async (t) => {
  const { clock, back, back2, session } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  ada.link(1)
  eve.link(1)
  await clock.run(50)
  ada.front.end('unlinked')
  eve.front.drop('connection-lost')
  await clock.run(50)
  assert.deepEqual(back.last('end'), { type: 'end', sessionId: 'ada', reason: 'unlinked' })
  assert.deepEqual(back2.heard, [{ type: 'end', sessionId: 'ada', reason: 'unlinked' }])
  assert.deepEqual(
    back.all('detach').map(({ reason }) => reason),
    ['connection-lost'],
  )
})

test('L4 a kicked session is told, ended on all other backs, and not taken back', async (t) => {
  const { clock, back, back2, session, front } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  const { identity } = back.last('masterLink')
  const token = front.admission.tokenFor({ identity, authenticatedAt: 0 })
  assert.equal((await front.admission.resume(token)).identity.sessionId, 'ada')
  back.say({ type: 'kick', sessionId: 'ada', message: 'enough' })
  await clock.run(50)
  assert.equal(ada.summary, 'kicked')
  assert.deepEqual(back2.last('end'), { type: 'end', sessionId: 'ada', reason: 'kicked' })
  assert.equal(back.all('end').length, 0, 'the back that kicks knows')
  assert.equal(front.inspect().sessions, 0)
  await assert.rejects(front.admission.resume(token), { code: 'kicked' })
  ada.link(2)
  await clock.run(50)
  assert.equal(back.all('masterLink').length, 1, 'what it says goes nowhere')
})

test('S11 a broadcast goes to each back once, with who it comes from', async (t) => {
  const { clock, back, back2, session } = await frontStage(t)
  const ada = session('ada')
  const body = makeNamed('shout', encodeValue('all'))
  ada.say({ type: 'broadcast', body })
  await clock.run(50)
  for (const each of [back, back2]) {
    assert.equal(each.all('masterBroadcast').length, 1)
    assert.equal(each.last('masterBroadcast').identity.sessionId, 'ada')
    assert.deepEqual(each.last('masterBroadcast').body, body)
  }
})

test('C4 S15 a front counts the open channels of each back, and links that cross a closing go on', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const openChannels = () => front.inspect().backs[0]?.openChannels
  const tell = (channelId: string, open: boolean) =>
    back.say({ type: 'channel', channelId, open, reason: open ? 'reset' : 'channel-closed' })
  tell('room/1', true)
  tell('room/2', true)
  tell('room/9', false)
  await clock.run(5)
  assert.equal(openChannels(), 2)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  tell('room/1', false)
  await clock.run(5)
  assert.equal(openChannels(), 1)
  back.say(keyframe(0, 'new'), linked(back.last('masterLink').ref, 0), shared(1, 'a'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@0 shared@1')
})

test('V2 a back that says what is no frame loses its link, and nobody else notices', async (t) => {
  const { clock, back, back2, session, front, log } = await frontStage(t)
  const ada = session('ada')
  const other = session('other')
  ada.link(1)
  other.link(1, 'hall/1')
  await clock.run(50)
  back2.say(keyframe(0, '', { channel: 'hall/1' }), linked(back2.last('masterLink').ref, 0))
  await clock.run(5)
  other.forget()
  back.link?.send(Uint8Array.of(0xff, 1, 2, 3))
  back.link?.flush()
  await clock.run(5)
  assert.equal(ada.all('detached')[0]?.relink, true)
  assert.equal(other.summary, '')
  assert.equal(front.inspect().done.peersLost, 1)
  assert.ok(log.lines.some(({ event, fields }) => event === 'back.detached' && fields['reason'] === 'protocol-error'))
})

test('G6 after stop() nothing is held and nobody is taken in', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  const stopped = front.stop()
  await clock.run(50)
  await stopped
  assert.equal(back.last('detach').reason, 'closing')
  assert.equal(back.link, null)
  const { state, sessions, links, channels, refs, timers } = front.inspect()
  assert.deepEqual(
    { state, sessions, total: links.total, channels, refs, timers },
    { state: 'stopped', sessions: 0, total: 0, channels: 0, refs: 0, timers: 0 },
  )
  assert.throws(
    () => session('late'),
    (error: unknown) => error instanceof CentrumError && error.code === 'stopped',
  )
})

test('C1 G8 a back that names another owner sends the channel there: its links link again, and what waits goes along', async (t) => {
  const { clock, back, back2, session, front } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(3, 'three'), linked(back.last('masterLink').ref, 3))
  await clock.run(5)
  eve.link(1)
  await clock.run(50)
  for (const each of [ada, eve]) each.forget()
  // It links again within the very call.
  ada.heed = (frame) => {
    if (frame.type === 'detached' && frame.relink) ada.link(2, 'room/1', past(3))
  }
  const owner = { id: 'back-2', address: 'memory:back-2' }
  back.say(detached(back.last('masterLink').ref, { reason: 'not-owner', relink: true, owner }))
  await clock.run(50)
  assert.equal(ada.summary, 'detached:not-owner:again')
  assert.equal(eve.summary, 'detached:not-owner:again')
  assert.equal(back.all('detach').length, 2, 'the old one drops both')
  assert.equal(back.all('unsubscribe').length, 1)
  eve.link(2)
  await clock.run(50)
  const asked = back2.all('masterLink').map(({ identity }) => identity.sessionId)
  assert.deepEqual(asked, ['ada', 'eve'])
  assert.deepEqual(back2.last('subscribe').past, { origin: ORIGIN, version: 3 }, 'with the past of the channel')
  back2.say(...back2.all('masterLink').map(({ ref }) => linked(ref, 3)), shared(4, 'four'))
  await clock.run(5)
  assert.equal(ada.summary, 'detached:not-owner:again linked shared@4')
  assert.equal(front.inspect().refs, 2)
  // Nobody is sent to a back that the front does not know.
  back2.say(detached(back2.last('masterLink').ref, { reason: 'not-owner', owner: { id: 'nobody', address: '' } }))
  await clock.run(5)
  assert.equal(eve.summary.endsWith('detached:not-owner:over'), true)
})
