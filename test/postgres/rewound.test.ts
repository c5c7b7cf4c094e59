/** A real failover to a standby that lacks what was confirmed last: it is found, counted, and told to clients. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../../src/client/node.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { postgresDriver } from '../../src/postgres/postgres-driver.js'
import { startBack } from '../../src/run/start-back.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { cleanUp } from '../support/clean-up.js'
import { KeptLog } from '../support/front-stage.js'
import { freePort, PostgresNode } from '../support/postgres-node.js'
import { postgresBin, postgresMissing } from '../support/postgres-server.js'
import { TcpDoor } from '../support/tcp-door.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const counter = defineChannel({
  state: () => ({ count: 0 }),
  requests: { add: { input: unchecked<number>() } },
  durability: 'log',
}).implement({ onRequest: { add: ({ state }, _client, by) => (state.count += by) } })
const app = defineApp({ channels: { counter } })

test(
  '[G4] what an asynchronous standby lacks after a failover is found and counted, and clients are reset to what is left',
  {
    skip: postgresMissing,
  },
  async (t) => {
    const primary = await PostgresNode.create(postgresBin() ?? '')
    cleanUp(t, () => primary.remove())
    await primary.start()
    const door = new TcpDoor(await freePort(), primary.port)
    cleanUp(t, () => door.close())
    const standby = await PostgresNode.standbyOf(primary)
    cleanUp(t, () => standby.remove())

    const log = new KeptLog()
    const runtime = nodeRuntime({ log })
    const cluster = postgresCluster({ url: `postgres://centrum@127.0.0.1:${door.port}/postgres`, key: KEY, runtime })
    cleanUp(t, () => cluster.close())
    const back = await startBack(app, { cluster, id: 'back-1', runtime })
    cleanUp(t, () => back.close())
    const front = await startFront(app, { cluster, id: 'front-1', port: 0, runtime })
    cleanUp(t, () => front.close())
    const connection = connect<typeof app>(front.url)
    cleanUp(t, () => connection.close())
    const link = await connection.link('counter')
    const resets: (string | undefined)[] = []
    link.onReset((reason) => resets.push(reason))
    assert.equal(await link.request('add', 1), 1)

    // The standby has this one, and is away while the others are confirmed.
    await standby.start()
    await until('the standby has the first', async () => (await turnsAt(standby)) > 0)
    await standby.end('SIGINT')
    assert.deepEqual([await link.request('add', 1), await link.request('add', 1)], [2, 3])

    await primary.crash()
    await standby.start()
    await standby.promote()
    door.leadTo(standby.port)
    await until('the client is reset', () => resets.length > 0)
    assert.equal(await link.request('add', 10), 11)
    assert.deepEqual([link.state.count, resets.length], [11, 1])
    const fenced = log.lines
      .filter(({ event }) => event === 'store.fenced')
      .map(({ fields }) => String(fields['message']))
    assert.match(
      fenced.join('\n'),
      /on timeline 00000002 without [1-9]\d* commits that were confirmed on timeline 00000001/,
    )
  },
)

/** Commits of turns that a standby has; 0 also before it has the tables. */
async function turnsAt(node: PostgresNode): Promise<number> {
  const Client = await postgresDriver()
  const client = new Client({ connectionString: node.url, application_name: 'administrator', keepAlive: true })
  await client.connect()
  try {
    const tables = await client.query("SELECT to_regclass('centrum.journal') IS NOT NULL AS there")
    if (tables.rows[0]?.['there'] !== true) return 0
    const { rows } = await client.query('SELECT count(*)::int AS n FROM centrum.journal WHERE kind = 0')
    return Number(rows[0]?.['n'])
  } finally {
    await client.end()
  }
}
