/** Channels in PostgreSQL: the store of a dynamic cluster, which several backs have at once. Knows nothing of who is alive. */
import { CentrumError } from '../protocol/errors.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Clock } from '../runtime/runtime.js'
import type { Journal, SharedStore, StoreAdmin, StoreMember } from '../store/store.js'
import { PostgresAdmin } from './postgres-admin.js'
import type { ConnectionOptions, PostgresConnection } from './postgres-connection.js'
import { PostgresJournal } from './postgres-journal.js'
import { PostgresLine } from './postgres-line.js'
import type { TablesOptions } from './read-stored.js'
import { INBOX_CHANNEL } from './inbox-tables.js'
import { ENTRY, migrate, quoted } from './migrate.js'
import { POSTGRES_OPTIONS } from './postgres-options.js'
import { type BackRun, settleRun } from './settle-run.js'

/** A store in a database by its URL, with the defaults of `postgresCluster`. */
export function postgresStore(url: string): PostgresStore {
  const { schema, statementMs, lockMs, journalBytesMax } = POSTGRES_OPTIONS
  return new PostgresStore({
    url,
    name: databaseName(url),
    schema: schema.default,
    clock: nodeRuntime().clock,
    statementMs: statementMs.default,
    lockMs: lockMs.default,
    journalBytesMax: journalBytesMax.default,
  })
}

/** Without user and password. */
function databaseName(url: string): string {
  return URL.canParse(url) ? `the database ${new URL(url).host}${new URL(url).pathname}` : 'the database'
}

export interface PostgresStoreOptions {
  readonly url: string
  /** For sentences: without a password. */
  readonly name: string
  readonly schema: string
  readonly clock: Clock
  readonly statementMs: number
  readonly lockMs: number
  readonly journalBytesMax: number
}

export class PostgresStore implements SharedStore {
  readonly name: string
  readonly keyFile = null
  readonly #options: PostgresStoreOptions
  readonly #tables: TablesOptions
  readonly #lines = new Set<PostgresLine>()
  /** For what is no back's. */
  readonly #tool: PostgresLine

  constructor(options: PostgresStoreOptions) {
    this.name = options.name
    this.#options = options
    this.#tables = { schema: quoted(options.schema), name: options.name }
    this.#tool = this.#line('centrum')
  }

  async join(member: StoreMember): Promise<Journal> {
    const run = { backId: member.backId, incarnation: member.incarnation }
    let journal: PostgresJournal | null = null
    const reader = this.#line(`centrum ${run.backId}`, async (connection) => {
      connection.onNotification(({ channel, payload }) => {
        if (channel === INBOX_CHANNEL && payload === this.#options.schema) journal?.tellOfMessages()
      })
      await connection.query(`LISTEN ${INBOX_CHANNEL}`)
    })
    const writer = this.#line(`centrum ${run.backId} journal`, async (connection, before) => {
      await this.#lock(connection, run.backId)
      if (before !== null) await journal?.reconnected(connection, before)
    })
    try {
      const connection = await writer.connection()
      await migrate(connection, this.#options.schema, this.name)
      await this.#compare(connection, member)
      const lastSeq = await this.#begin(connection, run)
      const { journalBytesMax } = this.#options
      journal = new PostgresJournal({ ...this.#tables, run, lastSeq, journalBytesMax, writer, reader })
      return journal
    } catch (error) {
      await this.#close(writer, reader)
      throw error
    }
  }

  async administer(): Promise<StoreAdmin> {
    const line = this.#line('centrum tool')
    try {
      const connection = await line.connection()
      await migrate(connection, this.#options.schema, this.name)
      await this.#settleAll(connection)
      return new PostgresAdmin(line, this.#tables)
    } catch (error) {
      await this.#close(line)
      throw error
    }
  }

  /**
   * Ends the newest run of a back that has been declared dead: whatever it appends from here on is fenced, and its channels may be claimed.
   * `incarnation`: only if it is this one. False where there is no such run, or it had ended.
   */
  async seal(backId: string, incarnation?: string): Promise<boolean> {
    const { schema } = this.#tables
    const connection = await this.#tool.connection()
    const { rows } = await connection.query(`SELECT run FROM ${schema}.back WHERE id = $1 AND NOT is_settled`, [backId])
    const run = rows[0]?.['run'] as string | undefined
    if (run === undefined || (incarnation !== undefined && run !== incarnation)) return false
    return settleRun(connection, this.#tables, { backId, incarnation: run })
  }

  /** Closes what no journal or tool has. */
  async close(): Promise<void> {
    await this.#close(this.#tool)
  }

  /** What the end of its process does: nothing that is under way is answered. */
  async abandon(): Promise<void> {
    for (const line of this.#lines) (await line.connection().catch(() => null))?.break(new Error('the process ended'))
    await this.#close(...this.#lines)
  }

  #line(applicationName: string, begin?: ConstructorParameters<typeof PostgresLine>[0]['begin']): PostgresLine {
    const { url, name, clock, statementMs } = this.#options
    const options: ConnectionOptions = { url, name, clock, statementMs, applicationName }
    const line = new PostgresLine(begin === undefined ? options : { ...options, begin })
    this.#lines.add(line)
    return line
  }

  async #close(...lines: readonly PostgresLine[]): Promise<void> {
    for (const line of lines) {
      this.#lines.delete(line)
      await line.close()
    }
  }

  /** Held by the connection for as long as it lasts: two processes never run one back at a time. */
  async #lock(connection: PostgresConnection, backId: string): Promise<void> {
    const { lockMs, schema } = this.#options
    await connection.query(`SET lock_timeout = ${Math.max(1, lockMs)}`)
    try {
      await connection.query('SELECT pg_advisory_lock(hashtext($1), hashtext($2))', [lockNameOf(schema), backId])
    } catch (error) {
      if (!(error instanceof CentrumError && error.code === 'store-in-use')) throw error
      throw new CentrumError(
        'store-in-use',
        `${this.name}: another process is running the back '${backId}'. Stop that process, or give this back an id of its own.`,
      )
    }
    await connection.query('SET lock_timeout = 0')
  }

  /** Throws `store-mismatch` for another key. */
  async #compare(connection: PostgresConnection, { keyIds }: StoreMember): Promise<void> {
    const { schema } = this.#tables
    const { rows } = await connection.query(`SELECT key_id FROM ${schema}.cluster`)
    const known = rows[0]?.['key_id']
    if (typeof known === 'string' && !keyIds.includes(known)) {
      throw new CentrumError(
        'store-mismatch',
        `${this.name} belongs to a cluster with a different key. Give all backs and fronts of a cluster the same key, or each cluster a schema of its own.`,
      )
    }
    if (keyIds[0] !== undefined && keyIds[0] !== known) {
      await connection.query(`UPDATE ${schema}.cluster SET key_id = $1`, [keyIds[0]])
    }
  }

  /** Ends the run that the back had before, and gives the number of the first entry of this one. */
  async #begin(connection: PostgresConnection, run: BackRun): Promise<number> {
    const { schema } = this.#tables
    const { rows } = await connection.query(`SELECT run FROM ${schema}.back WHERE id = $1 AND NOT is_settled`, [
      run.backId,
    ])
    for (const { run: incarnation } of rows) {
      await settleRun(connection, this.#tables, { backId: run.backId, incarnation: String(incarnation) })
    }
    return connection.transaction(async (queries) => {
      await queries.query(
        `INSERT INTO ${schema}.back (id, run) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET run = $2, is_settled = false, is_draining = false, address = NULL, channels = 0, joined_at = clock_timestamp()`,
        [run.backId, run.incarnation],
      )
      const { rows: entries } = await queries.query(
        `INSERT INTO ${schema}.journal (back, seq, run, kind)
         SELECT $1, coalesce(max(seq), 0) + 1, $2, ${ENTRY.join} FROM ${schema}.journal WHERE back = $1 RETURNING seq`,
        [run.backId, run.incarnation],
      )
      await queries.query(`DELETE FROM ${schema}.journal WHERE back = $1 AND run <> $2`, [run.backId, run.incarnation])
      return Number(entries[0]?.['seq'])
    })
  }

  /** Throws `store-in-use` where a back has the store; ends the runs of those that are gone. */
  async #settleAll(connection: PostgresConnection): Promise<void> {
    const { schema } = this.#tables
    const { rows } = await connection.query(`SELECT id, run FROM ${schema}.back WHERE NOT is_settled ORDER BY id`)
    for (const { id, run } of rows) {
      const backId = String(id)
      const lock = [lockNameOf(this.#options.schema), backId]
      const { rows: locks } = await connection.query(
        'SELECT pg_try_advisory_lock(hashtext($1), hashtext($2)) AS free',
        lock,
      )
      if (locks[0]?.['free'] !== true) {
        throw new CentrumError('store-in-use', `${this.name} is in use by the back '${backId}'. Stop it first.`)
      }
      await settleRun(connection, this.#tables, { backId, incarnation: String(run) })
      await connection.query('SELECT pg_advisory_unlock(hashtext($1), hashtext($2))', lock)
    }
  }
}

/** Names the lock of a back's place; it goes with the back's id. */
export function lockNameOf(schema: string): string {
  return `centrum back ${schema}`
}
