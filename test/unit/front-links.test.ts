import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readKeyframe, readSharedBlock } from '../../src/protocol/blocks.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { readCancelled } from '../../src/protocol/link-frames.js'
import { frontStage } from '../support/front-stage.js'
import { blockOf, detached, keyframe, linked, ORIGIN, privately, shared } from '../support/scripted-back.js'

const refused = (code: string) => (error: unknown) => error instanceof CentrumError && error.code === code

test('V4 a link is told LINKED, then the keyframe and the blocks behind it, then live blocks', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  assert.deepEqual(
    back.heard.map(({ type }) => type),
    ['subscribe', 'masterLink'],
  )
  const { ref } = back.last('masterLink')
  back.say(keyframe(3, 'three'), shared(4, 'four'), linked(ref, 4))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@3 shared@4')
  back.say(shared(5, 'five'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@3 shared@4 shared@5')
})

test('V4 a returning link gets the blocks behind its past alone, where the ring has them', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0), shared(1, 'a'), shared(2, 'b'), shared(3, 'c'))
  eve.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 1, serial: 7, serverSeqSeen: 0 })
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 3))
  await clock.run(5)
  assert.equal(eve.summary, 'linked shared@2-3')
  assert.equal(front.inspect().done.turnsGivenLate, 2)
})

test('G1 V4 what a front has of an earlier owner of one history is given as of the new one, or its clients would not take it', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const [ada, eve, bob] = [session('ada'), session('eve'), session('bob')]
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0), shared(1, 'a'), shared(2, 'b'))
  await clock.run(50)
  back.forget()
  eve.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 1, serial: 7, serverSeqSeen: 0 })
  bob.link(1)
  await clock.run(50)
  for (const { ref } of back.all('masterLink')) back.say(linked(ref, 2, { epoch: 2 }))
  await clock.run(5)
  assert.equal(eve.summary, 'linked shared@2')
  assert.equal(bob.summary, 'linked keyframe@0 shared@1-2')
  for (const { block } of [...eve.all('shared'), ...bob.all('shared')])
    assert.equal(readSharedBlock(block.frame).epoch, 2, 'also in its bytes')
  const { keyframe: given } = bob.all('keyframe')[0] ?? assert.fail('Bob was given a keyframe')
  assert.equal(readKeyframe(given.frame).epoch, 2, 'also in its bytes')

  // The keyframe of an owner before the one whose turns stand behind it.
  const carl = session('carl')
  back.say(shared(3, 'c', { epoch: 3 }))
  await clock.run(5)
  carl.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 3, { epoch: 3 }))
  await clock.run(5)
  assert.equal(readKeyframe((carl.all('keyframe')[0]?.keyframe ?? assert.fail()).frame).epoch, 3)
})

test('V3 V4 a session that returns to a front that has nothing is served from the ring of the owner', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 3, serial: 7, serverSeqSeen: 0 })
  await clock.run(50)
  assert.deepEqual(back.last('subscribe').past, { origin: ORIGIN, version: 3 })
  back.say(shared(4, 'd'), shared(5, 'e'), linked(back.last('masterLink').ref, 5))
  await clock.run(5)
  assert.equal(ada.summary, 'linked shared@4-5')
  const eve = session('eve')
  eve.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 5))
  await clock.run(50)
  assert.equal(eve.summary, 'linked')
  assert.ok(back.last('renew').version >= 3, 'one that has nothing needs a keyframe')
  back.say(keyframe(5, 'five'), shared(6, 'f'))
  await clock.run(5)
  assert.equal(eve.summary, 'linked keyframe@5 shared@6')
  assert.equal(ada.summary, 'linked shared@4-5 shared@6')
})

test('V3 G7 a session that lies about what it has harms nobody else', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const liar = session('liar')
  liar.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 9_000_000, serial: 7, serverSeqSeen: 0 })
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  const [lied, asked] = back.all('masterLink').map(({ ref }) => ref)
  back.say(keyframe(2, 'two'), linked(lied ?? 0, 2), linked(asked ?? 0, 2, { serial: 2 }), shared(3, 'c'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@2 shared@3')
})

test('V4 V5 a client that is ahead of the front gets nothing older: it waits for the front to come that far', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 3, serial: 7, serverSeqSeen: 0 })
  await clock.run(50)
  back.say(keyframe(1, 'one'), linked(back.last('masterLink').ref, 4))
  await clock.run(5)
  assert.equal(ada.summary, 'linked')
  back.say(shared(2, 'b'), shared(3, 'c'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked', 'at 3 it has all that the front has')
  back.say(shared(4, 'd'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked shared@4')
})

test('V4 a past of another origin is no past: the keyframe is sent, once it has come', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1, 'room/1', {
    origin: { epoch: 1, nonce: 'ffffffffffffffff' },
    epoch: 1,
    version: 9,
    serial: 1,
    serverSeqSeen: 0,
  })
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 2))
  await clock.run(5)
  assert.equal(ada.summary, 'linked')
  back.say(keyframe(2, 'two'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@2')
})

test('S8 every linked session of a front gets every turn, as the same object', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const sessions = ['a', 'b', 'c', 'd'].map((id) => session(id))
  for (const each of sessions) each.link(1)
  await clock.run(50)
  assert.equal(back.all('subscribe').length, 1, 'one subscription for all')
  back.say(keyframe(0, ''), ...back.all('masterLink').map(({ ref }) => linked(ref, 0)))
  for (let version = 1; version <= 100; version++) back.say(shared(version, `turn ${version}`))
  await clock.run(5)
  const [first, ...others] = sessions.map(({ live }) => live)
  assert.equal(first?.length, 100)
  for (const other of others) {
    assert.equal(other.length, 100)
    for (const [i, block] of other.entries()) assert.equal(block, first?.[i])
  }
})

test('S7 what a client gets of a turn is, byte for byte, what the back made', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  const key = keyframe(0, 'state that a front could not read')
  const block = blockOf(1, 'a patch', { events: [{ name: 'boom', except: ['eve'], payload: Uint8Array.of(1, 2, 3) }] })
  back.say(key, linked(back.last('masterLink').ref, 0), { type: 'shared', block })
  await clock.run(5)
  assert.deepEqual(ada.live[0]?.frame, block.frame)
  assert.equal(ada.live[0]?.frame.buffer.byteLength, block.frame.length, 'and keeps nothing else alive')
  assert.ok(key.type === 'keyframe')
  assert.deepEqual(ada.all('keyframe')[0]?.keyframe.frame, key.keyframe.frame)
})

test('G6 a congested session gets no turns, and is caught up with the missing ones when it has drained', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const slow = session('slow')
  const quick = session('quick')
  for (const each of [slow, quick]) each.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), ...back.all('masterLink').map(({ ref }) => linked(ref, 0)), shared(1, 'a'))
  await clock.run(5)
  slow.congested = true
  back.say(shared(2, 'b'), shared(3, 'c'), privately(back.all('masterLink')[0]?.ref ?? 0, 3, []))
  await clock.run(5)
  assert.equal(slow.summary, 'linked keyframe@0 shared@1 private', 'what is private is never left out')
  assert.equal(quick.live.length, 3)
  assert.equal(front.inspect().links.lagging, 1)
  slow.congested = false
  slow.front.drained()
  assert.equal(slow.summary, 'linked keyframe@0 shared@1 private shared@2-3')
  back.say(shared(4, 'd'))
  await clock.run(5)
  assert.equal(slow.live.at(-1)?.version, 4)
  assert.equal(front.inspect().done.lagged, 1)
})

test('G6 V4 a session that fell far behind gets a keyframe where that is lighter than the patches', async (t) => {
  const { clock, back, session } = await frontStage(t, { limits: { catchUpBytesMax: 1_000 } })
  const slow = session('slow')
  slow.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  slow.congested = true
  for (let version = 1; version <= 20; version++) back.say(shared(version, 'x'.repeat(100)))
  back.say(keyframe(18, 'eighteen'))
  await clock.run(5)
  slow.forget()
  slow.congested = false
  slow.front.drained()
  assert.equal(slow.summary, 'keyframe@18 shared@19-20')
})

test('V2 a turn that does not follow is not passed on: the front subscribes again with its past', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0), shared(1, 'a'))
  await clock.run(5)
  back.forget()
  back.say(shared(3, 'c'), shared(4, 'd'))
  await clock.run(50)
  assert.deepEqual(
    back.heard.map(({ type }) => type),
    ['subscribe'],
    'once, not for each turn that does not fit',
  )
  assert.deepEqual(back.last('subscribe').past, { origin: ORIGIN, version: 1 })
  assert.equal(ada.live.length, 1)
  back.say(shared(2, 'b'), shared(3, 'c'), shared(4, 'd'), shared(4, 'd'))
  await clock.run(5)
  assert.deepEqual(
    ada.live.map(({ version }) => version),
    [1, 2, 3, 4],
  )
  const { gaps, duplicatesDropped } = front.inspect().done
  assert.deepEqual({ gaps, duplicatesDropped }, { gaps: 1, duplicatesDropped: 1 })
})

test('V2 V3 a gap that is answered with a keyframe brings every link to it', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0), shared(1, 'a'), shared(7, 'g'))
  await clock.run(50)
  back.say(keyframe(8, 'eight'), shared(9, 'i'))
  await clock.run(5)
  assert.equal(ada.summary, 'linked keyframe@0 shared@1 keyframe@8 shared@9')
})

test('V8 a keyframe from before all that is kept is not gone back to', async (t) => {
  const { clock, back, session, front } = await frontStage(t, { limits: { ringTurnsMax: 2 } })
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
  for (let version = 1; version <= 5; version++) back.say(shared(version, 'x'))
  back.say(keyframe(5, 'five'), keyframe(1, 'one'))
  const eve = session('eve')
  eve.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 5), shared(6, 'y'))
  await clock.run(5)
  assert.equal(eve.summary, 'linked keyframe@5 shared@6')
  assert.equal(ada.live.length, 6)
  assert.equal(front.inspect().done.staleDropped, 1)
})

test('V1 G1 nothing of an older epoch is accepted, in whatever frame it comes', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  ada.link(1)
  await clock.run(50)
  const newer = { epoch: 5, origin: { epoch: 5, nonce: '00000000000000bb' } }
  const { ref } = back.last('masterLink')
  back.say(keyframe(0, 'new', newer), linked(ref, 0, newer), shared(1, 'a', newer))
  await clock.run(5)
  ada.forget()
  eve.link(1)
  await clock.run(50)
  back.say(keyframe(9, 'old'), shared(10, 'old'), privately(ref, 10, []), linked(back.last('masterLink').ref, 9))
  await clock.run(50)
  assert.equal(ada.summary, '')
  assert.equal(eve.summary, 'detached:reset:again')
  assert.equal(back.last('detach').reason, 'reset')
  assert.equal(front.inspect().done.staleDropped, 4)
  back.say(shared(2, 'b', newer))
  await clock.run(5)
  assert.equal(ada.summary, 'shared@2')
})

test('V1 SUBSCRIBE tells the greatest epoch that was ever accepted, also after the channel was forgotten here', async (t) => {
  const { clock, back, session, front } = await frontStage(t, { limits: { mirrorKeepMs: 100 } })
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  const newer = { epoch: 5, origin: { epoch: 5, nonce: '00000000000000bb' } }
  back.say(keyframe(0, 'new', newer), linked(back.last('masterLink').ref, 0, newer))
  await clock.run(5)
  ada.front.end('unlinked')
  await clock.run(500)
  assert.equal(front.inspect().channels, 0)
  session('eve').link(1)
  await clock.run(50)
  assert.equal(back.last('subscribe').epochSeen, 5)
  assert.equal(back.last('subscribe').past, null)
})

test('V2 a new history detaches the links of the old one with reset, again', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  ada.forget()
  back.say(keyframe(0, 'new', { epoch: 2, origin: { epoch: 2, nonce: '00000000000000cc' } }))
  await clock.run(50)
  assert.equal(ada.summary, 'detached:reset:again')
  assert.equal(back.last('detach').reason, 'reset')
})

test('L1 numbers of links only grow, and what comes for an unknown one is dropped', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(5)
  assert.throws(() => ada.link(5), refused('protocol-error'))
  assert.throws(() => ada.link(4), refused('protocol-error'))
  ada.entry(9, 1)
  ada.say({ type: 'seen', link: 9, serverSeq: 1 })
  await clock.run(50)
  assert.deepEqual(
    back.heard.map(({ type }) => type),
    ['subscribe', 'masterLink'],
  )
  back.say(linked(999, 1), detached(999), privately(999, 1, []))
  await clock.run(5)
  assert.equal(ada.summary, '')
})

test('L2 entries of a link grow by one; anything else is a protocol-error', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  ada.entry(1, 4)
  ada.entry(1, 5)
  assert.throws(() => ada.entry(1, 7), refused('protocol-error'))
  assert.throws(() => ada.entry(1, 5), refused('protocol-error'))
  await clock.run(50)
  assert.deepEqual(
    back.all('masterEntry').map(({ entry }) => entry.clientSeq),
    [4, 5],
  )
})

test('L13 G6 a message above payloadBytesMax becomes a void of the same number', async (t) => {
  const { clock, back, session, front } = await frontStage(t, { limits: { payloadBytesMax: 1_024 } })
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  ada.entry(1, 1, ENTRY.message, 'x'.repeat(2_000))
  ada.entry(1, 2, ENTRY.message, 'short')
  await clock.run(50)
  const [first, second] = back.all('masterEntry')
  assert.equal(first?.entry.clientSeq, 1)
  assert.equal(first?.entry.kind, ENTRY.cancelled)
  assert.equal(readCancelled(first?.entry.body ?? new Uint8Array(0)).reason, 'too-large')
  assert.equal(second?.entry.kind, ENTRY.message)
  assert.equal(front.inspect().done.cancelled, 1)
})

test('S3 a thousand messages within one flushMs cross in one batch, in order', async (t) => {
  const { clock, back, session } = await frontStage(t, { flushMs: 20 })
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(linked(back.last('masterLink').ref, 0))
  await clock.run(5)
  back.forget()
  for (let n = 1; n <= 1_000; n++) ada.entry(1, n)
  await clock.run(19)
  assert.equal(back.heard.length, 0)
  await clock.run(5)
  assert.equal(back.batches.length, 1)
  assert.deepEqual(
    back.all('masterEntry').map(({ entry }) => entry.clientSeq),
    Array.from({ length: 1_000 }, (_, i) => i + 1),
  )
})

test('S9 the last unlink ends the subscription, and all counts return to zero', async (t) => {
  const { clock, back, session, front } = await frontStage(t)
  const ada = session('ada')
  const eve = session('eve')
  ada.link(1)
  eve.link(1)
  await clock.run(50)
  const refs = back.all('masterLink').map(({ ref }) => ref)
  back.say(keyframe(0, ''), ...refs.map((ref) => linked(ref, 0)))
  await clock.run(5)
  ada.entry(1, 1, ENTRY.unlink)
  await clock.run(50)
  back.say(detached(refs[0] ?? 0, { reason: 'unlinked' }))
  await clock.run(50)
  assert.equal(ada.all('detached')[0]?.reason, 'unlinked')
  assert.equal(back.all('unsubscribe').length, 0)
  eve.front.drop('connection-lost')
  await clock.run(50)
  assert.equal(back.last('detach').ref, refs[1])
  assert.equal(back.all('unsubscribe').length, 1)
  ada.front.end('unlinked')
  await clock.run(20_000)
  const { sessions, links, refs: refCount, channels, subscribed, kept, history, timers } = front.inspect()
  assert.deepEqual(
    { sessions, total: links.total, refCount, channels, subscribed, kept, turns: history.turns, timers },
    { sessions: 0, total: 0, refCount: 0, channels: 0, subscribed: 0, kept: 0, turns: 0, timers: 0 },
  )
})

test('V3 a channel without links is kept for a while, and subscribed to again with its past', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0), shared(1, 'a'))
  await clock.run(5)
  ada.front.drop('connection-lost')
  await clock.run(1_000)
  const relink = session('ada', 2)
  relink.link(1, 'room/1', { origin: ORIGIN, epoch: 1, version: 0, serial: 1, serverSeqSeen: 0 })
  await clock.run(50)
  assert.deepEqual(back.last('subscribe').past, { origin: ORIGIN, version: 1 })
  back.say(shared(2, 'b'), linked(back.last('masterLink').ref, 2))
  await clock.run(5)
  assert.equal(relink.summary, 'linked shared@1-2')
})

test('G7 a channel that no pattern serves, or no back, is refused; so are odd ids', async (t) => {
  const { session, clock, back, log } = await frontStage(t)
  const ada = session('ada')
  for (const [i, id] of ['nosuch/1', 'nowhere', 'nowhere', '', 'room/', 'x'.repeat(1_000), 'room/\0'].entries())
    ada.link(i + 1, id)
  assert.equal(ada.summary, Array(7).fill('detached:unknown-channel:over').join(' '))
  const warned = log.lines
    .filter(({ level }) => level === 'warn')
    .map(({ event, fields }) => [event, fields['pattern'], fields['add']])
  assert.deepEqual(warned, [
    ['pattern.unowned', 'nowhere', 'nowhere'],
    ['channel.unowned', 'nowhere', 'nowhere'],
  ])
  await clock.run(50)
  assert.equal(back.heard.length, 0)
})

test('G6 links of a session, and of all that wait, are limited', async (t) => {
  const { session, front } = await frontStage(
    t,
    { limits: { linksPerSessionMax: 2, waitingLinksMax: 3 } },
    { away: true },
  )
  const ada = session('ada')
  const eve = session('eve')
  for (let link = 1; link <= 3; link++) ada.link(link, `room/${link}`)
  assert.equal(ada.summary, 'stalled:unreachable stalled:unreachable detached:too-many:over')
  for (let link = 1; link <= 2; link++) eve.link(link, `room/${link}`)
  assert.equal(eve.summary, 'stalled:unreachable detached:unreachable:again')
  assert.equal(front.inspect().links.waiting, 3)
  ada.front.end('unlinked')
  assert.equal(front.inspect().links.waiting, 1)
  for (let link = 3; link <= 5; link++) eve.link(link, `room/${link}`)
  assert.equal(front.inspect().links.waiting, 2, 'two of a session, and places that were left are free')
})

test('L2 L8 before LINKED nothing but an unlink makes sense: a held link is given up by it', async (t) => {
  const { session, front } = await frontStage(t, {}, { away: true })
  const ada = session('ada')
  ada.link(1)
  assert.throws(() => ada.entry(1, 1), refused('protocol-error'))
  ada.entry(1, 1, ENTRY.unlink)
  assert.equal(ada.summary, 'stalled:unreachable detached:unlinked:over')
  assert.equal(front.inspect().links.total, 0)
})

test('L6 of two links of a session to a channel only the newer is given turns', async (t) => {
  const { clock, back, session } = await frontStage(t)
  const ada = session('ada')
  ada.link(1)
  ada.link(2)
  await clock.run(50)
  const [first, second] = back.all('masterLink').map(({ ref }) => ref)
  back.say(keyframe(0, ''), linked(first ?? 0, 0), linked(second ?? 0, 0, { serial: 2 }), shared(1, 'a'))
  await clock.run(5)
  assert.equal(ada.live.length, 1)
  assert.deepEqual(
    ada.all('detached').map(({ link, reason }) => ({ link, reason })),
    [{ link: 1, reason: 'unlinked' }],
  )
})
