/** `centrum cluster` on a real PostgreSQL: what it says to a person and as JSON, and what it does. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { clusterCommand } from '../../src/cli/cluster-command.js'
import type { Terminal } from '../../src/cli/terminal.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { quoted } from '../../src/postgres/migrate.js'
import { postgresCluster, type PostgresCluster } from '../../src/postgres/postgres-cluster.js'
import { postgresDriver } from '../../src/postgres/postgres-driver.js'
import type { PostgresStore } from '../../src/postgres/postgres-store.js'
import { startBack } from '../../src/run/start-back.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { claimed, memberOf } from '../contract/store-place.js'
import { cleanUp } from '../support/clean-up.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const runtime = nodeRuntime({ log: silentLog })
let server: PostgresServer
let schemas = 0
let isMended = false

const account = defineChannel({
  state: () => ({ got: [] as number[] }),
  messages: { credited: internal(unchecked<number>()) },
  durability: 'log',
  tickMs: 5,
}).implement({
  onMessage: {
    credited(ctx, _sender, value) {
      if (value < 0 && !isMended) throw new Error('below zero')
      ctx.state.got.push(value)
    },
  },
})
const room = defineChannel({ state: () => ({}) }).implement({})
const app = defineApp({ channels: { 'account/:id': account, 'room/:id': room, 'room/kept': account } })

if (postgresMissing) {
  test('centrum cluster on PostgreSQL', { skip: postgresMissing }, () => {})
} else {
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  onPostgres()
}

interface Stage {
  readonly schema: string
  readonly cluster: (url?: string) => PostgresCluster
  /** What the command says, as text. */
  readonly centrum: (...args: string[]) => Promise<string>
  readonly json: (...args: string[]) => Promise<unknown>
  readonly sql: (text: string, url?: string) => Promise<readonly Record<string, unknown>[]>
}

function stage(t: TestContext): Stage {
  const schema = `command ${++schemas}`
  const centrum = async (...args: string[]): Promise<string> => {
    const said: string[] = []
    const terminal = { say: (line: string) => said.push(line) } as unknown as Terminal
    await clusterCommand.run([...args, '--cluster', server.url, '--schema', schema], { terminal, environment: {} })
    return said.join('\n')
  }
  return {
    schema,
    cluster(url = server.url) {
      const made = postgresCluster({ url, key: KEY, schema, pollMs: 100, runtime })
      cleanUp(t, () => made.close())
      return made
    },
    centrum,
    json: async (...args) => JSON.parse(await centrum(...args, '--json')) as unknown,
    async sql(text, url = server.url) {
      const Client = await postgresDriver()
      const client = new Client({ connectionString: url, application_name: 'a test', keepAlive: true })
      await client.connect()
      try {
        return (await client.query(text)).rows
      } finally {
        await client.end()
      }
    },
  }
}

function onPostgres(): void {
  test('status, channels, cordon, uncordon, move and drain say what they found and did', async (t) => {
    const { centrum, json, cluster } = stage(t)
    assert.equal(await centrum('status'), 'The cluster has no back.')
    for (const id of ['back-1', 'back-2']) {
      const back = await startBack(app, { id, cluster: cluster(), runtime })
      cleanUp(t, () => back.close())
      if (id === 'back-1') await back.open('account/1')
    }
    assert.match(
      await centrum('status'),
      /^BACK {4}ADDRESS +CHANNELS {2}STATE +PATTERNS\nback-1 {2}tcp:\/\/\S+ +1 +serving {2}\*\*\nback-2 /,
    )
    assert.match(await centrum('channels'), /^CHANNEL +OWNER +EPOCH {2}LINKS {2}SUMMARY\naccount\/1 {2}back-1 {2}1 /)
    assert.equal(await centrum('cordon', 'back-1'), "'back-1' takes no more channels, and keeps those it has.")
    assert.match(await centrum('status'), /back-1 .*cordoned/)
    assert.equal(await centrum('uncordon', 'back-1'), "'back-1' takes channels again.")
    assert.deepEqual(await json('move', 'account/1', 'back-2'), { moved: 'account/1', to: 'back-2' })
    assert.deepEqual(await json('drain', 'back-2'), { drained: 'back-2' })
    const { backs, faulted, rejected } = (await json('status')) as { backs: { id: string }[]; faulted: []; rejected: 0 }
    assert.deepEqual([backs.map(({ id }) => id), faulted, rejected], [['back-1', 'back-2'], [], 0])
    const listed = (await json('channels', 'account/*')) as { id: string }[]
    assert.deepEqual(
      listed.map(({ id }) => id),
      ['account/1'],
    )
    assert.deepEqual(await json('channels', 'room/*'), [])
    assert.deepEqual(await json('migrate'), { migrated: true })
    await assert.rejects(centrum('drain', '--retry', 'back-1'), /--retry belongs to centrum cluster rejected\./)
  })

  test('[G5] rejected lists what no channel took; retry sends it again, and drop forgets it', async (t) => {
    const { centrum, json, cluster, sql, schema } = stage(t)
    const back = await startBack(app, { id: 'back-1', cluster: cluster(), runtime })
    cleanUp(t, () => back.close())
    assert.equal(await centrum('rejected'), 'No message was rejected.')
    const send = (channel: string, message: string, payload: string) =>
      sql(`SELECT ${quoted(schema)}.send('${channel}', '${message}', '${payload}')`)
    await send('account/1', 'credited', '-5')
    await send('account/1', 'debited', '{"n":1}')
    await send('nothing', 'credited', '1')
    await send('account/1', 'credited', '2')
    await assert.rejects(send('room/1', 'credited', '1'), /'room\/1' exists only in memory/)
    await send('room/kept', 'credited', '1')
    await assert.rejects(
      send('account/1', 'credited', `"${'x'.repeat(2 ** 20)}"`),
      /the payload has 1048578 bytes, the limit is 1048576/,
    )
    const state = (id: 'account/1' | 'room/kept') => back.channel(id).state
    await until('all are taken or refused', async () => (await sql(`SELECT FROM ${quoted(schema)}.inbox`)).length === 0)
    assert.deepEqual([...state('account/1').got], [2])
    assert.deepEqual([...state('room/kept').got], [1], 'the more exact segment wins')
    const lines = (await centrum('rejected')).split('\n')
    assert.match(lines[0] ?? '', /^NUMBER {2}AT +CHANNEL +MESSAGE +PAYLOAD +WHY$/)
    assert.match(lines[1] ?? '', /account\/1 +credited +-5 +handler-failed: below zero$/)
    assert.match(lines[2] ?? '', /account\/1 +debited +\{"n":1\} +not-declared: /)
    assert.match(lines[3] ?? '', /nothing +credited +1 +unknown-channel: /)
    assert.match(await centrum('status'), /\nRejected messages: 3\. centrum cluster rejected lists them\.$/)
    const all = (await json('rejected', 'account/*')) as { id: number; message: string; payload: unknown }[]
    assert.deepEqual(
      all.map(({ message, payload }) => [message, payload]),
      [
        ['credited', -5],
        ['debited', { n: 1 }],
      ],
    )
    assert.equal(await centrum('rejected', '--drop', `${all[1]?.id}`), '1 message was dropped.')
    isMended = true
    assert.equal(await centrum('rejected', 'account/1', '--retry'), '1 message was retried.')
    await until('it has come', () => state('account/1').got.length === 2)
    assert.deepEqual([...state('account/1').got], [2, -5])
    await assert.rejects(centrum('rejected', '--drop'), /Say which messages/)
  })

  test('[G5] fault --clear opens a channel again that was faulted', async (t) => {
    const { centrum, json, cluster } = stage(t)
    const made = cluster()
    const journal = await (made.store as PostgresStore).join(memberOf('back-1'))
    await claimed(journal, 'account/1')
    await journal.fault('account/1', { reason: 'it killed its owners', at: 1_700_000_000_000 })
    await journal.close()
    assert.match(
      await centrum('status'),
      /FAULTED +SINCE +WHY\naccount\/1 {2}2023-11-14 22:13:20 {2}it killed its owners$/,
    )
    assert.match(await centrum('channels'), /account\/1 {2}faulted/)
    await assert.rejects(centrum('fault', 'account/1'), /centrum cluster fault --clear account\/1\./)
    assert.equal(await centrum('fault', '--clear', 'account/1'), "'account/1' can open again.")
    assert.deepEqual(await json('fault', '--clear', 'account/1'), { channel: 'account/1', wasFaulted: false })
    assert.deepEqual(((await json('status')) as { faulted: unknown }).faulted, [])
  })

  test('[G7] the role of fronts reads who is there, and no state, journal or message; that of senders only sends', async (t) => {
    const { centrum, json, cluster, sql, schema } = stage(t)
    const back = await startBack(app, { id: 'back-1', cluster: cluster(), runtime })
    cleanUp(t, () => back.close())
    await back.open('account/1')
    await sql(`CREATE ROLE front LOGIN; CREATE ROLE sender LOGIN`)
    for (const grant of (await centrum('grants', 'front')).split('\n')) await sql(grant)
    for (const grant of (await json('grants', 'sender', '--sender')) as string[]) await sql(grant)
    const [frontUrl, senderUrl] = ['front', 'sender'].map((role) => server.url.replace('centrum@', `${role}@`))
    const front = await startFront(app, {
      cluster: cluster(frontUrl),
      port: 0,
      publicUrl: 'ws://front.example',
      runtime,
    })
    cleanUp(t, () => front.close())
    await until('it has found the back', () => front.ready)
    const s = quoted(schema)
    assert.deepEqual(await sql(`SELECT public_url FROM ${s}.front`), [{ public_url: 'ws://front.example' }])
    const denied = [
      `INSERT INTO ${s}.journal (back, seq, run, kind) VALUES ('back-1', 99, 'x', 1)`,
      `SELECT bytes FROM ${s}.journal`,
      `SELECT image FROM ${s}.channel`,
      `UPDATE ${s}.back SET is_settled = true`,
      `SELECT * FROM ${s}.inbox`,
      `SELECT ${s}.send('account/1', 'credited', '1')`,
      `SELECT ${s}.claim('account/1', 0, 1, 'back-1', 'x')`,
    ]
    for (const statement of denied) await assert.rejects(sql(statement, frontUrl), /permission denied/, statement)
    for (const statement of [...denied.slice(0, 5), `SELECT * FROM ${s}.back`, denied[6] ?? ''])
      await assert.rejects(sql(statement, senderUrl), /permission denied/, statement)
    await sql(`SELECT ${s}.send('account/1', 'credited', '7')`, senderUrl)
    await until('it has come', () => (back.channel('account/1').state as { got: number[] }).got.includes(7))
  })
}
