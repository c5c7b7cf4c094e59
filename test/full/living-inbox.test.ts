/** Transfers that the application commits, each with a message to a channel, while backs and the database are killed. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { connect } from '../../src/client/node.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { type PostgresClient, postgresDriver } from '../../src/postgres/postgres-driver.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { cleanUp } from '../support/clean-up.js'
import { inboxApp } from '../support/inbox-process.js'
import { LIVING_KEY } from '../support/living-process.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const TRANSFERS = 10_000
const ACCOUNTS = 8
const SENDERS = 4
const BACKS = ['back-1', 'back-2', 'back-3']
const WAIT_MS = 600_000

/** Each tenth is taken back. The table says what was committed, whatever a sender heard of it. */
async function send(server: PostgresServer, sender: number, sent: (id: number) => void): Promise<void> {
  const Client = await postgresDriver()
  let client: PostgresClient | null = null
  for (let id = sender + 1; id <= TRANSFERS; id += SENDERS) {
    try {
      if (client === null) {
        client = new Client({ connectionString: server.url, application_name: 'an application', keepAlive: true })
        client.on('error', () => {})
        await client.connect()
      }
      const credit = JSON.stringify({ id, amount: id % 7 })
      await client.query('BEGIN')
      await client.query('INSERT INTO transfers (id, account) VALUES ($1, $2)', [id, id % ACCOUNTS])
      await client.query(`SELECT centrum.send($1, 'credited', $2)`, [`account/${id % ACCOUNTS}`, credit])
      await client.query(id % 10 === 0 ? 'ROLLBACK' : 'COMMIT')
    } catch {
      client?.connection.stream.destroy()
      client = null
    }
    sent(id)
  }
  await client?.end()
}

class Backs {
  readonly #url: string
  readonly #running = new Map<string, ChildProcess>()

  constructor(t: TestContext, url: string) {
    this.#url = url
    cleanUp(t, () => Promise.all(BACKS.map((id) => this.kill(id))).then(() => undefined))
  }

  async start(id: string): Promise<void> {
    const args = [...ownExecArgv, ownFile('test/support/inbox-process.ts'), id, this.#url]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#running.set(id, child)
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`${id} ended with ${code}`)))
    })
  }

  async kill(id: string): Promise<void> {
    const child = this.#running.get(id)
    this.#running.delete(id)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

test(
  '[G3] [G8] ten thousand transfers, each committed with a message, through kills of backs and of the database: each has come once, those rolled back never',
  { skip: postgresMissing },
  async (t) => {
    const server = await startPostgres()
    cleanUp(t, () => server.stop())
    const runtime = nodeRuntime({ log: silentLog })
    const cluster = postgresCluster({ url: server.url, key: LIVING_KEY, runtime })
    cleanUp(t, () => cluster.close())
    const backs = new Backs(t, server.url)
    await Promise.all(BACKS.map((id) => backs.start(id)))
    const sql = async (text: string): Promise<readonly Record<string, unknown>[]> => {
      const Client = await postgresDriver()
      const client = new Client({ connectionString: server.url, application_name: 'a test', keepAlive: true })
      await client.connect()
      const { rows } = await client.query(text)
      await client.end()
      return rows
    }
    await sql('CREATE TABLE transfers (id int PRIMARY KEY, account int NOT NULL)')
    let count = 0
    const sending = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(server, sender, () => count++)))
    for (let round = 0; round < 6; round++) {
      const wanted = Math.floor((TRANSFERS * (round + 1)) / 8)
      await until('transfers are made', () => count >= wanted, WAIT_MS)
      if (round === 3) {
        await server.kill()
        await server.start()
        continue
      }
      const [channel] = (await cluster.channels({ pattern: 'account/*' })).filter(({ owner }) => owner !== null)
      const victim = channel?.owner ?? 'back-1'
      await backs.kill(victim)
      await backs.start(victim)
    }
    await sending
    await until(
      'the inbox is empty',
      async () => (await sql('SELECT FROM centrum.inbox LIMIT 1')).length === 0,
      WAIT_MS,
    )
    const front = await startFront(inboxApp, { cluster, port: 0, runtime })
    cleanUp(t, () => front.close())
    const connection = connect<typeof inboxApp>(front.url)
    cleanUp(t, () => connection.close())
    const committed = await sql('SELECT id, account FROM transfers ORDER BY id')
    assert.ok(committed.length > TRANSFERS * 0.8, `${committed.length} were committed`)
    for (let account = 0; account < ACCOUNTS; account++) {
      const link = await connection.link(`account/${account}`, { timeoutMs: WAIT_MS })
      const ids = committed.filter((row) => row['account'] === account).map((row) => Number(row['id']))
      assert.deepEqual(
        [...link.state.times.keys()].sort((a, b) => a - b),
        ids,
      )
      assert.deepEqual(new Set(link.state.times.values()), new Set([1]))
    }
    assert.deepEqual(await sql('SELECT * FROM centrum.rejected'), [])
  },
)
