import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CentrumError } from '../../src/protocol/errors.js'
import { makeKeyframe, makeSharedBlock } from '../../src/protocol/blocks.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { makeItems, makeNamed, makeCancelled } from '../../src/protocol/link-frames.js'
import type { LinkFrame } from '../../src/session/link-holder.js'
import { relinkDelayMs } from '../../src/session/link-holder.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { CHANNEL, HandChannel } from '../support/hand-channel.js'
import { HandLink, type HandLinkOptions } from '../support/hand-link.js'

function linked(options: HandLinkOptions = {}): { channel: HandChannel; link: HandLink } {
  const channel = new HandChannel()
  const link = new HandLink(channel, options).link()
  link.told.length = 0
  return { channel, link }
}

function entriesOf(frames: readonly LinkFrame[]): number[] {
  return frames.flatMap((frame) => (frame.type === 'entry' ? [frame.entry.clientSeq] : []))
}

test('V5 a link is live when its state is at the version of LINKED, and not before', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel)
  link.connect()
  assert.equal(link.end.state, 'linking')
  link.up()
  channel.turn({ text: 'two' })
  assert.deepEqual(
    channel.said.map(({ type }) => type),
    ['linked', 'keyframe', 'shared'],
  )
  link.down(1)
  assert.equal(link.end.state, 'catching-up')
  link.down(1)
  assert.equal(link.end.state, 'catching-up', 'the keyframe is of the version before')
  link.down(1)
  assert.equal(link.end.state, 'live')
  assert.equal(link.text, 'two')
  assert.deepEqual(link.told, ['linked 1', 'changed 1 begin', 'changed 2 two', 'status live null'])
})

test('L2 L9 messages are numbered from 1, and acknowledged with the state that contains their effect', () => {
  const { channel, link } = linked()
  assert.equal(link.send('a'), 1)
  assert.equal(link.send('b'), 2)
  link.up()
  channel.turn({ text: 'ab' })
  assert.deepEqual(
    channel.said.map(({ type }) => type),
    ['private', 'shared'],
  )
  link.down(1)
  assert.equal(link.end.acknowledged, 0, 'V7: what is private waits for its version')
  link.down(1)
  assert.equal(link.end.acknowledged, 2)
  assert.deepEqual(link.told, ['acknowledged 2', 'changed 2 ab'])
  assert.equal(link.end.inspect().retained, 0)
})

test('V7 what is private of a version stands between the events of its turn', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'two', before: ['a', 'b'], direct: ['x', 'y'], behind: ['c'] })
  link.down()
  assert.deepEqual(link.told, ['changed 2 two', 'shared a', 'shared b', 'direct x', 'direct y', 'shared c'])
  assert.equal(link.end.owesSeen, true)
  link.end.flush()
  assert.deepEqual(link.sent, [{ type: 'seen', link: 1, serverSeq: 2 }])
  link.end.flush()
  assert.equal(link.sent.length, 1, 'SEEN is said once')
})

test('V7 what is private of a turn without a version is told at once', () => {
  const { channel, link } = linked()
  channel.turn({ direct: ['x'] })
  link.down()
  assert.deepEqual(link.told, ['direct x'])
})

test('V7 V6 where turns were coalesced, what was private of them follows the keyframe in order, and events are told as missed', () => {
  const { channel, link } = linked()
  channel.congested = true
  channel.turn({ text: 'two', before: ['a'], direct: ['x'] })
  channel.turn({ text: 'three', before: ['b'], direct: ['y'] })
  link.down()
  assert.deepEqual(link.told, [], 'what is private is held')
  assert.equal(link.end.inspect().held, 2)
  channel.catchUp()
  link.down()
  assert.deepEqual(link.told, ['changed 3 three', 'missed 2-3', 'direct x', 'direct y'])
})

test('G3 L9 a message that LINKED calls processed is unknown where the session ends before it is told whether it was refused', () => {
  const { channel, link } = linked()
  channel.refuses.add('bad')
  link.end.send('bad', encodeValue('a'))
  link.up()
  channel.turn()
  link.lose()
  link.connect()
  link.up()
  channel.turn()
  channel.said.splice(1)
  assert.equal(channel.said[0]?.type, 'linked')
  link.down()
  assert.equal(link.end.acknowledged, 1)
  link.lose()
  channel.expire()
  link.connect()
  link.up()
  channel.turn()
  link.told.length = 0
  link.down()
  assert.ok(link.told.includes('refused 1 unknown'), link.told.join('\n'))
})

test('V6 a new link gets no events from before it was accepted', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel)
  link.connect()
  link.up()
  const other = ['a', 'b'].map((text) => ({ name: 'shared', except: [], payload: encodeValue(text) }))
  const { origin, epoch } = channel
  const head = { channelId: CHANNEL, view: 0, epoch, origin }
  const state = {
    origin,
    epoch,
    version: 3,
    serial: 1,
    processed: 0,
    processor: false,
    wantsShown: false,
    imageAgeMs: null,
    eventNames: null,
    reply: null,
  }
  link.end.receive({ type: 'linked', link: 1, linked: { ...state, eventsVersion: 3, eventsAfter: 1, view: 0 } })
  link.end.receive({
    type: 'keyframe',
    keyframe: makeKeyframe({ ...head, version: 1, bytes: encodeValue('begin') }),
  })
  for (const version of [2, 3, 4]) {
    const block = makeSharedBlock({ ...head, previous: version - 1, version, patch: null, events: other })
    link.end.receive({ type: 'shared', block })
  }
  assert.deepEqual(link.all('shared'), ['b', 'a', 'b'])
})

test('V9 an event that excepts this session is dropped, and counts for the place of others', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel).link()
  link.told.length = 0
  const { origin, epoch } = channel
  const event = (text: string, except: string[]) => ({ name: 'shared', except, payload: encodeValue(text) })
  const items = makeItems(0, [
    { serverSeq: 1, kind: ITEM.event, after: 1, body: makeNamed('direct', encodeValue('x')) },
  ])
  link.end.receive({ type: 'private', link: 1, epoch, version: 2, items })
  const block = makeSharedBlock({
    channelId: CHANNEL,
    view: 0,
    epoch,
    origin,
    previous: 1,
    version: 2,
    patch: null,
    events: [event('mine', ['bob', 'ada']), event('yours', ['bob'])],
  })
  link.end.receive({ type: 'shared', block })
  assert.deepEqual(link.told, ['changed 2 begin', 'direct x', 'shared yours'])
})

test('L8 G3 after a break what is not processed is replayed in order, before anything new', () => {
  const { channel, link } = linked()
  for (const text of ['a', 'b', 'c']) link.send(text)
  link.up()
  channel.turn({ take: 1 })
  link.lose()
  assert.equal(link.end.status, 'stalled')
  assert.equal(link.send('d'), 4, 'what is sent while stalled is kept')
  link.connect()
  link.up()
  channel.turn({ take: 0 })
  link.down()
  assert.deepEqual(entriesOf(link.sent), [2, 3, 4])
  link.send('e')
  assert.deepEqual(entriesOf(link.sent), [2, 3, 4, 5])
  link.settle()
  assert.deepEqual(
    channel.processed.map(({ n, payload }) => `${n}${String(payload)}`),
    ['1a', '2b', '3c', '4d', '5e'],
  )
  assert.equal(link.end.acknowledged, 5)
  assert.ok(!link.told.includes('reset reset'))
})

test('L3 G3 what was processed before the break is not processed again, and its answer comes again', () => {
  const { channel, link } = linked()
  const n = link.request('what')
  link.up()
  channel.turn()
  link.lose()
  assert.equal(channel.processed.length, 1)
  link.connect()
  link.settle()
  assert.equal(channel.processed.length, 1)
  assert.deepEqual(link.all('answer'), [`${n}: answer what`])
  assert.equal(link.end.inspect().retained, 0)
})

test('V6 a link that goes on gets each event once, and no reset', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'two', before: ['a'], direct: ['x'] })
  link.down()
  channel.turn({ text: 'three', before: ['b'], direct: ['y'] })
  link.lose()
  channel.turn({ text: 'four', before: ['c'] })
  link.connect()
  link.settle()
  assert.deepEqual(link.all('shared'), ['a', 'b', 'c'])
  assert.deepEqual(link.all('direct'), ['x', 'y'])
  assert.deepEqual(link.all('reset'), [])
  assert.deepEqual(link.all('missed'), [])
  assert.equal(link.text, 'four')
})

test('V6 a keyframe in the stead of patches is told as missed versions, never as a reset', () => {
  const { channel, link } = linked()
  link.lose()
  for (let i = 0; i < 9; i++) channel.turn({ text: `t${i}`, before: [`e${i}`] })
  link.connect()
  link.settle()
  assert.deepEqual(link.all('missed'), ['2-10'])
  assert.deepEqual(link.all('reset'), [])
  assert.equal(link.text, 't8')
})

test('L7 G3 another origin is a reset: what was not acknowledged is unknown, and nothing is replayed', () => {
  const { channel, link } = linked()
  link.send('a')
  link.settle()
  link.send('b')
  const n = link.request('c')
  link.up()
  link.told.length = 0
  channel.die()
  link.down()
  link.settle()
  assert.deepEqual(link.told, [
    'status stalled reset',
    'refused 2 unknown',
    `failed ${n}: unknown`,
    'reset reset',
    'linked 2',
    'changed 1 begin 2',
    'status live null',
  ])
  assert.equal(link.end.acknowledged, 0)
  assert.equal(link.send('d'), 1, 'the numbers begin again')
  link.settle()
  assert.deepEqual(channel.processed.map(({ life, n, payload }) => `${life} ${n} ${String(payload)}`).at(-1), '2.2 1 d')
})

test('L7 the same origin and another serial is a reset for an expired session, and the state goes on by patches', () => {
  const { channel, link } = linked()
  link.send('a')
  link.lose()
  channel.expire()
  channel.turn({ text: 'two', before: ['a'] })
  link.told.length = 0
  link.connect()
  link.settle()
  assert.deepEqual(link.told, [
    'refused 1 unknown',
    'reset session-expired',
    'linked 2',
    'changed 2 two',
    'status live null',
  ])
  assert.deepEqual(channel.processed, [])
})

test('L10 DETACHED with again links again under a new number of the same link', () => {
  const { channel, link } = linked()
  channel.detach('gap', true)
  link.down()
  assert.equal(link.sent.length, 1)
  const frame = link.sent[0]
  assert.ok(frame?.type === 'link')
  assert.equal(frame.link, 2)
  assert.equal(frame.request.linkNumber, 1)
  assert.equal(frame.request.past?.version, 1)
  assert.deepEqual(link.told, ['status stalled gap'])
  link.settle()
  assert.equal(link.end.status, 'live')
})

test('L10 links that fail again and again wait longer and longer', () => {
  const { channel, link } = linked()
  for (let i = 0; i < 6; i++) {
    link.up()
    channel.contact = { link: link.end.link ?? 0, at: null }
    channel.detach('unreachable', true)
    link.down()
  }
  assert.deepEqual(link.againAfter, [1, 2, 3, 4, 5, 6])
  assert.deepEqual([1, 3, 4, 5, 6, 100].map(relinkDelayMs), [0, 0, 100, 200, 400, 5_000])
  link.settle()
  channel.turn({ text: 'works again' })
  link.down()
  channel.detach('gap', true)
  link.down()
  assert.equal(link.againAfter.at(-1), 1, 'what works again is counted from the beginning')
})

test('L10 a link whose state is broken each time it is given does not spin', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'poison' })
  link.down()
  assert.equal(link.againAfter.at(-1), 1)
  channel.states.set(`${channel.origin.nonce} 2`, 'poison')
  for (let i = 2; i < 6; i++) {
    link.up()
    channel.turn()
    const { origin, epoch } = channel
    const head = { channelId: CHANNEL, view: 0, epoch, origin, previous: 2, version: 3 }
    channel.said.push({
      type: 'shared',
      block: makeSharedBlock({ ...head, patch: encodeValue({ from: 'poison', to: 'poison' }), events: [] }),
    })
    link.down()
    assert.equal(link.againAfter.at(-1), i)
  }
})

test('V2 a gap is healed by linking again, never guessed over', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'two', before: ['a'] })
  channel.said.length = 0
  channel.turn({ text: 'three', before: ['b'] })
  link.down()
  assert.equal(link.text, 'begin')
  assert.deepEqual(link.told, ['status stalled gap'])
  link.settle()
  assert.equal(link.text, 'three')
  assert.deepEqual(link.all('shared'), ['a', 'b'])
})

test('V2 a patch that cannot be applied is healed by a keyframe', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'poison' })
  link.down()
  assert.equal(link.text, 'begin')
  const asked = link.sent.at(-1)
  assert.ok(asked?.type === 'link' && asked.request.past === null, 'all of the state is asked for')
  link.settle()
  assert.equal(link.end.status, 'live')
  assert.deepEqual(link.all('reset'), [])
  assert.deepEqual(link.all('missed'), ['2-2'])
})

test('V2 a block that comes twice, or from before, is left', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'two', before: ['a'] })
  const relink = [...channel.said]
  link.down()
  for (const frame of relink) link.end.receive(frame)
  assert.deepEqual(link.told, ['changed 2 two', 'shared a'])
})

test('G1 nothing of an older epoch is accepted', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel, { epochSeen: 5 })
  link.connect()
  link.up()
  channel.turn()
  link.down()
  assert.deepEqual(link.told, ['status stalled not-owner'])
  channel.die()
  channel.epoch = 6
  channel.origin = { epoch: 6, nonce: 'b'.repeat(16) }
  channel.states.set(`${'b'.repeat(16)} 1`, 'six')
  link.settle()
  assert.equal(link.end.status, 'live')
  assert.equal(link.end.at.epoch, 6)
  const { origin } = channel
  const head = { channelId: CHANNEL, view: 0, epoch: 5, origin }
  link.told.length = 0
  link.end.receive({ type: 'keyframe', keyframe: makeKeyframe({ ...head, version: 9, bytes: encodeValue('old') }) })
  link.end.receive({
    type: 'shared',
    block: makeSharedBlock({
      ...head,
      previous: 1,
      version: 2,
      patch: encodeValue({ from: 'x', to: 'y' }),
      events: [],
    }),
  })
  link.end.receive({ type: 'private', link: link.end.link ?? 0, epoch: 5, version: 1, items: makeItems(3, []) })
  assert.deepEqual(link.told, [])
})

test('V1 an older epoch that nobody knows better than for half a minute is a reset: a client is not stalled for good', () => {
  const { channel, link } = linked()
  link.lose()
  channel.die()
  channel.epoch = 0
  channel.origin = { epoch: 0, nonce: 'c'.repeat(16) }
  channel.states.set(`${'c'.repeat(16)} 1`, 'behind')
  link.told.length = 0
  link.connect()
  let waited = 0
  while (link.end.status !== 'live' && link.againAfter.length < 20) {
    link.up()
    channel.turn()
    link.down()
    waited += relinkDelayMs(link.againAfter.at(-1) ?? 0)
  }
  assert.equal(link.end.status, 'live')
  assert.equal(link.end.at.epoch, 0)
  assert.ok(link.told.includes('reset reset'), link.told.join(', '))
  assert.ok(waited > 20_000 && waited < 60_000, `${waited} ms`)
})

test('L1 what comes for an earlier number of the link is dropped', () => {
  const { channel, link } = linked()
  link.lose()
  link.connect()
  link.settle()
  link.told.length = 0
  link.end.receive({ type: 'detached', link: 1, reason: 'replaced', relink: false, message: '', details: null })
  link.end.receive({ type: 'private', link: 1, epoch: 1, version: 1, items: makeItems(7, []) })
  link.end.receive({ type: 'status', link: 1, stalled: true, reason: 'unreachable' })
  assert.deepEqual(link.told, [])
  assert.equal(channel.processed.length, 0)
})

test('G3 a refused message has no effect and comes back with its reason; those behind it go on', () => {
  const { channel, link } = linked()
  channel.refuses.add('bad')
  link.send('a')
  link.send('b', 'bad')
  link.send('c')
  link.settle()
  assert.deepEqual(link.all('refused'), ['2 invalid'])
  assert.equal(link.end.acknowledged, 3)
  assert.deepEqual(
    channel.processed.map(({ payload }) => payload),
    ['a', 'c'],
  )
})

test('G3 a request that was given up leaves no hole: sent again it is a void, and its failure is for nobody', () => {
  const { channel, link } = linked()
  link.lose()
  link.send('a')
  const n = link.request('b')
  link.send('c')
  link.end.withdraw(n)
  link.connect()
  link.settle()
  assert.deepEqual(
    channel.processed.map(({ n: number, payload }) => `${number}${String(payload)}`),
    ['1a', '3c'],
  )
  assert.equal(link.end.acknowledged, 3)
  assert.deepEqual(link.all('refused'), [])
  assert.deepEqual(link.all('answer'), [])
  assert.deepEqual(link.end.inspect(), { retained: 0, retainedBytes: 0, held: 0 })
})

test('G3 a request that was given up after it was sent is answered to nobody', () => {
  const { channel, link } = linked()
  channel.refuses.add('bad')
  for (const n of [link.request('a'), link.request('b', 'bad')]) link.end.withdraw(n)
  link.settle()
  assert.deepEqual(link.told, ['acknowledged 2'])
  assert.equal(link.end.inspect().retained, 0)
})

test('G6 retainedEntriesMax: a full buffer throws at send, nothing is numbered, and what is acknowledged makes room', () => {
  const { channel, link } = linked({ limits: { retainedEntriesMax: 3 } })
  for (const text of ['a', 'b', 'c']) link.send(text)
  const full = (error: unknown): boolean => {
    assert.ok(error instanceof CentrumError)
    assert.equal(error.code, 'buffer-full')
    assert.equal(error.retryable, true)
    assert.match(error.message, /3 messages .* wait, at most 3 \(retainedEntriesMax\)/)
    return true
  }
  assert.throws(() => link.send('d'), full)
  assert.throws(() => link.request('d'), full)
  link.setProcessor(true)
  link.settle()
  assert.equal(link.send('e'), 5, 'what steers the link has its number and always fits')
  assert.ok(channel.session)
})

test('G6 retainedBytesMax bounds the bytes', () => {
  const { link } = linked({ limits: { retainedBytesMax: 100 } })
  link.send('x'.repeat(60))
  assert.throws(() => link.send('x'.repeat(60)), { code: 'buffer-full' })
  link.settle()
  link.send('x'.repeat(60))
})

test('G6 heldBlocksMax: what waits for a version that does not come is bounded, and comes again', () => {
  const { channel, link } = linked({ limits: { heldBlocksMax: 2 } })
  channel.congested = true
  channel.turn({ text: 'two' })
  for (const what of ['x', 'y', 'z']) {
    channel.turn({ direct: [what] })
    link.down()
  }
  assert.deepEqual(link.told, ['status stalled overflow'])
  channel.congested = false
  link.settle()
  assert.deepEqual(link.all('direct'), ['x', 'y', 'z'])
})

test('G6 heldBytesMax: so are its bytes', () => {
  const { channel, link } = linked({ limits: { heldBytesMax: 300 } })
  channel.congested = true
  channel.turn({ text: 'two' })
  channel.turn({ direct: ['x'.repeat(200)] })
  link.down()
  assert.deepEqual(link.told, [])
  channel.turn({ direct: ['y'.repeat(200)] })
  link.down()
  assert.deepEqual(link.told, ['status stalled overflow'])
})

test('G6 waitingFramesMax: what comes before go() is bounded, and comes again', () => {
  const { channel, link } = linked({ go: false, limits: { waitingFramesMax: 2 } })
  for (const what of ['x', 'y', 'z']) channel.turn({ direct: [what] })
  link.down()
  assert.deepEqual(link.told, ['status stalled overflow'])
  link.settle()
  assert.deepEqual(link.all('direct'), [])
  link.end.go()
  link.settle()
  assert.deepEqual(link.all('direct'), ['x', 'y', 'z'])
})

test('nothing that comes behind LINKED is handed on before go(), and then all of it in order', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel, { go: false })
  link.connect()
  link.up()
  channel.turn({ text: 'two', before: ['a'], direct: ['x'] })
  channel.turn({ text: 'three', before: ['b'], direct: ['y'] })
  link.down()
  assert.equal(link.end.status, 'live')
  assert.deepEqual(link.told, ['linked 1', 'changed 1 begin', 'changed 2 two', 'status live null'])
  assert.equal(link.text, 'two', 'the state stands still, too')
  link.end.go()
  assert.deepEqual(link.told.slice(4), ['shared a', 'direct x', 'changed 3 three', 'shared b', 'direct y'])
})

test('what a listener does while it is told keeps the order', () => {
  const { channel, link } = linked()
  link.listener = (what) => {
    if (what === 'shared a') {
      channel.turn({ text: 'three', before: ['c'] })
      link.down()
    }
  }
  channel.turn({ text: 'two', before: ['a', 'b'] })
  link.down()
  assert.deepEqual(link.told, ['changed 2 two', 'shared a', 'shared b', 'changed 3 three', 'shared c'])
})

test('a link that is lost in the midst of being told is told the rest, and nothing twice', () => {
  const { channel, link } = linked()
  let once = true
  link.listener = (what) => {
    if (what !== 'direct x' || !once) return
    once = false
    link.lose()
    link.connect()
  }
  channel.turn({ text: 'two', direct: ['x', 'y'], behind: ['b'] })
  link.down()
  link.settle()
  assert.deepEqual(link.all('direct'), ['x', 'y'])
  assert.deepEqual(link.all('shared'), ['b'])
})

test('L11 an unlink comes behind all that was sent; what was sent before has its outcome', () => {
  const { channel, link } = linked()
  link.send('a')
  const n = link.request('b')
  link.end.unlink()
  assert.throws(() => link.send('c'), { code: 'not-linked' })
  link.settle()
  assert.deepEqual(
    channel.processed.map(({ kind }) => kind),
    [ENTRY.message, ENTRY.request, ENTRY.unlink],
  )
  assert.deepEqual(link.told, ['acknowledged 3', `answer ${n}: answer b`, 'status closed unlinked'])
  assert.equal(link.end.state, 'closed')
  assert.throws(() => link.send('d'), { code: 'not-linked' })
})

test('L11 an unlink survives a break, and a reset', () => {
  for (const how of ['break', 'death'] as const) {
    const { channel, link } = linked()
    link.end.unlink()
    link.lose()
    if (how === 'death') channel.die()
    link.connect()
    link.settle()
    assert.equal(link.end.state, 'closed', how)
    assert.equal(channel.session, null, how)
    assert.deepEqual(link.all('refused'), [], how)
  }
})

test('L11 a link that is given up before LINKED says so and is closed at once', () => {
  const channel = new HandChannel()
  const link = new HandLink(channel)
  link.connect()
  link.end.unlink()
  assert.deepEqual(link.told, ['status closed unlinked'])
  assert.deepEqual(
    link.sent.map((frame) => (frame.type === 'entry' ? frame.entry.kind : frame.type)),
    ['link', ENTRY.unlink],
  )
  const idle = new HandLink(channel)
  idle.end.unlink()
  assert.deepEqual(idle.told, ['status closed unlinked'])
})

test('G5 DETACHED for good closes with its reason: requests reject with it, messages are unknown', () => {
  const { channel, link } = linked()
  link.send('a')
  const n = link.request('b')
  link.up()
  channel.detach('channel-closed', false)
  link.down()
  assert.deepEqual(link.told, ['refused 1 unknown', `failed ${n}: channel-closed`, 'status closed channel-closed'])
})

test('G5 what was told of a last version that does not come any more is handed on before the end', () => {
  const { channel, link } = linked()
  channel.congested = true
  const n = link.request('b')
  link.up()
  channel.turn({ text: 'two', direct: ['x'] })
  channel.detach('channel-closed', false)
  link.down()
  assert.deepEqual(link.told, ['acknowledged 1', `answer ${n}: answer b`, 'direct x', 'status closed channel-closed'])
})

test('G5 STATUS shows a stall while the link lives, and its end', () => {
  const { link } = linked()
  link.end.receive({ type: 'status', link: 1, stalled: true, reason: 'unreachable' })
  link.end.receive({ type: 'status', link: 1, stalled: false, reason: 'unreachable' })
  assert.deepEqual(link.told, ['status stalled unreachable', 'status live null'])
})

test('L12 taking and releasing the processor are settled when they are processed', () => {
  const { channel, link } = linked()
  link.setProcessor(true)
  link.settle()
  assert.deepEqual(link.told, ['acknowledged 1', 'processor true null', 'taken'])
  assert.equal(link.end.isProcessor, true)
  link.told.length = 0
  link.send('a')
  link.setProcessor(false)
  link.up()
  channel.turn({ take: 1 })
  link.down()
  assert.deepEqual(link.told, ['acknowledged 2'], 'not before all that was sent to it is processed')
  link.settle()
  assert.deepEqual(link.told, ['acknowledged 2', 'acknowledged 3', 'processor false null', 'released'])
})

test('L12 a take whose outcome was lost with the connection is settled after linking again', () => {
  const { channel, link } = linked()
  link.setProcessor(true)
  link.up()
  channel.turn()
  link.lose()
  link.connect()
  link.settle()
  assert.deepEqual(link.all('processor'), ['true null'])
  assert.ok(link.told.includes('taken'))
})

test('L12 a refused take, whose refusal was lost with the connection, fails after linking again', () => {
  const { channel, link } = linked()
  link.setProcessor(true)
  link.lose()
  // A front refuses it for its rate: the channel gets a void of the same number.
  link.connect()
  link.up()
  channel.turn()
  link.down()
  const take = link.sent.pop()
  assert.ok(take?.type === 'entry')
  channel.hear({
    ...take,
    entry: {
      clientSeq: take.entry.clientSeq,
      kind: ENTRY.cancelled,
      context: null,
      body: makeCancelled('rate-limited'),
    },
  })
  channel.turn()
  link.lose()
  link.connect()
  link.settle()
  assert.deepEqual(link.all('take'), ['failed: rate-limited'])
  assert.equal(link.end.isProcessor, false)
})

test('L12 a channel that hands the processor on says so, and LINK does not ask for it again', () => {
  const { channel, link } = linked({ processor: true })
  assert.equal(link.end.isProcessor, true)
  channel.processorIs(false, 'unlinked')
  channel.turn()
  link.down()
  assert.deepEqual(link.told, ['processor false unlinked'])
  channel.die()
  link.down()
  const asked = link.sent.at(-1)
  assert.ok(asked?.type === 'link')
  assert.equal(asked.request.processor, false)
})

test('L12 a processor whose owner died is the processor of the new one', () => {
  const { channel, link } = linked({ processor: true })
  channel.die()
  link.down()
  link.settle()
  assert.equal(link.end.isProcessor, true)
  assert.deepEqual(link.all('processor'), [])
})

test('a session that is over closes its links: nothing is sent or told any more', () => {
  const { channel, link } = linked({ processor: true })
  link.send('a')
  link.up()
  link.end.close('kicked', 'go away')
  assert.deepEqual(link.told, ['refused 1 unknown', 'processor false kicked', 'status closed kicked'])
  const sent = link.sent.length
  link.end.disconnected('connection-lost')
  link.connect()
  channel.turn({ text: 'two', direct: ['x'] })
  link.down()
  link.end.flush()
  assert.equal(link.sent.length, sent)
  assert.equal(link.told.length, 3)
})

test('what cannot be read is left out, and the link is linked again', () => {
  const { link } = linked()
  link.end.receive({ type: 'private', link: 1, epoch: 1, version: 1, items: Uint8Array.of(1, 200) })
  assert.deepEqual(link.told, ['status stalled protocol-error'])
  link.settle()
  const items = makeItems(0, [
    { serverSeq: 1, kind: ITEM.answer, after: 0, body: new Uint8Array(0) },
    { serverSeq: 2, kind: ITEM.event, after: 0, body: makeNamed('direct', encodeValue('x')) },
  ])
  link.told.length = 0
  link.end.receive({ type: 'private', link: link.end.link ?? 0, epoch: 1, version: 1, items })
  assert.deepEqual(link.told, ['status stalled protocol-error', 'direct x'])
})

test('V6 what comes again is dropped by its u, and a u that is skipped is a gap', () => {
  const { link } = linked()
  const direct = (serverSeq: number, what: string) => ({
    serverSeq,
    kind: ITEM.event,
    after: 0,
    body: makeNamed('direct', encodeValue(what)),
  })
  const say = (...items: ReturnType<typeof direct>[]): void => {
    link.end.receive({ type: 'private', link: link.end.link ?? 0, epoch: 1, version: 1, items: makeItems(0, items) })
  }
  say(direct(1, 'a'))
  say(direct(1, 'a'), direct(2, 'b'))
  assert.deepEqual(link.told, ['direct a', 'direct b'])
  say(direct(4, 'd'))
  assert.deepEqual(link.told, ['direct a', 'direct b', 'status stalled gap'])
  const asked = link.sent.at(-1)
  assert.ok(asked?.type === 'link')
  assert.equal(asked.request.past?.serverSeqSeen, 2)
})

test('V6 a state that has to be built again from before tells its events once', () => {
  const { channel, link } = linked()
  channel.turn({ text: 'two', before: ['b'] })
  channel.turn({ text: 'three', before: ['c'] })
  link.down()
  const blocks = [0, 1].map((i) => {
    const { origin, epoch } = channel
    const texts = ['begin', 'two', 'three']
    const patch = encodeValue({ from: texts[i], to: texts[i + 1] })
    const events = [{ name: 'shared', except: [], payload: encodeValue('bc'[i]) }]
    return makeSharedBlock({
      channelId: CHANNEL,
      view: 0,
      epoch,
      origin,
      previous: i + 1,
      version: i + 2,
      patch,
      events,
    })
  })
  channel.turn({ text: 'poison' })
  link.down()
  channel.text = 'four'
  link.told.length = 0
  link.up()
  const { origin, epoch } = channel
  const state = {
    origin,
    epoch,
    version: 3,
    serial: 1,
    processed: 0,
    processor: false,
    wantsShown: false,
    imageAgeMs: null,
    eventNames: null,
    reply: null,
  }
  const number = link.end.link ?? 0
  link.end.receive({ type: 'linked', link: number, linked: { ...state, eventsVersion: 2, eventsAfter: 0, view: 0 } })
  const head = { channelId: CHANNEL, view: 0, epoch, origin }
  link.end.receive({ type: 'keyframe', keyframe: makeKeyframe({ ...head, version: 1, bytes: encodeValue('begin') }) })
  for (const block of blocks) link.end.receive({ type: 'shared', block })
  assert.equal(link.end.status, 'live')
  const next = [{ name: 'shared', except: [], payload: encodeValue('d') }]
  const last = makeSharedBlock({ ...head, previous: 3, version: 4, patch: null, events: next })
  link.end.receive({ type: 'shared', block: last })
  assert.deepEqual(link.all('shared'), ['d'])
  assert.deepEqual(link.all('missed'), [])
})

test('G3 a request that was given up, and failed, and whose failure was lost, is told to nobody', () => {
  const { channel, link } = linked()
  channel.refuses.add('bad')
  const n = link.request('a', 'bad')
  link.up()
  channel.turn()
  link.lose()
  link.end.withdraw(n)
  link.connect()
  link.settle()
  assert.deepEqual(link.all('refused'), [])
  assert.deepEqual(link.all('failed'), [])
  assert.equal(link.end.inspect().retained, 0)
})

test('SEEN after linking again: what LINK said is not said again, and a new link begins at 0', () => {
  const { channel, link } = linked()
  channel.turn({ direct: ['x', 'y'] })
  link.down()
  link.lose()
  link.connect()
  const asked = link.sent.at(-1)
  assert.ok(asked?.type === 'link')
  assert.equal(asked.request.past?.serverSeqSeen, 2)
  link.up()
  channel.turn()
  link.down()
  assert.equal(link.end.owesSeen, false)
  channel.die()
  link.down()
  link.up()
  channel.turn({ direct: ['z'] })
  link.down()
  assert.deepEqual(link.all('direct'), ['x', 'y', 'z'])
  assert.equal(link.end.owesSeen, true)
  link.end.flush()
  assert.deepEqual(link.sent.at(-1), { type: 'seen', link: link.end.link, serverSeq: 1 })
})

test('L12 a channel that takes the processor and hands it on in the same turn has the last word', () => {
  const { channel, link } = linked()
  link.setProcessor(true)
  link.up()
  channel.processorIs(false, 'unlinked')
  channel.turn()
  link.down()
  assert.deepEqual(link.told, ['acknowledged 1', 'taken'])
  assert.equal(link.end.isProcessor, false)
})
