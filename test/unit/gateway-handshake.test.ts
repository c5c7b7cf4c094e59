import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App, AuthenticationRequest } from '../../src/channel/app.js'
import { AuthenticationRefused } from '../../src/channel/authentication-refused.js'
import { VERSION_MAX } from '../../src/protocol/frame-types.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { stageApp } from '../support/front-stage.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { until } from '../support/until.js'

const appWith = (authenticate: App['authenticate']): App => ({ ...stageApp(), authenticate })

test('H1 a version that both speak is agreed on, and WELCOME says who and where one is', async (t) => {
  const { client, front, gateway } = await gatewayStage(t)
  const before = Date.now()
  const welcome = await client().welcome({ versionMin: 0, versionMax: 99, features: 255, connectionAttempt: 3 })
  assert.equal(welcome.version, VERSION_MAX)
  assert.equal(welcome.features, 0)
  assert.equal(welcome.connectionAttempt, 3)
  assert.equal(welcome.frontId, 'front-1')
  assert.equal(welcome.incarnation, front.incarnation)
  assert.equal(welcome.heartbeatMs, gateway.limits.heartbeatMs)
  assert.equal(welcome.frameBytesMax, gateway.limits.frameBytesMax)
  assert.match(welcome.sessionId, /^[\w-]{22}$/, 'sixteen random bytes')
  assert.equal(welcome.userId, welcome.sessionId, 'without authenticate each client is a user of its own')
  assert.ok(welcome.now >= before && welcome.now <= Date.now())
})

test('H1 no version in common: refused with versions, and told which side is too old', async (t) => {
  const { client } = await gatewayStage(t)
  const cases = [
    { hello: { versionMin: 0, versionMax: 0 }, old: /the client is too old/ },
    { hello: { versionMin: VERSION_MAX + 1, versionMax: VERSION_MAX + 5 }, old: /the server is too old/ },
  ]
  for (const { hello, old } of cases) {
    const one = await client().open()
    one.hello(hello)
    const refused = await one.next('refused')
    assert.equal(refused.reason, 'versions')
    assert.match(refused.message, old)
    assert.equal((await one.closed).code, closeCodeOf('versions'))
  }
})

test('H2 until HELLO nothing but HELLO is accepted, and it comes once', async (t) => {
  const { client } = await gatewayStage(t)
  const early = await client().open()
  early.say({ type: 'ping', sent: 1 })
  assert.equal((await early.closed).code, closeCodeOf('protocol-error'))
  const twice = client()
  await twice.welcome()
  twice.hello()
  assert.equal((await twice.closed).code, closeCodeOf('protocol-error'))
})

test('H2 G5 a socket that says nothing closes with handshake-timeout', async (t) => {
  const { client, gateway } = await gatewayStage(t, { limits: { handshakeMs: 30 } })
  const silent = await client().open()
  assert.equal((await silent.closed).code, closeCodeOf('handshake-timeout'))
  assert.equal(silent.all('refused')[0]?.reason, 'handshake-timeout')
  await until('nothing is left', () => gateway.inspect().sockets.total === 0)
})

test('G7 authenticate is given token, headers and address, and what it delivers goes with each link', async (t) => {
  const asked: AuthenticationRequest[] = []
  const authenticate = async (request: AuthenticationRequest) => {
    asked.push(request)
    return { userId: 'ada', data: { name: 'Ada' } }
  }
  const { client, heard } = await gatewayStage(t, { app: appWith(authenticate) })
  const one = client({ 'X-Color': 'red' })
  const { userId } = await one.welcome({ token: 'secret' })
  assert.equal(userId, 'ada')
  const [request] = asked
  assert.equal(request?.token, 'secret')
  assert.equal(request?.headers['x-color'], 'red')
  assert.equal(request?.remoteAddress, '127.0.0.1')
  one.link(1)
  const [link] = await heard('masterLink')
  assert.ok(link?.type === 'masterLink')
  assert.equal(link.identity.userId, 'ada')
  assert.deepEqual(decodeValue(link.identity.data), { name: 'Ada' })
  await client().welcome()
  assert.equal(asked[1]?.token, null, 'an empty token is none')
})

test('G7 a refusal of authenticate closes with its reason, and is final', async (t) => {
  const { client, closings } = await gatewayStage(t, {
    app: appWith(() => {
      throw new AuthenticationRefused('you are banned')
    }),
  })
  const one = await client().open()
  one.hello()
  const refused = await one.next('refused')
  assert.deepEqual(refused, { type: 'refused', reason: 'authentication-refused', message: 'you are banned', url: '' })
  assert.equal((await one.closed).code, closeCodeOf('authentication-refused'))
  assert.equal(closings().length, 1)
})

test('G7 what authenticate throws by accident, or delivers wrongly, is logged and not told', async (t) => {
  const faults: App['authenticate'][] = [
    () => Promise.reject(new Error('the password of the database is hunter2')),
    () => ({ userId: '' }),
    () => ({ userId: 7 }) as never,
    () => undefined as never,
    () => ({ userId: 'a', data: () => {} }),
    () => ({ userId: 'a', data: 'x'.repeat(100_000) }),
  ]
  let fault = 0
  const { client, log } = await gatewayStage(t, {
    app: appWith((request) => faults[fault]?.(request) ?? { userId: '' }),
  })
  for (; fault < faults.length; fault++) {
    const one = await client().open()
    one.hello()
    const { reason, message } = await one.next('refused')
    assert.equal(reason, 'authentication-failed')
    assert.doesNotMatch(message, /hunter2/)
    assert.equal((await one.closed).code, closeCodeOf('authentication-failed'))
  }
  assert.equal(
    log.lines.filter(({ event, level }) => event === 'authentication.failed' && level === 'error').length,
    faults.length,
  )
})

test('G5 an authenticate that does not answer is given up, and its late answer is ignored', async (t) => {
  let answer = (): void => {}
  const { client, gateway } = await gatewayStage(t, {
    limits: { authenticateMs: 30 },
    app: appWith(() => new Promise((resolve) => (answer = () => resolve({ userId: 'late' })))),
  })
  const one = await client().open()
  one.hello()
  const refused = await one.next('refused')
  assert.equal(refused.reason, 'authentication-failed')
  answer()
  assert.equal((await one.closed).code, closeCodeOf('authentication-failed'))
  assert.equal(one.all('welcome').length, 0)
  assert.equal(gateway.inspect().sessions, 0)
  assert.equal(gateway.inspect().done.welcomed, 0)
})

test('H5 a resume token goes on with the session without authenticate, with its user and data', async (t) => {
  let count = 0
  const { client, heard } = await gatewayStage(t, { app: appWith(() => ({ userId: `user ${++count}`, data: 5 })) })
  const first = client()
  const welcome = await first.welcome()
  first.leave()
  await first.closed
  const second = client()
  const resumed = await second.welcome({ resume: welcome.resume, token: 'ignored', connectionAttempt: 2 })
  assert.equal(resumed.sessionId, welcome.sessionId)
  assert.equal(resumed.userId, 'user 1')
  assert.equal(count, 1)
  second.link(1)
  const [link] = await heard('masterLink')
  assert.ok(link?.type === 'masterLink')
  assert.equal(link.connectionAttempt, 2)
  assert.equal(decodeValue(link.identity.data), 5)
})

test('H5 any front with the same key takes the token; one with another key, and a forged or expired one, is session-expired', async (t) => {
  const here = await gatewayStage(t, { front: { limits: { tokenMs: 1_000 } } })
  const sister = await gatewayStage(t)
  const stranger = await gatewayStage(t, { key: 'another key, as long as the first one is' })
  const { resume, sessionId } = await here.client().welcome()
  assert.equal((await sister.client().welcome({ resume })).sessionId, sessionId)
  const refusedWith = async (stage: typeof here, token: string) => {
    const one = await stage.client().open()
    one.hello({ resume: token })
    const { code } = await one.closed
    assert.equal(code, closeCodeOf('session-expired'))
    assert.equal(one.all('refused')[0]?.reason, 'session-expired')
  }
  await refusedWith(stranger, resume)
  const bytes = Buffer.from(resume, 'base64url')
  for (let i = 0; i < bytes.length; i += 7) {
    const forged = Buffer.from(bytes)
    forged[i] = (forged[i] ?? 0) ^ 1
    await refusedWith(sister, forged.toString('base64url'))
  }
  for (const nonsense of ['x', 'AAAA', '💥', 'A'.repeat(500)]) await refusedWith(sister, nonsense)
  const isGood = (): Promise<boolean> => here.front.admission.resume(resume).then(Boolean, () => false)
  for (let good = true; good; good = await isGood()) await new Promise((resolve) => setImmediate(resolve))
  await refusedWith(here, resume)
})

test('H5 L4 each WELCOME gives the token behind the one that was presented; on one front, too, the newer token wins, whatever the attach', async (t) => {
  const { client, front, heard } = await gatewayStage(t)
  const numberOf = async (token: string): Promise<number> =>
    (await front.admission.resume(token)).identity.tokenGeneration
  const first = client()
  const { resume: one } = await first.welcome({ connectionAttempt: 1 })
  assert.equal(await numberOf(one), 1)
  const { resume: lost } = await client().welcome({ resume: one, connectionAttempt: 2 })
  assert.equal((await first.closed).code, closeCodeOf('replaced'))
  const relink = client()
  const { resume: two } = await relink.welcome({ resume: one, connectionAttempt: 3 })
  assert.deepEqual(
    [await numberOf(lost), await numberOf(two)],
    [2, 2],
    'who has lost its WELCOME comes with the old one again',
  )
  const newer = client()
  await newer.welcome({ resume: two, connectionAttempt: 2 })
  assert.equal((await relink.closed).code, closeCodeOf('replaced'))
  const stale = await client().open()
  stale.hello({ resume: one, connectionAttempt: 1e9 })
  assert.equal((await stale.closed).code, closeCodeOf('replaced'))
  newer.link(1)
  const [link] = await heard('masterLink')
  assert.ok(link?.type === 'masterLink')
  assert.equal(link.identity.tokenGeneration, 2, 'the owner hears which token it was')
})

test('L4 a newer socket of a session takes its place here: the older is closed with replaced', async (t) => {
  const { client, heard, gateway } = await gatewayStage(t)
  const older = client()
  const { resume, sessionId } = await older.welcome({ connectionAttempt: 1 })
  older.link(1)
  const [link] = await heard('masterLink')
  assert.ok(link?.type === 'masterLink')
  const newer = client()
  await newer.welcome({ resume, connectionAttempt: 2 })
  assert.equal((await older.closed).code, closeCodeOf('replaced'))
  const [gone] = await heard('detach')
  assert.deepEqual(gone, { type: 'detach', ref: link.ref, reason: 'replaced', graceMs: 0 })
  const stale = await client().open()
  stale.hello({ resume, connectionAttempt: 1 })
  assert.equal((await stale.closed).code, closeCodeOf('replaced'))
  newer.say({ type: 'ping', sent: 1 })
  await newer.next('pong')
  assert.equal(gateway.inspect().sessions, 1)
  assert.equal(newer.all('welcome')[0]?.sessionId, sessionId)
})
