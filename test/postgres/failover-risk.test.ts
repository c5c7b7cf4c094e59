/** What a back says at its start of what a failover of its database may lose, on a real primary with a standby. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { postgresDriver } from '../../src/postgres/postgres-driver.js'
import { startBack } from '../../src/run/start-back.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { cleanUp } from '../support/clean-up.js'
import { KeptLog } from '../support/front-stage.js'
import { PostgresNode } from '../support/postgres-node.js'
import { postgresBin, postgresMissing } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const app = defineApp({ channels: { lobby: defineChannel({ state: () => ({}), durability: 'log' }).implement({}) } })

async function rows(url: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const Client = await postgresDriver()
  const client = new Client({ connectionString: url, application_name: 'administrator', keepAlive: true })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** What a back says that starts now. */
async function said(t: TestContext, url: string) {
  const log = new KeptLog()
  const runtime = nodeRuntime({ log })
  const cluster = postgresCluster({ url, key: KEY, runtime })
  const back = await startBack(app, { cluster, id: 'back-1', adminPort: 0, runtime })
  cleanUp(t, async () => {
    await back.close()
    await cluster.close()
  })
  const ready = await fetch(`${back.adminUrl}/readyz`)
  const { failover } = back.inspect().durability ?? {}
  await back.close()
  await cluster.close()
  const warned = log.lines.filter(({ event }) => event === 'store.failover-risk').map(({ fields }) => fields)
  return { status: ready.status, text: (await ready.text()).trim(), failover, warned }
}

test(
  '[G4] a back says at its start, by log, /readyz and inspect(), that a failover may lose what was confirmed',
  {
    skip: postgresMissing,
  },
  async (t) => {
    const primary = await PostgresNode.create(postgresBin() ?? '')
    cleanUp(t, () => primary.remove())
    await primary.start()
    const alone = await said(t, primary.url)
    assert.deepEqual(alone, {
      status: 200,
      text: 'ready',
      failover: { standbys: 0, keptOn: 'one-machine' },
      warned: [],
    })

    const standby = await PostgresNode.standbyOf(primary)
    cleanUp(t, () => standby.remove())
    await standby.start()
    const standbys = (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      rows(primary.url, 'SELECT sync_state FROM pg_stat_replication')
    await until('the standby follows', async () => (await standbys()).length === 1)
    const beside = await said(t, primary.url)
    assert.deepEqual(beside.failover, { standbys: 1, keptOn: 'one-machine' })
    assert.deepEqual(beside.warned, [{ back: 'back-1', standbys: 1, keptOn: 'one-machine' }])
    assert.match(beside.text, /^ready; a failover of the database may lose what it confirmed last/)

    await rows(primary.url, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (*)'")
    await rows(primary.url, 'SELECT pg_reload_conf()')
    await until('the standby is synchronous', async () => (await standbys())[0]?.['sync_state'] === 'quorum')
    const safe = await said(t, primary.url)
    assert.deepEqual(safe, {
      status: 200,
      text: 'ready',
      failover: { standbys: 1, keptOn: 'two-machines' },
      warned: [],
    })
  },
)
