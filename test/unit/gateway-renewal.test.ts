import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { frontStage } from '../support/front-stage.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'

const TOKEN_MS = 600_000
const BEAT_MS = 10_000

/** A gateway on a manual clock, and a client of it that is welcome. */
async function setUp(t: TestContext) {
  const { clock, front } = await frontStage(t, { limits: { tokenMs: TOKEN_MS } })
  const sockets = new ClientSockets(front, { heartbeatMs: BEAT_MS, slowMsMax: TOKEN_MS })
  const clients: ScriptedCarrier[] = []
  t.after(async () => {
    const closed = sockets.close()
    for (const each of clients) each.terminate()
    await closed
  })
  const client = async (resume: string, connectionAttempt: number): Promise<ScriptedCarrier> => {
    const one = new ScriptedCarrier(sockets)
    clients.push(one)
    one.hello(resume, connectionAttempt)
    await clock.run(0)
    assert.equal(one.all('welcome').length, 1)
    return one
  }
  return {
    clock,
    front,
    sockets,
    client,
    one: await client('', 3),
    /** Time goes by, and all give signs of life. */
    async live(ms: number): Promise<void> {
      for (let gone = 0; gone < ms; gone += BEAT_MS) {
        await clock.run(Math.min(BEAT_MS, ms - gone))
        for (const each of clients) each.say({ type: 'ping', sent: 0 })
      }
    },
  }
}

test('H6 WELCOME comes again with a fresh token of the same number when half of tokenMs is over, and nothing else is new', async (t) => {
  const { clock, front, one, live } = await setUp(t)
  await live(TOKEN_MS / 2 - BEAT_MS)
  assert.equal(one.all('welcome').length, 1)
  await live(2 * BEAT_MS)
  const [first, second, ...more] = one.all('welcome')
  assert.ok(first && second)
  assert.deepEqual(more, [])
  const { resume, now } = second
  assert.deepEqual({ ...first, resume, now }, second)
  assert.ok(now > first.now && now <= clock.wall())
  assert.notEqual(resume, first.resume)
  const { admission } = front
  assert.deepEqual(await admission.resume(resume), await admission.resume(first.resume))
  assert.equal((await admission.resume(resume)).identity.tokenGeneration, 1)
  await live(TOKEN_MS / 2)
  await assert.rejects(admission.resume(first.resume), { code: 'session-expired' })
  await admission.resume(resume)
})

test('H5 H6 a renewed token goes on with the session, and the next renewals have the next number', async (t) => {
  const { front, client, one, live } = await setUp(t)
  await live(3 * TOKEN_MS)
  const { resume = '', sessionId } = one.all('welcome').at(-1) ?? {}
  const two = await client(resume, 4)
  assert.equal(two.all('welcome')[0]?.sessionId, sessionId)
  assert.equal(one.closedWith, closeCodeOf('replaced'))
  const { length } = one.all('welcome')
  await live(TOKEN_MS)
  assert.equal(one.all('welcome').length, length, 'a closing socket is not renewed')
  const renewed = two.all('welcome').at(-1)
  assert.ok(renewed && renewed !== two.all('welcome')[0])
  assert.equal((await front.admission.resume(renewed.resume)).identity.tokenGeneration, 2)
})

test('H6 G6 a client that does not keep up is renewed once it reads again', async (t) => {
  const { sockets, one, live } = await setUp(t)
  one.buffered = sockets.limits.congestedBytes + 1
  await live(TOKEN_MS - 2 * BEAT_MS)
  assert.equal(sockets.inspect().congested, 1)
  assert.equal(one.all('welcome').length, 1)
  one.drained()
  await live(BEAT_MS)
  assert.equal(one.all('welcome').length, 2)
})
