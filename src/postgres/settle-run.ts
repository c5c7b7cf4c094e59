/**
 * What becomes of a run of a back that is over: its journal is sealed, so that nothing can be added to it, and its turns go to where each
 * channel has its own. Only then may others claim its channels. Knows nothing of who is alive.
 */
import { decodeJournalRow, encodeJournalRow } from '../store/journal-row.js'
import type { StoredTurn } from '../store/store.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'
import type { TablesOptions } from './read-stored.js'
import { DIRECTORY_CHANNEL } from './list-backs.js'
import { ENTRY } from './migrate.js'

/** How many entries of the journal are read at once. */
const ROWS_READ = 64

export interface BackRun {
  readonly backId: string
  readonly incarnation: string
}

/** Ends a run. It is the same whether one or several do it, once or again. False where the back has another run. */
export async function settleRun(connection: PostgresConnection, tables: TablesOptions, run: BackRun): Promise<boolean> {
  const { schema } = tables
  const { backId, incarnation } = run
  return connection.transaction(async (queries) => {
    await queries.query(`SELECT pg_advisory_xact_lock(hashtext('centrum settle'), hashtext($1))`, [backId])
    const { rows } = await queries.query(`SELECT is_settled FROM ${schema}.back WHERE id = $1 AND run = $2`, [
      backId,
      incarnation,
    ])
    const [found] = rows
    if (found === undefined) return false
    if (found['is_settled'] === true) return true
    const seq = await seal(queries, schema, run)
    await carryAll(queries, tables, backId)
    await queries.query(`DELETE FROM ${schema}.journal WHERE back = $1 AND seq < $2`, [backId, seq])
    await queries.query(`UPDATE ${schema}.back SET is_settled = true WHERE id = $1`, [backId])
    await queries.query(`DELETE FROM ${schema}.suspicion WHERE back = $1`, [backId])
    await queries.query(`NOTIFY ${DIRECTORY_CHANNEL}`)
    return true
  })
}

/** The seal takes the place of the entry that its owner would write next: whoever comes second finds it taken. */
async function seal(queries: PostgresQueries, schema: string, { backId, incarnation }: BackRun): Promise<number> {
  for (;;) {
    const { rows } = await queries.query(
      `INSERT INTO ${schema}.journal (back, seq, run, kind)
       SELECT $1, coalesce(max(seq), 0) + 1, $2, ${ENTRY.seal} FROM ${schema}.journal WHERE back = $1
       ON CONFLICT DO NOTHING RETURNING seq`,
      [backId, incarnation],
    )
    const [row] = rows
    if (row !== undefined) return Number(row['seq'])
  }
}

async function carryAll(queries: PostgresQueries, { schema, name }: TablesOptions, backId: string): Promise<void> {
  for (let after = -1; ;) {
    const { rows } = await queries.query(
      `SELECT seq, bytes FROM ${schema}.journal WHERE back = $1 AND seq > $2 AND kind = ${ENTRY.commit} ORDER BY seq LIMIT ${ROWS_READ}`,
      [backId, after],
    )
    const turns = rows.flatMap(({ seq, bytes }) =>
      decodeJournalRow(bytes as Uint8Array, `${name}, entry ${Number(seq)} of the journal of '${backId}',`),
    )
    await carryTurns(queries, schema, turns)
    if (rows.length < ROWS_READ) return
    after = Number(rows.at(-1)?.['seq'])
  }
}

/** Those that no image stands for. */
async function carryTurns(queries: PostgresQueries, schema: string, turns: readonly StoredTurn[]): Promise<void> {
  if (turns.length === 0) return
  await queries.query(
    `INSERT INTO ${schema}.carried (channel, number, bytes)
     SELECT t.channel, t.number, t.bytes FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS t (channel, number, bytes)
     JOIN ${schema}.channel c ON c.id = t.channel AND t.number > coalesce(c.image_number, 0)
     ON CONFLICT DO NOTHING`,
    [
      turns.map(({ channelId }) => channelId),
      turns.map(({ number }) => number),
      turns.map((turn) => encodeJournalRow([turn])),
    ],
  )
}
