/** What becomes of commits to PostgreSQL when the server, the connection or its history goes: rules that only a real server shows. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { postgresDriver } from '../../src/postgres/postgres-driver.js'
import { quoted } from '../../src/postgres/migrate.js'
import { PostgresStore } from '../../src/postgres/postgres-store.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import type { Appended, Commit, Journal } from '../../src/store/store.js'
import { claimed, image, memberOf, refusal, store, turn, waiting } from '../contract/store-place.js'
import { cleanUp } from '../support/clean-up.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const { clock } = nodeRuntime({ logLevel: 'silent' })
let server: PostgresServer
let schemas = 0

if (postgresMissing) {
  test('PostgreSQL loses nothing that it confirmed', { skip: postgresMissing }, () => {})
} else {
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  lostAnswers()
  settings()
}

function storeOf(t: TestContext, own: { schema?: string; statementMs?: number; url?: string } = {}): PostgresStore {
  const { schema = `centrum ${++schemas}`, statementMs = 10_000, url = server.url } = own
  const limits = { statementMs, lockMs: 300, journalBytesMax: 65_536 }
  const made = new PostgresStore({ url, name: 'the database', schema, clock, ...limits })
  cleanUp(t, () => made.abandon())
  return made
}

/** Runs SQL as the server's administrator. */
async function sql(
  text: string,
  values: readonly string[] = [],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const Client = await postgresDriver()
  const client = new Client({ connectionString: server.url, application_name: 'administrator', keepAlive: true })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(text, values)
  await client.end()
  return rows
}

/** Gives a commit until it is decided. */
async function decided(journal: Journal, commit: Commit): Promise<Appended['outcome']> {
  return until('the commit is decided', async () => {
    const { outcome } = await journal.append(commit)
    return outcome === 'undecided' ? null : outcome
  })
}

function lostAnswers(): void {
  test('[G4] rule 1: a commit whose connection was cut is undecided, and stored once when it is given again', async (t) => {
    const journal = await storeOf(t).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const seq = journal.lastSeq
    for (let number = 1; number <= 8; number++) {
      const commit = { seq: seq + number, turns: [turn('a', epoch, number)], images: [] }
      const appended = journal.append(commit)
      await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'centrum b1 journal'`)
      const { outcome } = await appended
      assert.ok(outcome === 'stored' || outcome === 'undecided', outcome)
      assert.equal(await decided(journal, commit), 'stored')
    }
    assert.equal((await journal.read('a'))?.turns.length, 8)
    await journal.close()
  })

  test('[G4] rule 1: through crashes of the server nothing that was confirmed is lost, and nothing is there twice', async (t) => {
    const schema = `centrum ${++schemas}`
    const journal = await storeOf(t, { schema }).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const seq = journal.lastSeq
    let number = 0
    for (let crash = 0; crash < 3; crash++) {
      for (let i = 0; i < 20; i++) {
        number++
        const commit = { seq: seq + number, turns: [turn('a', epoch, number)], images: [] }
        const appended = journal.append(commit)
        if (i === 10) {
          await server.kill()
          await server.start()
        }
        await appended
        assert.equal(await decided(journal, commit), 'stored')
      }
    }
    await until('the run is closed', () =>
      journal.close().then(
        () => true,
        () => false,
      ),
    )
    const next = await storeOf(t, { schema }).join(memberOf('b1'))
    const { stored } = await claimed(next, 'a')
    assert.deepEqual(
      stored?.turns.map((each) => each.number),
      Array.from({ length: number }, (_, i) => i + 1),
    )
    await next.close()
  })

  test('rule 2: a statement that is not answered in time breaks its connection, and is undecided', async (t) => {
    const schema = `centrum ${++schemas}`
    // The tables are there then: to make them takes longer on a busy machine.
    await (await storeOf(t, { schema }).join(memberOf('b1'))).close()
    const journal = await storeOf(t, { schema, statementMs: 300 }).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    const Client = await postgresDriver()
    const other = new Client({ connectionString: server.url, application_name: 'other', keepAlive: true })
    await other.connect()
    await other.query(`BEGIN; LOCK TABLE ${quoted(schema)}.journal IN ACCESS EXCLUSIVE MODE`)
    const commit = { seq: journal.lastSeq + 1, turns: [turn('a', epoch, 1)], images: [] }
    assert.equal((await journal.append(commit)).outcome, 'undecided')
    await other.query('ROLLBACK')
    await other.end()
    assert.equal(await decided(journal, commit), 'stored')
    assert.equal((await journal.read('a'))?.turns.length, 1)
  })
}

function settings(): void {
  test('rule 5: a server that would lose what it confirms is refused', async (t) => {
    await sql('CREATE ROLE careless LOGIN SUPERUSER')
    await sql('ALTER ROLE careless SET synchronous_commit = off')
    const url = server.url.replace('centrum@', 'careless@')
    const error = await storeOf(t, { url })
      .join(memberOf('b1'))
      .then(
        () => null,
        (reason: Error & { code?: string }) => reason,
      )
    assert.equal(error?.code, 'store-mismatch')
    assert.match(String(error?.message), /synchronous_commit = off, so it could lose what it has confirmed/)
  })

  test('a server that is not there, and a database that is not, are said to be so', async (t) => {
    const nowhere = storeOf(t, { url: 'postgres://centrum@127.0.0.1:1/postgres' })
    assert.equal(await refusal(nowhere.join(memberOf('b1'))), 'store-unavailable')
    const missing = storeOf(t, { url: `${server.url}-not` })
    assert.equal(await refusal(missing.join(memberOf('b1'))), 'store-mismatch')
  })

  test('tables of a later version are refused; processes that start together make them once', async (t) => {
    const schema = `centrum ${++schemas}`
    const journals = await Promise.all(['b1', 'b2', 'b3', 'b4'].map((id) => storeOf(t, { schema }).join(memberOf(id))))
    for (const journal of journals) await journal.close()
    await sql(`UPDATE ${quoted(schema)}.cluster SET version = 9, oldest = 9`)
    assert.equal(await refusal(storeOf(t, { schema }).join(memberOf('b1'))), 'store-mismatch')
  })

  test('[G3] what the application takes back is not sent, and what it commits is', async (t) => {
    const schema = `centrum ${++schemas}`
    const journal = await storeOf(t, { schema }).join(memberOf('b1'))
    await sql(`BEGIN; SELECT ${quoted(schema)}.send('a', 'credited', '1'); ROLLBACK`)
    await sql(`BEGIN; SELECT ${quoted(schema)}.send('a', 'credited', '2'); COMMIT`)
    await claimed(journal, 'a')
    const inbox = await waiting(journal)
    assert.deepEqual(
      inbox.map(({ json }) => json),
      ['2'],
    )
    await assert.rejects(
      sql(`SELECT ${quoted(schema)}.send('a', 'credited', 'not json')`),
      /invalid input syntax for type json/,
    )
  })

  test('[G6] the journal stays below its limit, whatever channels write no image', async (t) => {
    const schema = `centrum ${++schemas}`
    const journal = await storeOf(t, { schema }).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'quiet')
    const busy = await claimed(journal, 'a')
    const seq = journal.lastSeq
    await store(journal, { seq: seq + 1, turns: [turn('quiet', epoch, 1)] })
    const bytes = new Uint8Array(10_000)
    for (let i = 2; i <= 40; i++)
      await store(journal, { seq: seq + i, turns: [turn('a', busy.epoch, i - 1, { bytes })] })
    const [row] = await sql(`SELECT sum(length(bytes))::int AS n FROM ${quoted(schema)}.journal`)
    assert.ok(Number(row?.['n']) <= 65_536 + 20_000, `${String(row?.['n'])} bytes`)
    assert.deepEqual([(await journal.read('a'))?.turns.length, (await journal.read('quiet'))?.turns.length], [39, 1])
    await store(journal, { seq: seq + 41, images: [image('a', busy.epoch, 39)] })
    assert.deepEqual((await journal.read('a'))?.turns, [])
    await journal.close()
  })
}
