/** The backs of a cluster as its tables have them, and how their rows are changed. Knows no master. */
import type { ListedBack } from '../cluster/cluster.js'
import { advisoryHolders } from './advisory-holders.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'

export interface ListOptions {
  /** The schema, as SQL writes it. */
  readonly schema: string
  /** Names the locks of the backs' places. */
  readonly lockName: string
  /** Whether the channels are counted, rather than what their owners last said. */
  readonly counts: boolean
}

export const DIRECTORY_CHANNEL = 'centrum_directory'

export async function listBacks(
  connection: PostgresConnection,
  { schema, lockName, counts }: ListOptions,
): Promise<ListedBack[]> {
  const { rows } = await connection.query(
    `SELECT b.*, ${advisoryHolders('$1', 'b.id')} AS is_held,
       CASE WHEN $2 THEN (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run) ELSE b.channels END AS channel_count,
       (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run AND c.move_to IS NOT NULL) AS moves,
       (SELECT max(j.seq) FROM ${schema}.journal j WHERE j.back = b.id) AS tail
     FROM ${schema}.back b WHERE NOT b.is_settled AND b.address IS NOT NULL ORDER BY b.id COLLATE "C"`,
    [lockName, counts],
  )
  return rows.map((row) => ({
    id: String(row['id']),
    incarnation: String(row['run']),
    address: String(row['address']),
    channels: row['patterns'] as string[],
    weight: Number(row['weight']),
    capacity: row['capacity'] === null ? null : Number(row['capacity']),
    labels: row['labels'] as Record<string, string>,
    isCordoned: row['is_cordoned'] === true,
    isDraining: row['is_draining'] === true,
    isHeld: row['is_held'] === true,
    channelCount: Number(row['channel_count']),
    moves: Number(row['moves']),
    tail: Number(row['tail'] ?? 0),
  }))
}

/** Rules 6 and 7: changes of the directory are rare, so each takes a lock of its own, and one notification is sent with it. */
export async function changeDirectory(
  connection: PostgresConnection,
  schema: string,
  change: (queries: PostgresQueries) => Promise<void>,
): Promise<void> {
  await connection.transaction(async (queries) => {
    await queries.query(`SELECT pg_advisory_xact_lock(hashtext('centrum directory'), hashtext($1))`, [schema])
    await change(queries)
    await queries.query(`NOTIFY ${DIRECTORY_CHANNEL}`)
  })
}
