/**
 * The fronts of a cluster in its tables: each holds a lock for as long as its connection lasts, so that one whose process has ended is not
 * named to clients. Knows no master.
 */
import type { ListedFront } from '../cluster/cluster.js'
import { changeDirectory } from './list-backs.js'
import { quoted } from './migrate.js'
import type { PostgresConnection } from './postgres-connection.js'
import { advisoryHolders } from './advisory-holders.js'

export class FrontRegistry {
  /** Of other fronts; as last read. */
  fronts: readonly ListedFront[] = []
  readonly #schemaName: string
  readonly #schema: string
  readonly #lockName: string
  #own: ListedFront | null = null
  #ownId: string | null = null

  constructor(schemaName: string) {
    this.#schemaName = schemaName
    this.#schema = quoted(schemaName)
    this.#lockName = `centrum front ${schemaName}`
  }

  /** Null: it takes no more clients. */
  async announce(connection: PostgresConnection, id: string, publicUrl: string | null): Promise<void> {
    this.#ownId = id
    this.#own = publicUrl === null ? null : { id, publicUrl }
    await this.begin(connection)
    if (publicUrl === null) await connection.query(`DELETE FROM ${this.#schema}.front WHERE id = $1`, [id])
    await this.read(connection)
  }

  /** With each new connection: the lock went with the one before. */
  async begin(connection: PostgresConnection): Promise<void> {
    const own = this.#own
    if (own === null) return
    await connection.query('SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))', [this.#lockName, own.id])
    await changeDirectory(connection, this.#schemaName, async (queries) => {
      await queries.query(
        `INSERT INTO ${this.#schema}.front (id, public_url) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET public_url = $2`,
        [own.id, own.publicUrl],
      )
      await queries.query(`DELETE FROM ${this.#schema}.front f WHERE NOT ${advisoryHolders('$1', 'f.id')}`, [
        this.#lockName,
      ])
    })
  }

  /** Only where a front of this process is to name others. */
  async read(connection: PostgresConnection): Promise<void> {
    if (this.#ownId !== null) this.fronts = (await this.list(connection)).filter(({ id }) => id !== this.#ownId)
  }

  async list(connection: PostgresConnection): Promise<ListedFront[]> {
    const { rows } = await connection.query(
      `SELECT f.id, f.public_url FROM ${this.#schema}.front f WHERE ${advisoryHolders('$1', 'f.id')} ORDER BY f.id COLLATE "C"`,
      [this.#lockName],
    )
    return rows.map((row) => ({ id: String(row['id']), publicUrl: String(row['public_url']) }))
  }
}
