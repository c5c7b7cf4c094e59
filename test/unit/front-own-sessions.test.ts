import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FrontMaster } from '../../src/front/front-master.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { ENTRY, ITEM } from '../../src/protocol/frame-types.js'
import { makeAnswer, makeFailure, makeItems, makeNamed, readNamed } from '../../src/protocol/link-frames.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { frontStage } from '../support/front-stage.js'
import { detached, keyframe, linked, privately, shared } from '../support/scripted-back.js'

type Stage = Awaited<ReturnType<typeof frontStage>>

const refused =
  (code: string, pattern = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof CentrumError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, pattern)
    return true
  }

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const acknowledge = (ref: number, version: number, n: number) => ({
  ...(privately(ref, version, []) as Extract<ReturnType<typeof privately>, { type: 'masterPrivate' }>),
  links: [{ ref, items: makeItems(n, []) }],
})

/** The front's own channel room/1, linked at version 2. */
async function linkedChannel(stage: Stage) {
  const { front, back, clock } = stage
  const channel = front.channel('room/1')
  const linking = channel.link()
  await clock.run(50)
  const { ref } = back.last('masterLink')
  back.say(keyframe(2, 'two'), linked(ref, 2))
  await clock.run(5)
  return { channel, ref, encodedState: await linking }
}

test("S2 S14 link() gives the bytes of a keyframe as the back made it, at LINKED's version or above", async (t) => {
  const stage = await frontStage(t)
  const { back, clock, front } = stage
  const ada = stage.session('ada')
  ada.link(1)
  await clock.run(50)
  back.say(keyframe(1, 'old'), linked(back.last('masterLink').ref, 1), shared(2, 'a patch'))
  const channel = front.channel('room/1')
  assert.equal(front.channel('room/1').id, 'room/1')
  const linking = channel.link()
  await clock.run(50)
  const link = back.last('masterLink')
  assert.deepEqual(link.identity, {
    senderKind: 'front',
    sessionId: 'front-1',
    userId: '',
    data: encodeValue(undefined),
    tokenGeneration: 0,
    beganAt: 0,
  })
  assert.equal(back.all('subscribe').length, 1)
  back.say(linked(link.ref, 2))
  await clock.run(50)
  assert.deepEqual(
    back.all('renew'),
    [{ type: 'renew', channelId: 'room/1', view: 0, version: 2 }],
    'the cached keyframe is older',
  )
  back.say(keyframe(3, 'three, as the owner encoded it'))
  await clock.run(5)
  assert.equal(text(await linking), 'three, as the owner encoded it')
  assert.deepEqual([channel.version, channel.epoch, channel.status], [3, 1, 'live'])
})

test('S2 patches behind the state follow it, after the code behind link() has run', async (t) => {
  const stage = await frontStage(t)
  const { front, back, clock } = stage
  const channel = front.channel('room/1')
  const got: string[] = []
  const running = channel.link().then((state) => {
    got.push(text(state))
    channel.onPatch((patch, { epoch, version }) => got.push(`${text(patch)} ${epoch} ${version}`))
    channel.onEvent((name, payload) => got.push(`${name} ${String(payload)}`))
    channel.onStatus((status, reason) => got.push(`${status} ${String(reason)}`))
    return null
  })
  await clock.run(50)
  const { ref } = back.last('masterLink')
  const events = [{ name: 'boom', except: [], payload: encodeValue('all') }]
  back.say(keyframe(2, 'two'), linked(ref, 2), shared(3, 'three'), shared(4, null, { events }), shared(5, 'five'))
  await clock.run(50)
  await running
  assert.deepEqual(got, ['two', 'three 1 3', 'boom all', 'five 1 5'])
  assert.equal(channel.version, 5)
})

test('S14 a front sends what is internal or broadcastable, and nothing else', async (t) => {
  const stage = await frontStage(t)
  const { channel, ref } = await linkedChannel(stage)
  assert.equal(channel.send('credit', 5), 1)
  assert.equal(channel.send('shout', 'hi'), 2)
  const send = channel.send as (message: string, payload?: unknown) => number
  assert.throws(() => send.call(channel, 'say', 'x'), refused('not-permitted', /internal/))
  assert.throws(() => send.call(channel, 'credits', 1), refused('not-declared', /Did you mean 'credit'/))
  assert.throws(() => send.call(channel, 'credit', () => {}), refused('not-encodable', /function/))
  assert.throws(() => send.call(channel, 'shout', 'x'.repeat(2_000_000)), refused('too-large', /payloadBytesMax/))
  const request = channel.request as (name: string) => Promise<unknown>
  await assert.rejects(request.call(channel, 'echo'), refused('not-permitted', /internal/))
  await assert.rejects(request.call(channel, 'nothing'), refused('not-declared', /There are: echo, tally/))
  await stage.clock.run(50)
  const said = stage.back.all('masterEntry').map((frame) => {
    const { name, payload } = readNamed(frame.entry.body)
    return [frame.ref, frame.entry.clientSeq, name, decodeValue(payload)]
  })
  assert.deepEqual(said, [
    [ref, 1, 'credit', 5],
    [ref, 2, 'shout', 'hi'],
  ])
})

test('G3 a front hears which of its messages had no effect, and that the channel began anew', async (t) => {
  const stage = await frontStage(t)
  const { channel, ref } = await linkedChannel(stage)
  const { back, clock } = stage
  const heard: string[] = []
  const stop = channel.onRefused((n, { code, message }) => heard.push(`${n} ${code}: ${message}`))
  channel.onReset((reason) => heard.push(reason))
  channel.send('credit', 5)
  channel.send('credit', 6)
  await clock.run(50)
  const failure = {
    serverSeq: 1,
    kind: ITEM.failed,
    after: 0,
    body: makeFailure({ clientSeq: 1, reason: 'invalid', message: 'too much', details: new Uint8Array(0) }),
  }
  back.say({ ...acknowledge(ref, 2, 1), links: [{ ref, items: makeItems(1, [failure]) }] })
  await clock.run(5)
  assert.deepEqual(heard, ['1 invalid: too much'])
  back.say(detached(ref, { reason: 'reset', relink: true }))
  await clock.run(50)
  const origin = { epoch: 2, nonce: 'f'.repeat(16) }
  back.say(linked(back.last('masterLink').ref, 1, { origin, epoch: 2 }))
  await clock.run(50)
  assert.equal(heard.at(-1), 'reset')
  assert.match(heard[1] ?? '', /^2 unknown: /)
  stop()
})

test("S16 wrong use of a front's own channel says what to do", async (t) => {
  const stage = await frontStage(t)
  const { front } = stage
  assert.throws(() => front.channel('nosuch/1' as never), refused('unknown-channel', /room\/:id/))
  const idle = front.channel('room/9')
  assert.throws(() => idle.send('credit', 1), refused('not-linked', /link\(\)/))
  const { channel } = await linkedChannel(stage)
  await assert.rejects(channel.link(), refused('already-linked'))
  assert.throws(() => front.client({} as never), refused('invalid-option', /userId/))
  assert.throws(() => front.client({ userId: 'a', data: () => {} }), refused('invalid-option', /function/))
  assert.throws(() => front.broadcast('say' as never, 'x' as never), refused('not-permitted'))
  assert.throws(() => front.broadcast('shuot' as never, 'x' as never), refused('not-declared', /'shout'/))
})

test('S11 front.broadcast goes to every back, as the front itself', async (t) => {
  const { front, back, back2, clock } = await frontStage(t)
  front.broadcast('shout', 'all')
  await clock.run(50)
  for (const each of [back, back2]) {
    const { identity, body } = each.last('masterBroadcast')
    assert.deepEqual([identity.senderKind, identity.sessionId], ['front', 'front-1'])
    assert.deepEqual(body, makeNamed('shout', encodeValue('all')))
  }
})

test('S9 unlink() resolves when the channel has let go, and leaves nothing behind', async (t) => {
  const stage = await frontStage(t)
  const { clock, back, front } = stage
  const { channel, ref } = await linkedChannel(stage)
  const unlinking = channel.unlink()
  await clock.run(50)
  assert.equal(back.last('masterEntry').entry.kind, ENTRY.unlink)
  back.say(detached(ref, { reason: 'unlinked' }))
  await clock.run(50)
  await unlinking
  assert.equal(channel.status, 'closed')
  assert.equal(back.all('unsubscribe').length, 1)
  await clock.run(20_000)
  const { sessions, links, refs, channels } = front.inspect()
  assert.deepEqual([sessions, links.total, refs, channels], [0, 0, 0, 0])
  assert.equal(clock.pending > 0, true, 'the links of masters beat on')
})

test('G5 link() has a limit and can be aborted: what is late is unlinked by itself', async (t) => {
  const stage = await frontStage(t)
  const { front, back, clock } = stage
  const controller = new AbortController()
  const channel = front.channel('room/1')
  const aborted = assert.rejects(channel.link({ signal: controller.signal }), refused('aborted'))
  await clock.run(50)
  controller.abort()
  await aborted
  await clock.run(50)
  assert.deepEqual(
    back.heard.map(({ type }) => type).filter((type) => type === 'masterEntry' || type === 'detach'),
    ['masterEntry', 'detach'],
  )
  assert.equal(front.inspect().sessions, 0)
  const late = assert.rejects(channel.link({ timeoutMs: 500 }), refused('timeout', /500 ms/))
  await clock.run(600)
  await late
  assert.equal(front.inspect().sessions, 0)
  await linkedChannel(stage)
})

test("L10 G5 a lost back stalls the front's own link; it links again, and a new origin comes as a keyframe", async (t) => {
  const stage = await frontStage(t)
  const { clock, back, breakLink } = stage
  const { channel, ref } = await linkedChannel(stage)
  const got: string[] = []
  channel.onStatus((status, reason) => got.push(`${status} ${String(reason)}`))
  channel.onKeyframe((state, { epoch, version }) => got.push(`${text(state)} ${epoch} ${version}`))
  channel.onPatch((patch) => got.push(text(patch)))
  await breakLink()
  assert.deepEqual(got, ['stalled unreachable'])
  back.forget()
  await clock.run(5_000)
  const relink = back.last('masterLink')
  assert.ok(relink.ref > ref)
  assert.equal(relink.request.past?.version, 2)
  const newer = { epoch: 5, origin: { epoch: 5, nonce: '00000000000000bb' } }
  back.say(linked(relink.ref, 7, { ...newer, serial: 9 }), keyframe(7, 'anew', newer), shared(8, 'eight', newer))
  await clock.run(50)
  assert.deepEqual(got, ['stalled unreachable', 'anew 5 7', 'live null', 'eight'])
  assert.equal(channel.epoch, 5)
})

test('L4 L6 a front that comes back under its id is newer than it was, by attach and by link number', async (t) => {
  const stage = await frontStage(t)
  const { back, clock, front, cluster, runtime, network } = stage
  await linkedChannel(stage)
  const before = back.last('masterLink')
  const stopped = front.stop()
  await clock.run(5_000)
  await stopped
  const later = new FrontMaster(front.app, { id: 'front-1', cluster, runtime, network })
  later.dial()
  await clock.run(5_000)
  const outcome = assert.rejects(later.channel('room/1' as never).link(), refused('closing'))
  await clock.run(50)
  const after = back.last('masterLink')
  assert.ok(after.connectionAttempt > before.connectionAttempt)
  assert.ok(after.request.linkNumber > before.request.linkNumber)
  await Promise.all([later.stop(), outcome])
})

test('S13 a client of the application links with options, and gets state and reply', async (t) => {
  const { front, back, clock } = await frontStage(t)
  const client = front.client({ userId: 'u1', data: { name: 'U' } })
  assert.equal(client.userId, 'u1')
  const link = client.link as (id: string, settings?: object) => ReturnType<typeof client.link>
  const linking = link.call(client, 'room/1', { options: { team: 'red' } })
  await clock.run(50)
  const { identity, request, ref } = back.last('masterLink')
  assert.deepEqual([identity.senderKind, identity.sessionId, identity.userId], ['client', client.id, 'u1'])
  assert.deepEqual(decodeValue(identity.data), { name: 'U' })
  assert.deepEqual(decodeValue(request.options ?? new Uint8Array(0)), { team: 'red' })
  back.say(keyframe(2, 'two'), linked(ref, 2, { reply: encodeValue('welcome') }))
  await clock.run(5)
  const { encodedState, reply, version, epoch } = await linking
  assert.deepEqual([text(encodedState), reply, version, epoch], ['two', 'welcome', 2, 1])
  const refusing = assert.rejects(link.call(client, 'room/2'), refused('link-refused', /full/))
  await clock.run(50)
  back.say(detached(back.last('masterLink').ref, { reason: 'link-refused', message: 'full' }))
  await clock.run(5)
  await refusing
})

test('S10 L12 the processor moves by release, then take; what is sent meanwhile waits, and goes to the new one', async (t) => {
  const { front, back, back2, clock } = await frontStage(t)
  const client = front.client({ userId: 'u1' })
  assert.throws(() => client.send('say', 1), refused('no-processor', /setProcessor/))
  const links = Promise.all([client.link('room/1', { processor: true }), client.link('hall/1')])
  await clock.run(50)
  const room = back.last('masterLink')
  const hall = back2.last('masterLink')
  assert.equal(room.request.processor, true)
  const there = { channel: 'hall/1' }
  back.say(keyframe(0, ''), linked(room.ref, 0, { processor: true }))
  back2.say(keyframe(0, '', there), linked(hall.ref, 0))
  await clock.run(50)
  await links
  client.send('say', 'to the room')
  const moving = client.setProcessor('hall/1')
  await clock.run(50)
  client.send('say', 'on the way')
  assert.deepEqual(
    back.all('masterEntry').map(({ entry }) => entry.kind),
    [ENTRY.message, ENTRY.release],
  )
  assert.equal(back2.all('masterEntry').length, 0, 'not before the release has its outcome')
  back.say(acknowledge(room.ref, 0, 2))
  await clock.run(50)
  assert.deepEqual(
    back2.all('masterEntry').map(({ entry }) => entry.kind),
    [ENTRY.take],
  )
  back2.say({ ...acknowledge(hall.ref, 0, 1), channelId: 'hall/1' })
  await clock.run(50)
  await moving
  client.send('say', 'in the hall')
  await clock.run(50)
  const payloads = back2
    .all('masterEntry')
    .slice(1)
    .map(({ entry }) => decodeValue(readNamed(entry.body).payload))
  assert.deepEqual(payloads, ['on the way', 'in the hall'])
  assert.equal(back.all('masterEntry').length, 2)
})

test("S12 events, patches and statuses of a client's channels come with the channel's id", async (t) => {
  const { front, back, clock, breakLink } = await frontStage(t)
  const client = front.client({ userId: 'u1' })
  const got: string[] = []
  client.onPatch((id, patch, { version }) => got.push(`${id} ${text(patch)} ${version}`))
  client.onEvent((id, name, payload) => got.push(`${id} ${name} ${String(payload)}`))
  client.onStatus((id, status, reason) => got.push(`${id} ${status} ${String(reason)}`))
  client.onEvent(() => {
    throw new Error('a listener of the application')
  })
  const linking = client.link('room/1')
  await clock.run(50)
  const { ref } = back.last('masterLink')
  back.say(keyframe(0, ''), linked(ref, 0))
  await clock.run(50)
  await linking
  const item = { serverSeq: 1, kind: ITEM.event, after: 1, body: makeNamed('boom', encodeValue('you')) } as const
  const events = [
    { name: 'boom', except: [client.id], payload: encodeValue('others') },
    { name: 'boom', except: [], payload: encodeValue('all') },
  ]
  back.say(privately(ref, 1, [item]), shared(1, 'one', { events }))
  await clock.run(200)
  assert.deepEqual(back.all('masterSeen'), [{ type: 'masterSeen', ref, serverSeq: 1 }])
  await breakLink()
  assert.deepEqual(got, [
    'room/1 live null',
    'room/1 one 1',
    'room/1 boom you',
    'room/1 boom all',
    'room/1 stalled unreachable',
  ])
})

test('G5 L9 a request of the front settles with its answer, with its failure, or with its limit', async (t) => {
  const stage = await frontStage(t)
  const { back, clock } = stage
  const { channel, ref } = await linkedChannel(stage)
  const request = (settings = {}) => channel.request('tally', 3, settings)
  const answered = request()
  const failed = assert.rejects(request(), refused('handler-failed', /no luck/))
  const late = assert.rejects(request({ timeoutMs: 300 }), refused('timeout', /300 ms/))
  await clock.run(50)
  const [entry] = back.all('masterEntry')
  assert.deepEqual([entry?.entry.kind, readNamed(entry?.entry.body ?? new Uint8Array()).name], [ENTRY.request, 'tally'])
  const failure = { clientSeq: 2, reason: 'handler-failed', message: 'no luck', details: new Uint8Array(0) } as const
  back.say(
    privately(ref, 2, [
      { serverSeq: 1, kind: ITEM.answer, after: 0, body: makeAnswer(1, encodeValue('three')) },
      { serverSeq: 2, kind: ITEM.failed, after: 0, body: makeFailure(failure) },
    ]),
  )
  await clock.run(500)
  assert.equal(await answered, 'three')
  await Promise.all([failed, late])
})

test('L11 disconnect() ends the session in all channels at once; a kick does, too', async (t) => {
  const { front, back, back2, clock } = await frontStage(t)
  const one = front.client({ userId: 'u1' })
  const two = front.client({ userId: 'u2' })
  const statuses: string[] = []
  two.onStatus((id, status, reason) => statuses.push(`${id} ${status} ${String(reason)}`))
  const linking = Promise.all([one.link('room/1'), two.link('room/1')])
  await clock.run(50)
  back.say(keyframe(0, ''), ...back.all('masterLink').map(({ ref }) => linked(ref, 0)))
  await clock.run(50)
  await linking
  await one.disconnect()
  await clock.run(50)
  assert.deepEqual(back.last('end'), { type: 'end', sessionId: one.id, reason: 'unlinked' })
  assert.deepEqual(back2.last('end'), { type: 'end', sessionId: one.id, reason: 'unlinked' })
  await assert.rejects(one.link('room/1'), refused('stopped'))
  back.say({ type: 'kick', sessionId: two.id, message: 'enough' })
  await clock.run(50)
  assert.deepEqual(statuses.at(-1), 'room/1 closed kicked')
  assert.equal(front.inspect().sessions, 0)
})

test("G6 stop() closes the front's own links and clients, and ends their sessions once", async (t) => {
  const stage = await frontStage(t)
  const { front, back, clock } = stage
  const { channel } = await linkedChannel(stage)
  const second = front.channel('room/2')
  const linking = second.link()
  await clock.run(50)
  const outcome = assert.rejects(linking, refused('closing'))
  back.forget()
  const stopped = front.stop()
  await clock.run(50)
  await Promise.all([stopped, outcome])
  assert.equal(channel.status, 'closed')
  assert.deepEqual(back.all('end'), [{ type: 'end', sessionId: 'front-1', reason: 'closing' }])
  await assert.rejects(channel.link(), refused('stopped'))
})
