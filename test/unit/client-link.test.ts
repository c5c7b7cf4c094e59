import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CentrumError } from '../../src/client/index.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { HandFront } from '../support/hand-front.js'

test('V5 link resolves with the state, the reply, version and epoch', async () => {
  const { link } = await HandFront.linked()
  assert.equal(link.id, 'arena/1')
  assert.equal(link.status, 'live')
  assert.equal(link.state['text'], 'begin')
  assert.equal(link.version, 1)
  assert.equal(link.epoch, 1)
  assert.equal(link.reply, 'hello')
  assert.equal(link.acknowledged, 0)
})

test('a link that is asked for before the client is connected waits for that', async () => {
  const front = new HandFront()
  const linking = front.connection.link('arena/1')
  await front.welcome()
  await front.turn()
  assert.equal((await linking).status, 'live')
})

test('nothing that comes behind LINKED is dispatched before the code after `await link()` has run', async () => {
  const front = new HandFront()
  await front.welcome()
  const told: string[] = []
  const linking = (async () => {
    const link = await front.connection.link('arena/1')
    told.push(`linked ${link.version}`)
    link.on('shared', (payload) => told.push(`shared ${String(payload)}`))
    link.on('direct', (payload) => told.push(`direct ${String(payload)}`))
    link.onChange((state, version) => told.push(`change ${version} ${String(state['text'])}`))
    assert.equal(link.state['text'], 'two')
  })()
  await front.settle()
  // All of it comes in one message: the turn of the link, and those behind it.
  front.channel.turn({ text: 'two', before: ['a'], direct: ['x'] })
  front.channel.turn({ text: 'three', before: ['b'], direct: ['y'] })
  front.socket.say(...front.channel.said.splice(0))
  assert.deepEqual(told, [])
  await front.settle()
  await linking
  assert.deepEqual(told, ['linked 2', 'shared a', 'direct x', 'change 3 three', 'shared b', 'direct y'])
})

test('the state is live, and what no patch touched keeps its identity', async () => {
  const { front, link } = await HandFront.linked()
  const { kept } = link.state
  const changes: unknown[] = []
  link.onChange((state, version) => changes.push([state['text'], version, link.acknowledged]))
  link.send('say', 'x')
  await front.turn({ text: 'two' })
  assert.deepEqual(changes, [['two', 2, 1]])
  assert.equal(link.state['text'], 'two')
  assert.equal(link.state['kept'], kept)
})

test('a listener that throws is reported and disturbs nobody', async () => {
  const { front, link } = await HandFront.linked()
  const heard: string[] = []
  link.on('shared', () => {
    throw new Error('mine')
  })
  link.on('shared', (payload) => heard.push(String(payload)))
  link.onChange(() => {
    throw new Error('mine, too')
  })
  await front.turn({ text: 'two', before: ['a'] })
  assert.deepEqual(heard, ['a'])
  assert.equal(link.status, 'live')
  assert.deepEqual(
    front.logged.map(({ level, event, fields }) => [level, event, fields['listener']]),
    [
      ['error', 'listener.failed', 'onChange'],
      ['error', 'listener.failed', 'on shared'],
    ],
  )
})

test('each `on…` returns what ends it', async () => {
  const { front, link } = await HandFront.linked()
  const heard: unknown[] = []
  const stop = link.on('shared', (payload) => heard.push(payload))
  const listener = (payload: unknown): void => void heard.push(`also ${String(payload)}`)
  const stopFirst = link.on('shared', listener)
  link.on('shared', listener)
  await front.turn({ before: ['a'] })
  stop()
  stop()
  stopFirst()
  await front.turn({ before: ['b'] })
  assert.deepEqual(heard, ['a', 'also a', 'also a', 'also b'])
})

test('G3 a request resolves with its answer', async () => {
  const { front, link } = await HandFront.linked()
  const asking = link.request('ask', 'why')
  await front.turn()
  assert.equal(await asking, 'answer why')
})

test('G3 G5 a refused request rejects, a refused message is told', async () => {
  const { front, link } = await HandFront.linked()
  front.channel.refuses.add('bad')
  const refused: string[] = []
  link.onRefused((n, error) => refused.push(`${n} ${error.code} ${error.retryable}`))
  link.send('bad', 1)
  const asking = assert.rejects(link.request('bad', 2), { name: 'CentrumError', code: 'invalid' })
  await front.turn()
  await asking
  assert.deepEqual(refused, ['1 invalid false'])
  assert.deepEqual(front.logged, [])
})

test('G5 refused messages that nobody listens for are counted, in few lines', async () => {
  const { front, link } = await HandFront.linked()
  front.channel.refuses.add('bad')
  for (let i = 0; i < 5; i++) link.send('bad')
  await front.turn()
  assert.deepEqual(
    front.logged.map(({ level, event, fields }) => [level, event, fields['count']]),
    [1, 2, 4].map((count) => ['warn', 'message.refused', count]),
  )
})

test('G5 a request times out, with why, and leaves no hole in the numbers', async () => {
  const { front, link } = await HandFront.linked()
  front.channel.lose()
  front.socket.drop()
  link.send('say', 'a')
  const asking = link.request('ask', 'b', { timeoutMs: 100 })
  link.send('say', 'c')
  const rejected = assert.rejects(asking, {
    code: 'timeout',
    retryable: true,
    message: /'ask' to 'arena\/1' was not answered \(the link is stalled: connection-lost\) within 100 ms/,
  })
  await front.settle(101)
  await rejected
  await front.settle(1000)
  await front.welcome()
  for (let i = 0; i < 3; i++) await front.turn()
  assert.deepEqual(
    front.channel.processed.map(({ n, payload }) => [n, payload]),
    [
      [1, 'a'],
      [3, 'c'],
    ],
  )
  assert.equal(link.acknowledged, 3)
})

test('G5 requests wait 10 s by default', async () => {
  const { front, link } = await HandFront.linked()
  let code = ''
  link.request('ask').catch((error: CentrumError) => (code = error.code))
  for (let i = 0; i < 9; i++) {
    await front.settle(1000)
    front.socket.say({ type: 'pong', sent: 0, now: 0 })
  }
  assert.equal(code, '')
  await front.settle(1001)
  assert.equal(code, 'timeout')
})

test('G5 a signal aborts a request, and a link', async () => {
  const { front, link, connection } = await HandFront.linked()
  const controller = new AbortController()
  const { signal } = controller
  const asking = assert.rejects(link.request('ask', 1, { signal }), (error: CentrumError) => {
    assert.equal(error.code, 'aborted')
    assert.equal(error.cause, signal.reason)
    return true
  })
  const linking = assert.rejects(connection.link('arena/2', { signal }), { code: 'aborted' })
  controller.abort()
  await Promise.all([asking, linking])
  await assert.rejects(link.request('ask', 1, { signal }), { code: 'aborted' })
  await front.turn()
  const before = connection.inspect().links
  assert.equal(before, 1)
})

test('a call that is over leaves nothing on its signal', async () => {
  const { front, link } = await HandFront.linked()
  const { signal } = new AbortController()
  const listening = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  signal.addEventListener = (type: string, listener: () => void) => {
    listening.add(listener)
    add(type, listener)
  }
  signal.removeEventListener = (_type: string, listener: () => void) => void listening.delete(listener)
  const asking = link.request('ask', 'x', { signal })
  assert.equal(listening.size, 1)
  await front.turn()
  await asking
  assert.equal(listening.size, 0)
})

test('G5 a link that is not made in time says why, and is no hindrance to the next', async () => {
  const front = new HandFront()
  const early = assert.rejects(front.connection.link('arena/1', { timeoutMs: 100 }), {
    code: 'timeout',
    message: /'arena\/1' was not linked \(the connection is connecting: .*\) within 100 ms/,
  })
  await front.settle(101)
  await early
  const socket = await front.welcome()
  const stalled = assert.rejects(front.connection.link('arena/1', { timeoutMs: 100 }), {
    code: 'timeout',
    message: /it is stalled: unreachable/,
  })
  await front.settle()
  socket.say({ type: 'status', link: 1, stalled: true, reason: 'unreachable' })
  await front.settle(101)
  await stalled
  assert.deepEqual(
    socket.all('entry').map(({ entry }) => entry.kind),
    [3],
    'it is unlinked ahead of being linked',
  )
  const linking = front.connection.link('arena/1')
  await front.turn()
  assert.equal((await linking).status, 'live')
  assert.deepEqual(
    socket.all('link').map(({ link, request }) => [link, request.linkNumber]),
    [
      [1, 2],
      [2, 3],
    ],
    'L1 L6 numbers are never used twice, and grow with each link',
  )
})

test('S13 a refused link rejects with its reason', async () => {
  const front = new HandFront()
  await front.welcome()
  const linking = assert.rejects(front.connection.link('arena/1', { options: { team: 'red' } }), {
    code: 'link-refused',
    message: 'the team is full',
    retryable: false,
    details: { team: 'red', players: 10 },
  })
  await front.settle()
  front.socket.say({
    type: 'detached',
    link: 1,
    reason: 'link-refused',
    relink: false,
    message: 'the team is full',
    details: encodeValue({ team: 'red', players: 10 }),
  })
  await linking
  assert.equal(front.connection.inspect().links, 0)
})

test('a channel that is linked gives the same link again, and as many unlinks end it', async () => {
  const { link, connection, front } = await HandFront.linked()
  assert.equal(connection.linked('arena/1'), link)
  assert.equal(await connection.link('arena/1'), link)
  await link.unlink()
  assert.equal(link.status, 'live')
  assert.equal(connection.linked('arena/1'), link)
  const unlinking = link.unlink()
  assert.equal(connection.linked('arena/1'), null)
  await front.turn()
  await unlinking
  assert.equal(link.status, 'closed')
  assert.equal(front.socket.all('link').length, 1)
})

test('calls that wait for one link are answered together, and one that gives up leaves it to the others', async () => {
  const front = new HandFront()
  await front.welcome()
  const abort = new AbortController()
  const given = assert.rejects(front.connection.link('arena/1', { signal: abort.signal }), { code: 'aborted' })
  const [first, second] = [front.connection.link('arena/1'), front.connection.link('arena/1')]
  assert.equal(front.connection.linked('arena/1'), null, 'not before it is live')
  abort.abort()
  await given
  await front.turn()
  assert.equal(await first, await second)
  assert.equal(front.socket.all('link').length, 1)
  await (await first).unlink()
  assert.equal((await second).status, 'live')
})

test('link, unlink and link again, as in React in strict mode, ends in a live link', async () => {
  const front = new HandFront()
  await front.welcome()
  const abort = new AbortController()
  const first = assert.rejects(front.connection.link('arena/1', { signal: abort.signal }), { code: 'aborted' })
  abort.abort()
  const second = front.connection.link('arena/1')
  await first
  await front.turn()
  assert.equal((await second).status, 'live')
})

test('a channel is linked with the same options or not at all', async () => {
  const front = new HandFront()
  await front.welcome()
  const linking = front.connection.link('arena/1', { options: { team: 'red' } })
  const other = front.connection.link('arena/1', { options: { team: 'blue' } })
  await assert.rejects(other, { code: 'already-linked', message: /with other options: unlink it first/ })
  await assert.rejects(front.connection.link('arena/1'), { code: 'already-linked' })
  const same = front.connection.link('arena/1', { options: { team: 'red' } })
  await front.turn()
  assert.equal(await same, await linking)
})

test('a link that is asked for again may become the processor', async () => {
  const { front, link, connection } = await HandFront.linked()
  assert.equal(connection.processor, null)
  await connection.link('arena/1', { processor: true })
  await front.turn()
  assert.equal(connection.processor, link)
})

test('a link that is asked for while it ends is another link', async () => {
  const { front, link, connection } = await HandFront.linked()
  const unlinking = link.unlink()
  const [first, second] = [connection.link('arena/1'), connection.link('arena/1')]
  await front.turn()
  await unlinking
  await front.turn()
  const next = await first
  assert.notEqual(next, link)
  assert.equal(await second, next)
  assert.equal(next.status, 'live')
  assert.equal(link.status, 'closed')
})

test('an id that is none is refused', async () => {
  const front = new HandFront()
  await assert.rejects(front.connection.link('arena//1'), { code: 'invalid-channel-id' })
  await assert.rejects(front.connection.link(''), { code: 'invalid-channel-id' })
})

test('what cannot be encoded is refused where it is sent, with its path', async () => {
  const { link, connection } = await HandFront.linked({}, { processor: true })
  const wrong = { a: [1, () => 1] }
  const expected = (error: unknown): boolean => {
    assert.ok(error instanceof CentrumError && error.cause instanceof EncodeError)
    assert.equal(error.code, 'not-encodable')
    assert.deepEqual(error.details, { path: '$.a[1]' })
    return true
  }
  assert.throws(() => link.send('say', wrong), expected)
  assert.throws(() => connection.send('say', wrong), expected)
  await assert.rejects(link.request('ask', wrong), expected)
  await assert.rejects(connection.link('arena/2', { options: wrong }), expected)
  assert.equal(link.send('say', 1), 1, 'nothing was numbered')
})

test('G6 what is longer than the front takes is refused where it is sent', async () => {
  const { link } = await HandFront.linked()
  assert.throws(() => link.send('say', 'x'.repeat(70_000)), {
    code: 'too-large',
    message: /70\d\d\d bytes.*at most 65\d\d\d/,
  })
  await assert.rejects(link.request('ask', 'x'.repeat(70_000)), { code: 'too-large' })
})

test('G6 retainedEntriesMax: send throws while too much has no outcome', async () => {
  const { front, link } = await HandFront.linked({ retainedEntriesMax: 2 })
  link.send('say')
  link.send('say')
  assert.throws(() => link.send('say'), { code: 'buffer-full', retryable: true })
  await assert.rejects(link.request('ask'), { code: 'buffer-full' })
  await front.turn()
  assert.equal(link.send('say'), 3)
})

test('G3 L8 messages of a broken connection arrive once and in order over the next', async () => {
  const { front, link } = await HandFront.linked()
  const statuses: string[] = []
  link.onStatus((status, reason) => statuses.push(`${status} ${String(reason)}`))
  link.send('say', 'a')
  await front.turn()
  link.send('say', 'b')
  await front.breakOff()
  link.send('say', 'c')
  for (let i = 0; i < 3; i++) await front.turn()
  assert.deepEqual(
    front.channel.processed.map(({ payload }) => payload),
    ['a', 'b', 'c'],
  )
  assert.deepEqual(statuses, ['stalled connection-lost', 'live null'])
  assert.equal(front.connection.inspect().resumed, 1)
})

test('G3 L7 a reset is told with its reason, and what was on its way is unknown', async () => {
  const { front, link } = await HandFront.linked()
  const told: string[] = []
  link.onStatus((status, reason) => told.push(`${status} ${String(reason)}`))
  link.onReset((reason) => told.push(`reset ${reason}`))
  link.onRefused((n, { code }) => told.push(`refused ${n} ${code}`))
  link.onChange((state) => told.push(`change ${String(state['text'])}`))
  link.send('say', 'lost')
  const asking = assert.rejects(link.request('ask'), { code: 'unknown' })
  await front.settle()
  front.channel.die()
  await front.turn()
  await front.turn()
  await asking
  assert.deepEqual(told, ['stalled reset', 'refused 1 unknown', 'reset reset', 'change begin 2', 'live null'])
  assert.equal(link.epoch, 2)
})

test('V6 missed events are told as the versions that brought them', async () => {
  const { front, link } = await HandFront.linked()
  const missed: unknown[] = []
  link.onMissed((range) => missed.push(range))
  front.channel.congested = true
  await front.turn({ text: 'two', before: ['a'] })
  await front.turn({ text: 'three' })
  front.channel.catchUp()
  await front.turn()
  assert.deepEqual(missed, [{ from: 2, to: 3 }])
  assert.equal(link.state['text'], 'three')
})

test('L10 a link that fails again and again is opened with growing waits', async () => {
  const { front } = await HandFront.linked()
  const { socket } = front
  const times: number[] = []
  for (let i = 0; i < 7; i++) {
    const { length } = socket.all('link')
    socket.say({ type: 'detached', link: length, reason: 'unreachable', relink: true, message: '', details: null })
    const from = front.clock.now()
    for (let step = 0; step < 1000 && socket.all('link').length === length; step++)
      await front.settle(step === 0 ? 0 : 5)
    times.push(front.clock.now() - from)
  }
  assert.deepEqual(times, [0, 0, 0, 75, 150, 300, 600])
})

test('L4 a channel that was linked by a newer connection of the session ends this one', async () => {
  const { front, connection, link } = await HandFront.linked()
  front.socket.say({
    type: 'detached',
    link: 1,
    reason: 'replaced',
    relink: false,
    message: 'elsewhere',
    details: null,
  })
  assert.equal(connection.status, 'closed')
  assert.equal(link.status, 'closed')
  await front.settle(60_000)
  assert.equal(front.sockets.length, 1)
})

test('a channel that closes ends its link, and no other', async () => {
  const { front, connection, link } = await HandFront.linked()
  const told: string[] = []
  link.onStatus((status, reason) => told.push(`${status} ${String(reason)}`))
  front.channel.detach('channel-closed', false)
  await front.turn()
  assert.deepEqual(told, ['closed channel-closed'])
  assert.equal(connection.status, 'connected')
  assert.throws(() => link.send('say'), { code: 'not-linked', message: /channel-closed/ })
  await assert.rejects(link.request('ask'), { code: 'not-linked' })
  await link.unlink()
})

test('SEEN is said once for all that was seen, soon, or with the next message', async () => {
  const { front, link } = await HandFront.linked()
  const { socket } = front
  const seen = (): number[] => socket.all('seen').map(({ serverSeq }) => serverSeq)
  front.channel.turn({ direct: ['a', 'b'] })
  socket.say(...front.channel.said.splice(0))
  await front.settle(50)
  assert.deepEqual(seen(), [])
  front.channel.turn({ direct: ['c'] })
  socket.say(...front.channel.said.splice(0))
  await front.settle(60)
  assert.deepEqual(seen(), [3])
  front.channel.turn({ direct: ['d'] })
  socket.say(...front.channel.said.splice(0))
  link.send('say')
  await front.settle(10)
  assert.deepEqual(seen(), [3, 4])
  await front.settle(1000)
  assert.deepEqual(seen(), [3, 4])
})

test('G5 an epoch that was seen once is the least that is accepted, also by later links', async () => {
  const { front, link, connection } = await HandFront.linked()
  front.channel.die()
  await front.turn()
  await front.turn()
  assert.equal(link.epoch, 2)
  const unlinking = link.unlink()
  await front.turn()
  await unlinking
  front.channel.epoch = 1
  front.channel.origin = { epoch: 1, nonce: 'c'.repeat(16) }
  const linking = assert.rejects(connection.link('arena/1', { timeoutMs: 1000 }), {
    code: 'timeout',
    message: /not-owner/,
  })
  for (let i = 0; i < 5; i++) await front.turn()
  await front.settle(1001)
  await linking
})
