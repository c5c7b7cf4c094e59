/** The function by which the application's own transactions send to channels, and what it needs. Knows nothing of who takes what is sent. */

/** What says that messages may have come; its payload is the schema. */
export const INBOX_CHANNEL = 'centrum_inbox'
/** Maximum size of the payload of a message from the database as JSON, in bytes. */
const SENT_BYTES_MAX = 2 ** 20

/**
 * Senders to one channel wait for each other until they commit, so that the order of ids is that of commits. Of senders at once one sends the
 * word: a notification takes a lock that all commits with one wait for. Who has heard it looks again soon after.
 */
export function inboxTables(schema: string, s: string): string {
  const text = `'${schema.replaceAll("'", "''")}'`
  return `
    CREATE TABLE IF NOT EXISTS ${s}.front (id text PRIMARY KEY, public_url text NOT NULL);
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
        RAISE EXCEPTION 'send: the channel ''%'' exists only in memory, and could lose the message. Give its definition a durability, ''log'' or ''snapshot''.', send.channel
          USING ERRCODE = '22023';
      ELSIF bytes > ${SENT_BYTES_MAX} THEN
        RAISE EXCEPTION 'send: the payload has % bytes, the limit is ${SENT_BYTES_MAX}. Send a reference to it instead.', bytes USING ERRCODE = '22023';
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
