/**
 * What docs/errors.md says that a message or its details hold, they hold: each case is a real one, met as a user meets it. Codes
 * whose headings promise nothing of the message are shown where the tests of their parts are.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  AuthenticationRefused,
  BackMaster,
  broadcastable,
  type CentrumError,
  channelId,
  defineApp,
  defineChannel,
  FrontMaster,
  internal,
  LinkRefused,
  nodeRuntime,
  startApp,
  staticCluster,
  unchecked,
} from '../../src/index.js'
import { filesUnder } from '../support/files-under.js'
import { connect } from '../../src/client/node.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { StateEncoder, StateMirror } from '../../src/state/index.js'
import { createTestCluster, type TestClusterOptions } from '../../src/testing/index.js'
import { readFileSync } from 'node:fs'
import type { ErrorCode } from '../../src/protocol/errors.js'
import { inProject } from '../support/project-root.js'

const room = defineChannel({
  state: () => ({ count: 0 }),
  options: z.object({ team: z.string() }),
  messages: {
    add: z.number(),
    fail: unchecked<null>(),
    credit: internal(unchecked<number>()),
    shout: broadcastable(unchecked<string>()),
  },
  requests: { wait: { input: unchecked<null>() }, kick: { input: unchecked<string>() }, mend: { input: z.string() } },
}).implement({
  onLink(_ctx, _client, { team }) {
    if (team === 'none') throw new LinkRefused('choose a team', { details: { teams: ['red'] } })
  },
  onMessage: {
    add: (ctx, _client, by) => (ctx.state.count += by),
    fail() {
      throw new Error('a secret of the server')
    },
    credit() {},
    shout() {},
  },
  onRequest: {
    wait: () => new Promise(() => {}),
    kick(ctx, client, why) {
      ctx.kick(client, why)
      return new Promise(() => {})
    },
    mend: (_ctx, _client, text) => text,
  },
})
const strict = defineChannel({
  state: () => ({}),
  writers: 'processor',
  messages: { move: unchecked<null>() },
}).implement({ onMessage: { move() {} } })
const app = defineApp({
  channels: { 'room/:id': room, strict },
  authenticate({ token }) {
    if (token === 'bad') throw new AuthenticationRefused('log in again')
    if (token === 'broken') throw new Error('no database')
    return { userId: token ?? 'ada' }
  },
})
const red = { options: { team: 'red' } }
const quiet = nodeRuntime({ logLevel: 'silent' })
const KEY = 'a key for tests that has its thirty-two bytes'

/** Links a client to a room of a cluster, and gives both to a case. */
async function linked(options: TestClusterOptions = {}) {
  const cluster = await createTestCluster(app, { log: () => {}, ...options })
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link('room/1', red)
  /** What a message is refused with. */
  const refusal = async (send: () => void): Promise<CentrumError> => {
    const refused: CentrumError[] = []
    link.onRefused((_n, error) => refused.push(error))
    send()
    await cluster.advance(500)
    return refused[0] ?? assert.fail('nothing was refused')
  }
  return { cluster, ada, link, refusal }
}

async function failure(run: () => unknown): Promise<CentrumError> {
  try {
    await run()
  } catch (error) {
    // Of state and bytes alone the errors have a class of their own, with the same fields.
    if (error instanceof Error && 'code' in error) return error as CentrumError
    throw error
  }
  return assert.fail('it did not fail')
}

interface Promised {
  readonly error: CentrumError
  /** What the heading promises of the message, and of the details. */
  readonly says: RegExp
  readonly details?: unknown
}

const CASES: { readonly [Code in ErrorCode]?: () => Promise<Promised> } = {
  async 'authentication-refused'() {
    await using server = await startApp(app, { port: 0, runtime: quiet })
    const connection = connect<typeof app>(server.url, { token: () => 'bad' })
    const error = await failure(() => connection.link('room/1', red))
    await connection.close()
    return { error, says: /^log in again$/ }
  },
  async 'link-refused'() {
    const { ada } = await linked()
    const error = await failure(() => ada.link('room/2', { options: { team: 'none' } }))
    return { error, says: /^choose a team$/, details: { teams: ['red'] } }
  },
  async 'too-large'() {
    const { link, refusal } = await linked({ frontLimits: { payloadBytesMax: 1_024 } })
    const error = await refusal(() => link.send('shout', 'x'.repeat(2_000)))
    return { error, says: /2\d\d\d bytes.*\b1024\b.*payloadBytesMax/ }
  },
  async invalid() {
    const { ada, refusal, link } = await linked()
    const options = await failure(() => ada.link('room/2', { options: { team: 7 as unknown as string } }))
    assert.match(JSON.stringify(options.details), /"team"/, 'issues of options have their paths')
    const error = await refusal(() => link.send('add', 'one' as unknown as number))
    assert.match(JSON.stringify(error.details), /message/)
    return { error, says: /add/ }
  },
  async 'not-declared'() {
    const { link, refusal } = await linked()
    const error = await refusal(() => link.send('ad' as 'add', 1))
    return { error, says: /'ad'.*Did you mean 'add'\?/ }
  },
  async 'not-permitted'() {
    const { link, refusal } = await linked()
    return { error: await refusal(() => link.send('credit' as never, 1 as never)), says: /'credit' is internal/ }
  },
  async 'not-processor'() {
    const { cluster, ada } = await linked()
    const link = await ada.link('strict')
    const refused: CentrumError[] = []
    link.onRefused((_n, error) => refused.push(error))
    link.send('move', null)
    await cluster.advance(500)
    return { error: refused[0] ?? assert.fail('it was not refused'), says: /processor/ }
  },
  async 'handler-failed'() {
    const { link, refusal } = await linked()
    const error = await refusal(() => link.send('fail', null))
    assert.doesNotMatch(error.message, /secret/, 'what was thrown stays on the server')
    return { error, says: /fail/ }
  },
  async 'handler-timeout'() {
    const { link } = await linked()
    const error = await failure(() => link.request('wait', null, { timeoutMs: 60_000 }))
    return { error, says: /10000 ms.*handlerMsMax/ }
  },
  async kicked() {
    const { link } = await linked()
    return { error: await failure(() => link.request('kick', 'for cheating')), says: /for cheating/ }
  },
  async 'unknown-channel'() {
    const { ada } = await linked()
    return { error: await failure(() => ada.link('rom/1' as 'room/1', red)), says: /rom\/1/ }
  },
  async 'buffer-full'() {
    const { cluster, link } = await linked()
    cluster.partition(['front-1'], ['back-1'])
    const fill = (): void => {
      for (let i = 0; i < 100_000; i++) link.send('add', 1)
    }
    return { error: await failure(fill), says: /\d+/ }
  },
  async timeout() {
    const { link } = await linked()
    return { error: await failure(() => link.request('wait', null, { timeoutMs: 50 })), says: /50 ms/ }
  },
  async aborted() {
    const { link } = await linked()
    return { error: await failure(() => link.request('wait', null, { signal: AbortSignal.abort() })), says: /abort/i }
  },
  async 'no-processor'() {
    const { ada } = await linked()
    return { error: await failure(() => ada.send('add', 1)), says: /'add' has no processor.*link\.send.*setProcessor/ }
  },
  async 'not-linked'() {
    const { link } = await linked()
    await link.unlink()
    return { error: await failure(() => link.send('add', 1)), says: /room\/1/ }
  },
  async unknown() {
    const { cluster, link } = await linked()
    const answer = failure(() => link.request('wait', null))
    await cluster.advance(200)
    cluster.kill('back-1')
    await cluster.advance(1_000)
    cluster.restart('back-1')
    await cluster.advance(10_000)
    return { error: await answer, says: /'room\/1'.*reset/ }
  },
  async 'invalid-option'() {
    const error = await failure(() => startApp(app, { port: '8070' as unknown as number }))
    return { error, says: /port is '8070', a string\. It must be a whole number from 0 to 65535/ }
  },
  async 'missing-key'() {
    const backs = [{ id: 'back-1', address: 'tcp://10.0.0.1:4100' }]
    return { error: await failure(() => staticCluster({ backs })), says: /npx centrum key/ }
  },
  async 'invalid-definition'() {
    const error = await failure(() => defineChannel({ state: () => ({}), mesages: {} } as never))
    return { error, says: /'mesages'.*Did you mean 'messages'\?/ }
  },
  async 'invalid-channel-id'() {
    return { error: await failure(() => channelId('room/:id', { id: 'a/b' })), says: /a\/b/ }
  },
  async 'not-encodable'() {
    const encoder = new StateEncoder<Record<string, unknown>>({ a: {} })
    encoder.state['a'] = { when: new Date(0) }
    return { error: await failure(() => encoder.patch()), says: /\$\.a\.when is a Date/ }
  },
  async 'decode-error'() {
    return { error: await failure(() => new StateMirror().load(new Uint8Array([1]))), says: /./ }
  },
  async 'already-running'() {
    const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1' }], key: KEY })
    const back = new BackMaster(app, { id: 'back-1', cluster, runtime: quiet, network: new InProcessNetwork() })
    await back.listen()
    const error = await failure(() => back.listen())
    await back.stop()
    return { error, says: /back-1/ }
  },
  async stopped() {
    const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1' }], key: KEY })
    const front = new FrontMaster(app, { id: 'front-1', cluster, runtime: quiet, network: new InProcessNetwork() })
    await front.stop()
    return { error: await failure(() => front.client({ userId: 'ada' }).link('room/1', red)), says: /stopped/ }
  },
  async 'not-built'() {
    const refused: CentrumError[] = []
    const moving = defineChannel({ state: () => ({}) }).implement({
      async onOpen(ctx) {
        refused.push(await failure(() => (ctx as unknown as { transfer(): Promise<void> }).transfer()))
      },
    })
    const cluster = staticCluster({ backs: [{ id: 'back-1', address: 'memory:back-1' }], key: KEY })
    const moves = defineApp({ channels: { moving } })
    const back = new BackMaster(moves, { id: 'back-1', cluster, runtime: quiet, network: new InProcessNetwork() })
    await back.listen()
    await back.open('moving')
    await back.stop()
    return { error: refused[0] as CentrumError, says: /ctx\.transfer is not built yet/ }
  },
  async 'address-in-use'() {
    await using server = await startApp(app, { port: 0, runtime: quiet })
    const port = Number(new URL(server.url).port)
    return { error: await failure(() => startApp(app, { port, runtime: quiet })), says: new RegExp(String(port)) }
  },
}

for (const [code, meet] of Object.entries(CASES)) {
  test(`G5 ${code}: the message and the details are what docs/errors.md says`, async () => {
    const { error, says, details } = await meet()
    assert.equal(error.code, code, error.message)
    assert.match(error.message, says)
    if (details !== undefined) assert.deepEqual(error.details, details)
  })
}

test('G5 every code of docs/errors.md is met by a test', () => {
  const codes = [...readFileSync(inProject('docs/errors.md'), 'utf8').matchAll(/^### `([\w-]+)`$/gm)].map(
    ([, code]) => code ?? '',
  )
  const tests = filesUnder('test')
    .filter((path) => path.endsWith('.ts') && !path.startsWith('test/house') && !path.includes('errors-document'))
    .map((path) => readFileSync(inProject(path), 'utf8'))
  // Those of stores belong to the suite that each store has to pass.
  const unmet = codes.filter(
    (code) => !code.startsWith('store-') && !(code in CASES) && !tests.some((text) => text.includes(`'${code}'`)),
  )
  assert.deepEqual(unmet, [])
})
