/** A connection to PostgreSQL that is opened when it is needed, and anew where it broke. Knows nothing of what is asked. */
import { CentrumError } from '../protocol/errors.js'
import { type ConnectionOptions, type EngineIdentity, PostgresConnection } from './postgres-connection.js'
import type { PostgresResult, PostgresValue } from './postgres-driver.js'
import type { FailoverRisk } from '../store/store.js'

export interface LineOptions extends ConnectionOptions {
  /** Run with each new connection before anything else. It may refuse it by throwing. */
  readonly begin?: (connection: PostgresConnection, before: EngineIdentity | null) => Promise<void>
}

export class PostgresLine {
  readonly #options: LineOptions
  #opening: Promise<PostgresConnection> | null = null
  #identity: EngineIdentity | null = null
  #isClosed = false

  constructor(options: LineOptions) {
    this.#options = options
  }

  /** As it was when a connection was opened last; null before. */
  get failover(): FailoverRisk | null {
    return this.#identity?.failover ?? null
  }

  /** Rejects with a `CentrumError`. */
  async connection(): Promise<PostgresConnection> {
    if (this.#isClosed) throw new CentrumError('stopped', `${this.#options.name} was closed.`)
    const opened = await (this.#opening ??= this.#open())
    if (!opened.isBroken) return opened
    this.#opening = null
    return this.connection()
  }

  async query(sql: string, values?: readonly PostgresValue[]): Promise<PostgresResult> {
    return (await this.connection()).query(sql, values)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const opened = await this.#opening?.catch(() => null)
    await opened?.close()
  }

  async #open(): Promise<PostgresConnection> {
    try {
      const opened = await PostgresConnection.open(this.#options)
      try {
        await this.#options.begin?.(opened, this.#identity)
      } catch (error) {
        await opened.close()
        throw error
      }
      this.#identity = opened.identity
      return opened
    } catch (error) {
      this.#opening = null
      throw error
    }
  }
}
