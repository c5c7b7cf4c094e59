/**
 * The inbox of a cluster: what the application's own transactions send to channels, how an owner reads it, and what becomes of what nobody
 * takes. Knows nothing of commits and of masters.
 */
import type { ChannelKind } from '../cluster/cluster.js'
import type { InboxMessage, InboxQuery, InboxRefusal } from '../store/store.js'
import type { PostgresQueries } from './postgres-connection.js'
import type { BackRun } from './settle-run.js'

/** What says that messages may have come; its payload is the schema. */
export const INBOX_CHANNEL = 'centrum_inbox'
/** Bytes of a payload as JSON. */
const SENT_BYTES_MAX = 2 ** 20

/**
 * Senders to one channel wait for each other until they commit, so that the order of ids is that of commits. Of senders at once one sends the
 * word: a notification takes a lock that all commits with one wait for. Who has heard it looks again soon after.
 */
export function inboxTables(schema: string, s: string): string {
  const text = `'${schema.replaceAll("'", "''")}'`
  return `
    CREATE TABLE ${s}.kind (place int PRIMARY KEY, pattern text NOT NULL, regex text NOT NULL, durability text NOT NULL);
    ALTER TABLE ${s}.inbox ALTER COLUMN payload DROP NOT NULL;
    ALTER TABLE ${s}.rejected ALTER COLUMN payload DROP NOT NULL;
    DROP FUNCTION IF EXISTS ${s}.send(text, text, json);
    CREATE FUNCTION ${s}.send(channel text, message text, payload json DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $send$
    DECLARE
      sent bigint;
      kept text := (SELECT k.durability FROM ${s}.kind k WHERE send.channel ~ k.regex ORDER BY k.place LIMIT 1);
      bytes int := octet_length(send.payload::text);
    BEGIN
      IF send.channel IS NULL OR send.message IS NULL THEN
        RAISE EXCEPTION 'send: the % is NULL.', CASE WHEN send.channel IS NULL THEN 'channel' ELSE 'message' END USING ERRCODE = '22023';
      ELSIF kept = 'none' THEN
        RAISE EXCEPTION 'send: the channel ''%'' lives in memory alone, and would lose what it is sent. Give its definition a durability, ''log'' or ''snapshot''.', send.channel
          USING ERRCODE = '22023';
      ELSIF bytes > ${SENT_BYTES_MAX} THEN
        RAISE EXCEPTION 'send: the payload has % bytes, and ${SENT_BYTES_MAX} is the limit. Send where it lies instead.', bytes USING ERRCODE = '22023';
      END IF;
      PERFORM pg_advisory_xact_lock(hashtext('centrum inbox'), hashtext(send.channel));
      INSERT INTO ${s}.inbox (channel, message, payload) VALUES (send.channel, send.message, send.payload::text) RETURNING id INTO sent;
      IF pg_try_advisory_xact_lock(hashtext('centrum wake'), hashtext(${text})) THEN
        PERFORM pg_notify('${INBOX_CHANNEL}', ${text});
      END IF;
      RETURN sent;
    END $send$;
    REVOKE ALL ON FUNCTION ${s}.send(text, text, json) FROM PUBLIC;
    REVOKE ALL ON FUNCTION ${s}.claim(text, bigint, int, text, text) FROM PUBLIC;
  `
}

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

/** What kinds of channels the app of the newest back has. */
export async function announceKinds(queries: PostgresQueries, s: string, kinds: readonly ChannelKind[]): Promise<void> {
  const sorted = inPrecedence(kinds)
  await queries.query(`DELETE FROM ${s}.kind`)
  await queries.query(
    `INSERT INTO ${s}.kind (place, pattern, regex, durability) SELECT row_number() OVER (), t.* FROM unnest($1::text[], $2::text[], $3::text[]) AS t`,
    [
      sorted.map(({ pattern }) => pattern),
      sorted.map(({ pattern }) => regexOf(pattern)),
      sorted.map(({ durability }) => durability),
    ],
  )
}

/** A pattern as PostgreSQL matches it. */
export function regexOf(pattern: string): string {
  const segments = pattern
    .split('/')
    .map((segment) => (isOpen(segment) ? '[^/]+' : segment.replaceAll(/[^\w-]/g, '\\$&')))
  return `^${segments.join('/')}$`
}

/** The exact before the general, segment by segment: text, `:name`, `*`. */
function inPrecedence(kinds: readonly ChannelKind[]): ChannelKind[] {
  const rank = (pattern: string): string =>
    pattern
      .split('/')
      .map((segment) => (segment === '*' ? 2 : isOpen(segment) ? 1 : 0))
      .join('')
  return kinds.toSorted((a, b) => (rank(a.pattern) < rank(b.pattern) ? -1 : 1))
}

function isOpen(segment: string): boolean {
  return segment === '*' || segment.startsWith(':')
}
