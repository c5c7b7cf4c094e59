/** The contract of stores, for PostgreSQL: a schema for each test. */
import { after, before, test } from 'node:test'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { postgresDriver } from '../../src/postgres/postgres-driver.js'
import { quoted } from '../../src/postgres/migrate.js'
import { PostgresStore } from '../../src/postgres/postgres-store.js'
import { cleanUp } from '../support/clean-up.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { storeContract } from '../contract/store-contract.js'

const { clock } = nodeRuntime({ logLevel: 'silent' })
let server: PostgresServer
let schemas = 0

if (postgresMissing) {
  test('PostgreSQL keeps the contract of stores', { skip: postgresMissing }, () => {})
} else {
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())

  storeContract(
    'postgres',
    (t) => {
      const schema = `centrum ${++schemas}`
      const opened: PostgresStore[] = []
      const end = async (): Promise<void> => {
        for (const store of opened.splice(0)) await store.abandon()
      }
      cleanUp(t, end)
      return {
        open() {
          const limits = { statementMs: 10_000, lockMs: 300, journalBytesMax: 2 ** 20 }
          const store = new PostgresStore({ url: server.url, name: 'the database', schema, clock, ...limits })
          opened.push(store)
          return store
        },
        crash: end,
        seal: async (backId) => void (await opened[0]?.seal(backId)),
        send: (channelId, message, json) => sendBySql(server.url, schema, [channelId, message, json]),
      }
    },
    { isShared: true },
  )
}

/** As an application does. */
async function sendBySql(url: string, schema: string, values: readonly string[]): Promise<void> {
  const Client = await postgresDriver()
  const client = new Client({ connectionString: url, application_name: 'an application', keepAlive: true })
  await client.connect()
  await client.query(`SELECT ${quoted(schema)}.send($1, $2, $3)`, values)
  await client.end()
}
