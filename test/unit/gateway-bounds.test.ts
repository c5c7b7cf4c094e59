/** What one client, one user and one address may open and leave behind, on one front. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientFrame } from '../../src/protocol/client-frames.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { guardedGateway } from '../support/guarded-gateway.js'
import { detached, keyframe, linked } from '../support/scripted-back.js'
import type { ScriptedCarrier } from '../support/scripted-carrier.js'

function link(number: number, channelId: string): ClientFrame {
  const request = { channelId, linkNumber: number, processor: false, past: null, options: null }
  return { type: 'link', link: number, request }
}

function refusals(one: ScriptedCarrier): string[] {
  return one.all('detached').map(({ reason, message }) => `${reason} ${/\((\w+)\)/.exec(message)?.[1] ?? ''}`)
}

test('G6 one client opens openingsBurstMax channels at once, then so many a second; links to open ones are free', async (t) => {
  const { welcome, clock, back } = await guardedGateway(t, { limits: { openingsBurstMax: 3, openingsPerSecondMax: 1 } })
  const one = await welcome()
  const other = await welcome('10.0.0.2')
  other.say(link(1, 'room/0'))
  back.say({ type: 'channel', channelId: 'room/open', open: true, reason: 'reset' })
  await clock.run(100)
  one.say(link(1, 'room/0'), link(2, 'room/open'), link(3, 'room/1'), link(4, 'room/2'), link(5, 'room/3'))
  await clock.run(0)
  assert.deepEqual(refusals(one), [], 'three that nobody has open')
  one.say(link(6, 'room/4'))
  await clock.run(0)
  assert.deepEqual(refusals(one), ['rate-limited openingsPerSecondMax'])
  one.say(link(7, 'room/open'), link(8, 'room/0'))
  await clock.run(1_000)
  one.say(link(9, 'room/4'), link(10, 'room/5'))
  await clock.run(0)
  assert.deepEqual(refusals(one), ['rate-limited openingsPerSecondMax', 'rate-limited openingsPerSecondMax'])
  assert.equal(one.closedWith, null)
  await clock.run(0)
  assert.deepEqual(refusals(other), [])
})

test('G6 an address without users has openings of its own, which a new session does not renew', async (t) => {
  const { welcome, clock } = await guardedGateway(t, {
    limits: { openingsBurstMax: 1, openingsPerSecondPerUserMax: 1 },
  })
  for (let i = 0; i < 4; i++) (await welcome()).say(link(1, `room/${i}`))
  const fifth = await welcome()
  fifth.say(link(1, 'room/5'))
  await clock.run(0)
  assert.deepEqual(refusals(fifth), ['rate-limited openingsPerSecondPerUserMax'])
  const elsewhere = await welcome('10.0.0.2')
  elsewhere.say(link(1, 'room/6'))
  await clock.run(0)
  assert.deepEqual(refusals(elsewhere), [])
  await clock.run(1_000)
  fifth.say(link(2, 'room/5'))
  await clock.run(0)
  assert.equal(refusals(fifth).length, 1, 'time gives it back')
})

/** Links, and loses its socket; how long its channel is asked to wait. */
async function drop(
  { clock, back }: Awaited<ReturnType<typeof guardedGateway>>,
  one: ScriptedCarrier,
  number = 1,
): Promise<number> {
  one.say(link(number, 'room/1'))
  await clock.run(50)
  back.say(keyframe(0, ''), linked(back.last('masterLink').ref, 0))
  await clock.run(50)
  one.terminate()
  await clock.run(50)
  return back.last('detach').graceMs
}

test('G6 of one address so many lost sessions are waited for at once, and one more ends at once', async (t) => {
  const gateway = await guardedGateway(t, { limits: { droppedSessionsPerAddressMax: 2 }, front: { ringMs: 30_000 } })
  const { welcome, clock, sockets } = gateway
  const first = await welcome()
  const token = (one: ScriptedCarrier): string => one.all('welcome').at(-1)?.resume ?? ''
  assert.equal(await drop(gateway, first), 0)
  assert.equal(await drop(gateway, await welcome()), 0)
  assert.equal(sockets.inspect().dropped, 2)
  assert.equal(await drop(gateway, await welcome()), 1)
  assert.equal(await drop(gateway, await welcome('10.0.0.2')), 0, 'another address is waited for')
  const back = await welcome('127.0.0.1', token(first), 2)
  assert.equal(sockets.inspect().dropped, 2, 'who returns is not counted any more')
  assert.equal(await drop(gateway, await welcome()), 0)
  assert.equal(await drop(gateway, back, 2), 1)
  const idle = await welcome()
  idle.terminate()
  await clock.run(60_000)
  assert.equal(sockets.inspect().dropped, 0, 'nobody waits for them any more')
  assert.equal(await drop(gateway, await welcome()), 0)
})

test('G6 of one user so many lost sessions are waited for at once, from whatever address', async (t) => {
  let users = 0
  const gateway = await guardedGateway(t, {
    limits: { droppedSessionsPerUserMax: 1 },
    authenticate: () => ({ userId: users++ < 2 ? 'ada' : 'eve' }),
  })
  const { welcome } = gateway
  assert.equal(await drop(gateway, await welcome('10.0.0.1')), 0)
  assert.equal(await drop(gateway, await welcome('10.0.0.2')), 1)
  assert.equal(await drop(gateway, await welcome('10.0.0.3')), 0)
})

test('G6 a page that is left counts as a lost session, and its own shorter wait stays', async (t) => {
  const gateway = await guardedGateway(t, { limits: { droppedSessionsPerAddressMax: 1 } })
  const { welcome, clock, back } = gateway
  const waits = []
  for (const graceMs of [5_000, 5_000]) {
    const one = await welcome()
    one.say(link(1, 'room/1'))
    await clock.run(50)
    back.say(linked(back.last('masterLink').ref, 0))
    one.say({ type: 'away', graceMs })
    await clock.run(50)
    waits.push(back.last('detach').graceMs)
  }
  assert.deepEqual(waits, [5_000, 1])
})

test('G5 when most of many sockets share one address the log says so once, and names trustProxy', async (t) => {
  const { knock, log } = await guardedGateway(t, {})
  const told = () => log.lines.filter(({ event }) => event === 'address.shared')
  for (let i = 0; i < 40; i++) knock(`10.0.1.${i}`)
  for (let i = 0; i < 40; i++) knock('10.0.0.1')
  assert.equal(told().length, 0, 'half of them are no most')
  for (let i = 0; i < 20; i++) knock('10.0.0.1')
  assert.equal(told().length, 1)
  assert.equal(told()[0]?.fields['address'], '10.0.0.1')
  assert.match(String(told()[0]?.fields['message']), /trustProxy/)
})

test('G7 a session whose payload an owner could not read is closed with protocol-error, and its links are dropped', async (t) => {
  const { welcome, clock, back } = await guardedGateway(t, {})
  const one = await welcome()
  const other = await welcome()
  one.say(link(1, 'room/1'))
  other.say(link(1, 'room/1'))
  await clock.run(50)
  const sessionId = one.all('welcome')[0]?.sessionId ?? ''
  const [ref] = back.all('masterLink').filter(({ identity }) => identity.sessionId === sessionId)
  back.say({ type: 'unreadable', sessionId, message: 'cut short' }, detached(999))
  await clock.run(50)
  assert.equal(one.closedWith, closeCodeOf('protocol-error'))
  assert.deepEqual(
    back.all('detach').map((frame) => frame.ref),
    [ref?.ref],
  )
  assert.equal(other.closedWith, null)
  assert.equal(back.all('end').length, 0, 'the session may come back')
})
