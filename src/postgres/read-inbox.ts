/**
 * The inbox of a cluster: what the application's own transactions send to channels, how an owner reads it, and what becomes of what nobody
 * takes. Knows nothing of commits and of masters.
 */
import type { InboxMessage, InboxQuery, InboxRefusal } from '../store/store.js'
import type { PostgresQueries } from './postgres-connection.js'
import type { BackRun } from './settle-run.js'

/** Channels for which something waits, each by one look into the index: there may be many messages for few channels. */
export function waitingChannels(s: string): string {
  return `waiting (channel) AS (
    (SELECT i.channel FROM ${s}.inbox i ORDER BY i.channel LIMIT 1)
    UNION ALL
    SELECT (SELECT i.channel FROM ${s}.inbox i WHERE i.channel > w.channel ORDER BY i.channel LIMIT 1) FROM waiting w WHERE w.channel IS NOT NULL
  )`
}

export async function readInbox(
  queries: PostgresQueries,
  s: string,
  { backId, incarnation }: BackRun,
  { after, except, channelMax, messagesMax, bytesMax }: InboxQuery,
): Promise<InboxMessage[]> {
  const { rows } = await queries.query(
    `WITH RECURSIVE ${waitingChannels(s)}, found AS (
       SELECT m.*, c.epoch FROM waiting w JOIN ${s}.channel c ON c.id = w.channel AND c.back = $1 AND c.run = $2
         LEFT JOIN unnest($3::text[], $4::bigint[]) AS a (channel, id) ON a.channel = w.channel
         CROSS JOIN LATERAL (
           SELECT * FROM ${s}.inbox i WHERE i.channel = w.channel AND i.id > coalesce(a.id, 0) ORDER BY i.id LIMIT $6
         ) m
         WHERE w.channel <> ALL ($5::text[]) ORDER BY m.channel, m.id LIMIT $7
     )
     SELECT * FROM (
       SELECT *, row_number() OVER ordered AS place, sum(coalesce(length(payload), 0)) OVER ordered AS bytes
       FROM found WINDOW ordered AS (ORDER BY channel, id)
     ) counted WHERE place = 1 OR bytes <= $8 ORDER BY place`,
    [backId, incarnation, [...after.keys()], [...after.values()], except, channelMax, messagesMax, bytesMax],
  )
  return rows.map(({ channel, id, epoch, message, payload }) => ({
    channelId: String(channel),
    id: Number(id),
    epoch: Number(epoch),
    message: String(message),
    json: payload as string | null,
  }))
}

/** Gives how many messages were kept with the reason. */
export async function refuseInbox(
  queries: PostgresQueries,
  s: string,
  { backId, incarnation }: BackRun,
  channelId: string,
  { reason, isUnknown }: InboxRefusal,
): Promise<number> {
  const { rowCount } = await queries.query(
    `WITH gone AS (
       DELETE FROM ${s}.inbox i WHERE i.channel = $1
         AND NOT ($5 AND EXISTS (SELECT FROM ${s}.kind k WHERE $1 ~ k.regex))
         AND NOT EXISTS (
           SELECT FROM ${s}.channel c JOIN ${s}.back b ON b.id = c.back AND b.run = c.run AND NOT b.is_settled
           WHERE c.id = $1 AND (b.id, b.run) <> ($3, $4)
         ) RETURNING *
     ) INSERT INTO ${s}.rejected (channel, id, message, payload, reason) SELECT channel, id, message, payload, $2 FROM gone`,
    [channelId, reason, backId, incarnation, isUnknown],
  )
  return rowCount ?? 0
}
