/** Who is let in again: resume tokens, what they are bound to, what a front remembers of sessions that are over. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { App } from '../../src/channel/app.js'
import { AuthenticationRefused } from '../../src/channel/authentication-refused.js'
import { readClusterKeys } from '../../src/cluster/cluster-key.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { defineApp, defineChannel } from '../../src/index.js'
import { ResumeTokens } from '../../src/front/resume-token.js'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import { closeCodeOf, type Reason } from '../../src/protocol/reasons.js'
import { freshKey } from '../../src/runtime/fresh-key.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { createTestCluster } from '../../src/testing/index.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { cleanUp } from '../support/clean-up.js'
import { frontStage, stageApp } from '../support/front-stage.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'

const { random } = nodeRuntime({ logLevel: 'silent' })
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const OLD = bytes('the old key, which has thirty-two bytes')
const NEW = bytes('the new key, which has thirty-two bytes')
const SESSION = {
  sessionId: 'a session',
  userId: 'ada@example.com',
  data: encodeValue({ role: 'a secret role' }),
  expiresAt: 2_000,
  tokenGeneration: 3,
  beganAt: 500,
  authenticatedAt: 700,
}

test('H5 G7 a token shows nothing of what it carries, and each is another', () => {
  const tokens = new ResumeTokens([OLD], 'chess', random)
  const [one, two] = [tokens.make(SESSION), tokens.make(SESSION)]
  assert.notEqual(one, two)
  assert.doesNotMatch(Buffer.from(one, 'base64url').toString('latin1'), /ada|secret|a session/)
  assert.deepEqual(tokens.read(one, 1_000), { state: 'valid', session: SESSION })
  assert.deepEqual(tokens.read(two, 2_000), { state: 'expired', session: SESSION })
})

test('H5 G7 a token is good for the app of its name and a key of the list, and not one bit may differ', () => {
  const token = new ResumeTokens([OLD], 'chess', random).make(SESSION)
  const readBy = (keys: Uint8Array[], name = 'chess') => new ResumeTokens(keys, name, random).read(token, 0).state
  assert.equal(readBy([NEW, OLD]), 'valid', 'an old key is good while keys change')
  assert.equal(readBy([NEW]), 'forged')
  assert.equal(readBy([OLD], 'poker'), 'forged')
  const again = new ResumeTokens([NEW, OLD], 'chess', random).make(SESSION)
  assert.equal(
    new ResumeTokens([OLD], 'chess', random).read(again, 0).state,
    'forged',
    'the first key makes new tokens',
  )
  const reader = new ResumeTokens([OLD], 'chess', random)
  const raw = Buffer.from(token, 'base64url')
  for (let bit = 0; bit < raw.length * 8; bit++) {
    const damaged = Buffer.from(raw)
    damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(reader.read(damaged.toString('base64url'), 0).state, 'forged', `bit ${bit}`)
  }
  for (let length = 0; length < raw.length; length++)
    assert.equal(reader.read(raw.subarray(0, length).toString('base64url'), 0).state, 'forged')
})

test('G7 a key may be a list; short and weak ones are refused, and none is shown', () => {
  assert.equal(readClusterKeys(freshKey(random)).length, 1)
  assert.equal(readClusterKeys([freshKey(random), random.bytes(32)]).length, 2)
  const backs = [{ id: 'back-1', address: 'memory:back-1', channels: ['*'] }]
  const cluster = staticCluster({ backs, key: [NEW, OLD] })
  assert.deepEqual(cluster.keys, [NEW, OLD])
  assert.deepEqual(cluster.key, NEW)
  for (const weak of ['secret'.repeat(6), 'x'.repeat(64), new Uint8Array(32), [freshKey(random), 'x'.repeat(32)]]) {
    assert.throws(
      () => staticCluster({ backs, key: weak }),
      (error: Error) =>
        /weak/.test(error.message) && /npx centrum key/.test(error.message) && !/secret|xx/.test(error.message),
    )
  }
  assert.throws(() => staticCluster({ backs, key: [] }), { code: 'invalid-option' })
})

const appWith = (more: Partial<App>): App => ({
  ...stageApp(),
  authenticate: () => ({ userId: 'ada', data: 1 }),
  ...more,
})

test('H5 revalidate is asked at each resume, and its word counts', async (t) => {
  let answer: () => unknown = () => undefined
  const asked: unknown[] = []
  const revalidate: App['revalidate'] = (client) => {
    asked.push(client)
    return answer()
  }
  const { client, log, heard } = await gatewayStage(t, { app: appWith({ revalidate }), limits: { authenticateMs: 50 } })
  let { resume } = await client().welcome()
  assert.deepEqual(asked, [], 'a new session was only just authenticated')
  const again = async (): Promise<void> => {
    const one = client()
    ;({ resume } = await one.welcome({ resume }))
    one.link(1)
  }
  await again()
  assert.deepEqual(asked, [{ userId: 'ada', data: 1 }])
  answer = () => Promise.resolve(2)
  await again()
  const [, second] = await heard('masterLink', 2)
  assert.ok(second?.type === 'masterLink')
  assert.equal(decodeValue(second.identity.data), 2, 'channels get the data as it is now')
  const refusedWith = async (reason: Reason): Promise<void> => {
    const one = await client().open()
    one.hello({ resume })
    assert.equal((await one.closed).code, closeCodeOf(reason))
  }
  answer = () => {
    throw new AuthenticationRefused('you are banned')
  }
  await refusedWith('authentication-refused')
  answer = () => assert.fail('the database is away')
  await refusedWith('authentication-failed')
  assert.equal(log.lines.filter(({ event }) => event === 'authentication.failed').length, 1)
  answer = () => new Promise(() => {})
  await refusedWith('authentication-failed')
})

test('H10 after BYE no front and no back takes the session back, as long as its token lives', async (t) => {
  const { client, front, back, cluster } = await gatewayStage(t)
  const one = client()
  const { resume, sessionId } = await one.welcome()
  one.say({ type: 'bye' })
  await one.closed
  const thief = await client().open()
  thief.hello({ resume })
  assert.equal((await thief.closed).code, closeCodeOf('session-expired'))
  assert.ok(cluster.key && front.limits.tokenMs === 300_000)
  assert.equal(back.all('end').length, 1)
  assert.equal(back.all('end')[0]?.type === 'end' && back.all('end')[0]?.sessionId, sessionId)
})

const room = defineChannel({ state: () => ({ here: [] as string[] }) }).implement({
  onLink: (ctx, client) => void ctx.state.here.push(client.id),
  onUnlink: (ctx, client) => void (ctx.state.here = ctx.state.here.filter((id) => id !== client.id)),
})

async function clusterOf(t: TestContext, sessions: 'many' | 'onePerUser' = 'many') {
  const cluster = await createTestCluster(defineApp({ channels: { room, 'side/:id': room }, sessions }), {
    backs: 2,
    fronts: 2,
  })
  cleanUp(t, () => cluster.close())
  return cluster
}

test('H10 kickUser ends all sessions of a user on all fronts, and no later one', async (t) => {
  const cluster = await clusterOf(t)
  const one = await cluster.connect({ userId: 'ada' }, { fronts: ['front-1'] })
  const two = await cluster.connect({ userId: 'ada' }, { fronts: ['front-2'] })
  const idle = await cluster.connect({ userId: 'ada' }, { fronts: ['front-2'] })
  const bob = await cluster.connect({ userId: 'bob' }, { fronts: ['front-2'] })
  const links = [await one.link('room'), await two.link('side/1'), await bob.link('room')]
  await cluster.advance(10)
  cluster.front('front-1').kickUser('ada', 'enough')
  await cluster.advance(1_000)
  assert.deepEqual([one.status, two.status, idle.status, bob.status], ['closed', 'closed', 'closed', 'connected'])
  assert.equal(links[0]?.status, 'closed')
  const again = await cluster.connect({ userId: 'ada' })
  await again.link('room')
  await cluster.advance(1_000)
  assert.deepEqual(links[2]?.state.here.length, 2)
  assert.throws(() => cluster.front('front-1').kickUser('ada', undefined as never), { code: 'invalid' })
})

test('L4 onePerUser: the newest session of a user stays, and one that resumes does not displace it', async (t) => {
  const cluster = await clusterOf(t, 'onePerUser')
  const old = await cluster.connect({ userId: 'ada' }, { fronts: ['front-1'] })
  const first = await old.link('room')
  await cluster.advance(10)
  const newer = await cluster.connect({ userId: 'ada' }, { fronts: ['front-2'] })
  const second = await newer.link('room')
  await cluster.advance(1_000)
  assert.deepEqual([old.status, first.status, second.status], ['closed', 'closed', 'live'])
  const lobby = await clusterOf(t, 'onePerUser')
  const tab = await lobby.connect({ userId: 'ada' }, { fronts: ['front-1'] })
  await lobby.advance(10)
  const fresh = await lobby.connect({ userId: 'ada' }, { fronts: ['front-2'] })
  const kept = await fresh.link('room')
  lobby.kill('front-1')
  lobby.restart('front-1')
  await lobby.advance(2_000)
  await assert.rejects(tab.link('room'), { code: 'replaced' })
  await lobby.advance(1_000)
  assert.equal(kept.status, 'live')
  assert.equal(fresh.status, 'connected')
})

const AGE_MS = 600_000
const BEAT_MS = 10_000

test('H9 after sessionAgeMsMax a client is asked for its token on the open socket', async (t) => {
  const users = ['ada', 'ada', 'bob']
  const tokens: (string | null)[] = []
  const authenticate: App['authenticate'] = ({ token, headers }) => {
    tokens.push(token)
    assert.equal('cookie' in headers, token !== null, 'kept for this')
    return { userId: users[tokens.length - 1] ?? 'ada' }
  }
  const { clock, front } = await frontStage(
    t,
    { limits: { sessionAgeMsMax: AGE_MS } },
    { app: appWith({ authenticate }) },
  )
  const sockets = new ClientSockets(front, { heartbeatMs: BEAT_MS, authenticateMs: 6 * BEAT_MS })
  const clients: ScriptedCarrier[] = []
  t.after(async () => {
    const closed = sockets.close()
    for (const each of clients) each.terminate()
    await closed
  })
  const welcome = async (resume = ''): Promise<ScriptedCarrier> => {
    const one = new ScriptedCarrier(sockets)
    clients.push(one)
    one.hello(resume)
    await clock.run(0)
    return one
  }
  const live = async (ms: number): Promise<void> => {
    for (let gone = 0; gone < ms; gone += BEAT_MS) {
      await clock.run(BEAT_MS)
      for (const each of clients) each.say({ type: 'ping', sent: 0 })
    }
  }
  const one = await welcome()
  one.say({ type: 'ping', sent: 1 })
  await live(AGE_MS - 2 * BEAT_MS)
  assert.equal(one.all('authenticate').length, 0)
  await live(4 * BEAT_MS)
  assert.equal(one.all('authenticate').length, 1)
  const { length } = one.all('welcome')
  one.say({ type: 'token', token: 'fresh' })
  await clock.run(0)
  assert.deepEqual(tokens, [null, 'fresh'])
  assert.equal(one.all('welcome').length, length + 1)
  await live(AGE_MS / 2)
  assert.equal(one.all('authenticate').length, 1, 'believed again')
  assert.equal(one.closedWith, null)
  await live(AGE_MS / 2 + 3 * BEAT_MS)
  one.say({ type: 'token', token: 'of another' })
  await clock.run(0)
  assert.equal(one.closedWith, closeCodeOf('session-expired'))

  const silent = await welcome()
  await live(AGE_MS + 9 * BEAT_MS)
  assert.equal(silent.closedWith, closeCodeOf('session-expired'))
  const pushy = await welcome()
  pushy.say({ type: 'token', token: 'unasked' })
  assert.equal(pushy.closedWith, closeCodeOf('protocol-error'))
})
