/** The backs of a cluster as its tables have them, and how their rows are changed. Knows no master. */
import type { ListedBack } from '../cluster/cluster.js'
import type { Suspicion } from '../cluster/directory.js'
import { advisoryHolders } from './advisory-holders.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'

export interface ListOptions {
  /** The schema, as SQL writes it. */
  readonly schema: string
  /** Names the locks of the backs' places. */
  readonly lockName: string
  /** How long it counts that a master did not reach a back; it says so again and again. */
  readonly suspectedMs: number
  /** Whether the channels are counted, rather than what their owners last said. */
  readonly counts: boolean
}

export const DIRECTORY_CHANNEL = 'centrum_directory'

export async function listBacks(
  connection: PostgresConnection,
  { schema, lockName, counts, suspectedMs }: ListOptions,
): Promise<ListedBack[]> {
  const { rows } = await connection.query(
    `SELECT b.*, ${advisoryHolders('$1', 'b.id')} AS is_held,
       CASE WHEN $2 THEN (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run) ELSE b.channels END AS channel_count,
       (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run AND c.move_to IS NOT NULL) AS moves,
       (SELECT count(*)::int FROM ${schema}.suspicion s
         WHERE s.back = b.id AND s.run = b.run AND s.at > clock_timestamp() - $3 * interval '1 millisecond') AS suspected_by,
       (SELECT max(j.seq) FROM ${schema}.journal j WHERE j.back = b.id) AS tail
     FROM ${schema}.back b WHERE NOT b.is_settled AND b.address IS NOT NULL ORDER BY b.id COLLATE "C"`,
    [lockName, counts, suspectedMs],
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
    suspectedBy: Number(row['suspected_by']),
    tail: Number(row['tail'] ?? 0),
  }))
}

/** Says of backs that masters do not reach them. Each that was not known is told to all. */
export async function voteDead(
  connection: PostgresConnection,
  { schema, suspectedMs }: Pick<ListOptions, 'schema' | 'suspectedMs'>,
  votes: readonly Suspicion[],
): Promise<void> {
  const { rows } = await connection.query(
    `WITH vote AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS v (back, observer, run)),
       known AS (SELECT s.back, s.observer FROM ${schema}.suspicion s JOIN vote v USING (back, observer, run)
         WHERE s.at > clock_timestamp() - $4 * interval '1 millisecond'),
       said AS (INSERT INTO ${schema}.suspicion (back, observer, run, at) SELECT back, observer, run, clock_timestamp() FROM vote
         ON CONFLICT (back, observer) DO UPDATE SET run = excluded.run, at = excluded.at)
     SELECT count(*)::int AS new FROM vote v WHERE NOT EXISTS (SELECT FROM known k WHERE k.back = v.back AND k.observer = v.observer)`,
    [
      votes.map(({ backId }) => backId),
      votes.map(({ observerId }) => observerId),
      votes.map(({ incarnation }) => incarnation),
      suspectedMs,
    ],
  )
  if (Number(rows[0]?.['new']) > 0) await connection.query(`NOTIFY ${DIRECTORY_CHANNEL}`)
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
