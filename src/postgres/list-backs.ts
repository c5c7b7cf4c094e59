/** The backs of a cluster as its tables have them, and how their rows are changed. Knows no master. */
import type { ListedBack } from '../cluster/cluster.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'

export interface ListOptions {
  /** The schema, as SQL writes it. */
  readonly schema: string
  /** Names the locks of the backs' places. */
  readonly lockName: string
  /** Whether the channels are counted also of backs that take any number of them. */
  readonly countsAll: boolean
}

export const DIRECTORY_CHANNEL = 'centrum_directory'

export async function listBacks(
  connection: PostgresConnection,
  { schema, lockName, countsAll }: ListOptions,
): Promise<ListedBack[]> {
  const { rows } = await connection.query(
    `SELECT b.*, EXISTS (
         SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND l.classid::bigint = hashtext($1)::bigint & 4294967295 AND l.objid::bigint = hashtext(b.id)::bigint & 4294967295
       ) AS is_held,
       CASE WHEN $2 OR b.capacity IS NOT NULL
         THEN (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run) ELSE 0 END AS channels,
       (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run AND c.move_to IS NOT NULL) AS moves,
       (SELECT max(j.seq) FROM ${schema}.journal j WHERE j.back = b.id) AS tail
     FROM ${schema}.back b WHERE NOT b.is_settled AND b.address IS NOT NULL ORDER BY b.id COLLATE "C"`,
    [lockName, countsAll],
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
    channelCount: Number(row['channels']),
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
