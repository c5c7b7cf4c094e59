/**
 * One connection to PostgreSQL: only to a primary that keeps what it confirms, with a deadline for each statement, behind which the
 * socket is destroyed. Knows nothing of what is stored.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock } from '../runtime/runtime.js'
import type { FailoverRisk } from '../store/store.js'
import {
  type PostgresClient,
  postgresDriver,
  type PostgresNotification,
  type PostgresResult,
  type PostgresValue,
} from './postgres-driver.js'
import { postgresError } from './postgres-error.js'

export interface ConnectionOptions {
  readonly url: string
  /** For sentences. */
  readonly name: string
  /** Shown by the server. */
  readonly applicationName: string
  readonly statementMs: number
  readonly clock: Clock
}

/** Which history of which server a connection is to: another timeline may have lost what an earlier one confirmed. */
export interface EngineIdentity {
  readonly system: string
  readonly timeline: string
  readonly failover: FailoverRisk
}

/**
 * A session of a process that was stopped or cut off must not hold its locks for hours: idle ones end by keepalives, those that wait in
 * the middle of a result by `tcp_user_timeout`.
 */
const SESSION = `
  SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3; SET tcp_user_timeout = 15000;
  SET idle_in_transaction_session_timeout = 15000; SET client_min_messages = warning; SET extra_float_digits = 1
`

/** The timeline by the name of the file that is written: right after a promotion the control data still tell the earlier one. */
const IDENTITY = `
  SELECT pg_is_in_recovery() AS standby, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous,
    current_setting('server_version_num')::int AS version, (SELECT system_identifier::text FROM pg_control_system()) AS system,
    CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline,
    (SELECT count(*)::int FROM pg_stat_replication) AS standbys,
    (SELECT count(*)::int FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')) AS synchronous_standbys
`

/** What takes statements: a connection, or one within a transaction. */
export interface PostgresQueries {
  query(sql: string, values?: readonly PostgresValue[]): Promise<PostgresResult>
}

/** A wait for a standby that was cancelled: the answer says done, and no other machine has it. */
const WAIT_CANCELLED = '01000'
const VERSION_MIN = 150_000

export class PostgresConnection implements PostgresQueries {
  readonly identity: EngineIdentity
  readonly #options: ConnectionOptions
  readonly #client: PostgresClient
  /** Why no statement is given to it any more. */
  #broken: Error | null = null
  #notice: string | null = null
  #onEnd: () => void = () => {}
  /** What was asked last: one thing at a time, so that nothing gets into a transaction. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(client: PostgresClient, options: ConnectionOptions, identity: EngineIdentity) {
    this.#client = client
    this.#options = options
    this.identity = identity
    client.on('notice', ({ code, message }) => {
      if (code === WAIT_CANCELLED) this.#notice = message ?? code
    })
  }

  /** Rejects with a `CentrumError`. */
  static async open(options: ConnectionOptions): Promise<PostgresConnection> {
    const { url, name, applicationName, clock, statementMs } = options
    const Client = await postgresDriver()
    const client = new Client({ connectionString: url, application_name: applicationName, keepAlive: true })
    let opened: PostgresConnection | null = null
    // Without a listener an error of a connection would end the process.
    client.on('error', (error) => opened?.break(error))
    client.on('end', () => opened?.break(new Error('the connection ended')))
    const deadline = clock.after(statementMs, () => client.connection.stream.destroy())
    try {
      await client.connect()
      await client.query(SESSION)
      opened = new PostgresConnection(client, options, identityOf(name, await client.query(IDENTITY)))
      return opened
    } catch (error) {
      client.connection.stream.destroy()
      throw postgresError(name, error)
    } finally {
      deadline.cancel()
    }
  }

  get isBroken(): boolean {
    return this.#broken !== null
  }

  get processId(): number | null {
    return this.#client.processID ?? null
  }

  onNotification(listener: (notification: PostgresNotification) => void): void {
    this.#client.on('notification', listener)
  }

  /** Called once when it is of no use any more. */
  onEnd(listener: () => void): void {
    this.#onEnd = listener
  }

  /**
   * Behind all that was asked before. Rejects with a `CentrumError`; `store-unavailable` means that nobody knows whether it was carried
   * out.
   */
  query(sql: string, values: readonly PostgresValue[] = []): Promise<PostgresResult> {
    return this.#inTurn(() => this.#query(sql, values))
  }

  /** All or nothing, over several round trips, and nothing else between them: not for commits of turns. */
  transaction<T>(work: (queries: PostgresQueries) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#query('BEGIN')
      try {
        const result = await work({ query: (sql, values) => this.#query(sql, values) })
        await this.#query('COMMIT')
        return result
      } catch (error) {
        if (!this.isBroken) await this.#query('ROLLBACK').catch(() => {})
        throw error
      }
    })
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => {})
    return turn
  }

  async #query(sql: string, values: readonly PostgresValue[] = []): Promise<PostgresResult> {
    const { name, clock, statementMs } = this.#options
    if (this.#broken !== null) throw postgresError(name, this.#broken)
    this.#notice = null
    // A time-out of the driver's own would leave the statement to run and what is behind it to wait.
    const deadline = clock.after(statementMs, () => {
      this.break(new Error(`no answer within ${statementMs} ms`))
      this.#client.connection.stream.destroy()
    })
    try {
      const result = await this.#client.query(sql, values)
      if (this.#notice !== null) throw new Error(this.#notice)
      return result
    } catch (error) {
      const failure = postgresError(name, this.#broken ?? error)
      if (failure.code === 'store-unavailable') this.break(failure)
      throw failure
    } finally {
      deadline.cancel()
    }
  }

  break(error: Error): void {
    if (this.#broken !== null) return
    this.#broken = error
    this.#client.connection.stream.destroy()
    this.#onEnd()
  }

  async close(): Promise<void> {
    if (this.#broken !== null) return
    this.#onEnd = () => {}
    this.#broken = new Error('it was closed')
    await this.#client.end().catch(() => {})
  }
}

/** Throws where the server is not one that keeps what it confirms. */
function identityOf(name: string, { rows: [row = {}] }: PostgresResult): EngineIdentity {
  const { standby, fsync, synchronous, version, system, timeline } = row
  if (Number(version) < VERSION_MIN) {
    throw new CentrumError(
      'store-mismatch',
      `${name} is PostgreSQL ${Number(version) / 10_000}. At least 15 is needed.`,
    )
  }
  if (standby === true) {
    throw new CentrumError(
      'store-read-only',
      `${name} is a standby. Name the primary: a standby may lag behind, and accepts no writes.`,
    )
  }
  for (const [setting, value] of [
    ['fsync', fsync],
    ['synchronous_commit', synchronous],
  ] as const) {
    if (value !== 'off') continue
    throw new CentrumError(
      'store-mismatch',
      `${name} has ${setting} = off, so it could lose what it has confirmed. Set it to on, at least for this database or its user.`,
    )
  }
  const waits = synchronous === 'on' || synchronous === 'remote_apply'
  const keptOn = waits && Number(row['synchronous_standbys']) > 0 ? 'two-machines' : 'one-machine'
  return { system: String(system), timeline: String(timeline), failover: { standbys: Number(row['standbys']), keptOn } }
}
