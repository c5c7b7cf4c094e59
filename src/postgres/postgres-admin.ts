/** Channels in PostgreSQL as a tool has them, while no back runs. */
import { crc32 } from 'node:zlib'
import { encodeJournalRow } from '../store/journal-row.js'
import type { ExportedChannel, ListedChannel, StoreAdmin } from '../store/store.js'
import type { PostgresQueries } from './postgres-connection.js'
import { postgresError } from './postgres-error.js'
import type { PostgresLine } from './postgres-line.js'
import { decodeTurns, faultOfRow, ifStored, optionalNumber, readStored, type TablesOptions } from './read-stored.js'

/** How many channels are looked at, at once. */
const CHANNELS_READ = 256

export class PostgresAdmin implements StoreAdmin {
  readonly #line: PostgresLine
  readonly #tables: TablesOptions

  constructor(line: PostgresLine, tables: TablesOptions) {
    this.#line = line
    this.#tables = tables
  }

  async check(): Promise<readonly string[]> {
    const problems: string[] = []
    for (let after = ''; ;) {
      const listed = await this.list(after, CHANNELS_READ)
      for (const { channelId } of listed) problems.push(...(await this.#problemsOf(channelId)))
      after = listed.at(-1)?.channelId ?? ''
      if (listed.length < CHANNELS_READ) return problems
    }
  }

  async list(after: string, limit: number): Promise<readonly ListedChannel[]> {
    const { schema } = this.#tables
    const { rows } = await this.#line.query(
      `SELECT id, epoch, is_released, due_at, fault, fault_at, state_version, stored_at, coalesce(image_number, 0) AS image_number,
         coalesce(length(image), 0) AS image_bytes, (SELECT array_agg(bytes ORDER BY number) FROM ${schema}.carried k
           WHERE k.channel = c.id AND k.number > coalesce(c.image_number, 0)) AS turns
       FROM ${schema}.channel c WHERE id > $1 COLLATE "C" ORDER BY id COLLATE "C" LIMIT $2`,
      [after, limit],
    )
    return rows.map((row) => {
      const turns = decodeTurns(row['turns'], `${this.#tables.name}, a turn of '${String(row['id'])}',`)
      return {
        channelId: String(row['id']),
        epoch: Number(row['epoch']),
        number: turns.at(-1)?.number ?? Number(row['image_number']),
        bytes: turns.reduce((sum, { bytes }) => sum + bytes.length, Number(row['image_bytes'])),
        turns: turns.length,
        stateVersion: optionalNumber(row['state_version']),
        storedAt: optionalNumber(row['stored_at']),
        dueAt: optionalNumber(row['due_at']),
        isReleased: row['is_released'] === true,
        fault: faultOfRow(row),
      }
    })
  }

  async export(channelId: string): Promise<ExportedChannel | null> {
    const connection = await this.#line.connection()
    const stored = ifStored(await readStored(connection, this.#tables, channelId))
    const { rows } = await connection.query(
      `SELECT epoch, fault, fault_at FROM ${this.#tables.schema}.channel WHERE id = $1`,
      [channelId],
    )
    const [row] = rows
    return stored === null || row === undefined
      ? null
      : { channelId, epoch: Number(row['epoch']), stored, fault: faultOfRow(row) }
  }

  async import({ channelId, epoch, stored: { image, turns, isReleased }, fault }: ExportedChannel): Promise<void> {
    const { schema } = this.#tables
    const dueAt = turns.reduce((due, turn) => (turn.dueAt === undefined ? due : turn.dueAt), image?.dueAt ?? null)
    const connection = await this.#line.connection()
    await connection.transaction(async (queries) => {
      await this.#remove(queries, channelId)
      await queries.query(
        `INSERT INTO ${schema}.channel (id, epoch, is_released, is_rewound, due_at, fault, fault_at, image_number, image_epoch, image_due, state_version, stored_at, checksum, image)
         VALUES ($1, greatest($2, (SELECT epoch_floor FROM ${schema}.cluster)), $3, true, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          ...[channelId, epoch, isReleased, dueAt, fault?.reason ?? null, fault?.at ?? null],
          ...[image?.number ?? null, image?.epoch ?? null, image?.dueAt ?? null, image?.stateVersion ?? null],
          ...[image?.storedAt ?? null, image ? crc32(image.bytes) : null, image?.bytes ?? null],
        ],
      )
      await queries.query(
        `INSERT INTO ${schema}.carried (channel, number, bytes) SELECT $1, t.* FROM unnest($2::bigint[], $3::bytea[]) t`,
        [channelId, turns.map(({ number }) => number), turns.map((turn) => encodeJournalRow([turn]))],
      )
    })
  }

  async remove(channelId: string): Promise<boolean> {
    const connection = await this.#line.connection()
    return connection.transaction((queries) => this.#remove(queries, channelId))
  }

  async clearFault(channelId: string): Promise<boolean> {
    const { schema } = this.#tables
    const { rowCount } = await this.#line.query(
      `WITH cleared AS (UPDATE ${schema}.channel SET fault = NULL, fault_at = NULL WHERE id = $1 AND fault IS NOT NULL RETURNING 1),
         forgotten AS (DELETE FROM ${schema}.attempt WHERE channel = $1)
       SELECT FROM cleared`,
      [channelId],
    )
    return rowCount === 1
  }

  async forgetMember(): Promise<void> {
    await this.#line.query(`UPDATE ${this.#tables.schema}.cluster SET key_id = NULL`)
  }

  async close(): Promise<void> {
    await this.#line.close()
  }

  /** Within a transaction. */
  async #remove(queries: PostgresQueries, channelId: string): Promise<boolean> {
    const { schema } = this.#tables
    const { rows } = await queries.query(`DELETE FROM ${schema}.channel WHERE id = $1 RETURNING epoch`, [channelId])
    for (const table of ['carried', 'attempt']) {
      await queries.query(`DELETE FROM ${schema}.${table} WHERE channel = $1`, [channelId])
    }
    const [row] = rows
    if (row === undefined) return false
    await queries.query(`UPDATE ${schema}.cluster SET epoch_floor = greatest(epoch_floor, $1)`, [Number(row['epoch'])])
    return true
  }

  async #problemsOf(channelId: string): Promise<string[]> {
    try {
      const stored = await readStored(await this.#line.connection(), this.#tables, channelId)
      const behind = stored?.image?.number ?? 0
      const gap = stored?.turns.findIndex(({ number }, i) => number !== behind + i + 1) ?? -1
      return gap < 0 ? [] : [`The turns of '${channelId}' have a gap: turn ${behind + gap + 1} is missing.`]
    } catch (error) {
      return [postgresError(this.#tables.name, error).message]
    }
  }
}
