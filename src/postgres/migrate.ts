/** The tables and functions of a cluster in PostgreSQL, and how they come there. Knows nothing of who uses them. */
import { CentrumError } from '../protocol/errors.js'
import { inboxTables } from './inbox-tables.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'

/**
 * What each version of the tables adds to the one before: a step stays as it is once it was released. Where an older centrum can go on with
 * what a step makes, as with a new column that may be null, the two run side by side.
 */
const STEPS: readonly SchemaStep[] = [
  { sql: (schema) => ddl(quoted(schema)), oldest: 1 },
  { sql: (schema) => inboxTables(schema, quoted(schema)), oldest: 1 },
  { sql: (schema) => claimFunction(quoted(schema), true), oldest: 1 },
]

interface SchemaStep {
  readonly sql: (schema: string) => string
  /** The oldest version of centrum's tables whose programs go on with these. */
  readonly oldest: number
}

/** Entries of a journal. */
export const ENTRY = { commit: 0, seal: 1, join: 2 } as const

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Makes the tables, or brings them to this version, under a lock, so that processes that start together do not disturb each other. */
export async function migrate(
  connection: PostgresConnection,
  schema: string,
  name: string,
  steps: readonly SchemaStep[] = STEPS,
): Promise<void> {
  const { version, oldest } = await schemaVersion(connection, schema)
  if (oldest > steps.length) throw tooNew(name, schema, version, steps.length)
  if (version >= steps.length) return
  await connection.transaction(async (queries) => {
    await queries.query(`SELECT pg_advisory_xact_lock(hashtext('centrum migrate'), hashtext($1))`, [schema])
    const found = await schemaVersion(queries, schema)
    for (const { sql } of steps.slice(found.version)) await queries.query(sql(schema))
    const last = steps.at(-1)
    if (found.version >= steps.length || last === undefined) return
    await queries.query(`UPDATE ${quoted(schema)}.cluster SET version = $1, oldest = $2`, [steps.length, last.oldest])
  })
}

function tooNew(name: string, schema: string, version: number, known: number): CentrumError {
  return new CentrumError(
    'store-mismatch',
    `${name}, schema '${schema}', has version ${version} of the tables, but this version of centrum knows only ${known}. Use the version of centrum that created them, or a newer one.`,
  )
}

interface FoundVersion {
  /** 0 where there are no tables. */
  readonly version: number
  readonly oldest: number
}

async function schemaVersion(queries: PostgresQueries, schema: string): Promise<FoundVersion> {
  // Not by to_regclass: within a transaction that goes by what was known before another one made the tables.
  const { rowCount } = await queries.query(
    `SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = 'cluster'`,
    [schema],
  )
  if (rowCount === 0) return { version: 0, oldest: 0 }
  const { rows: versions } = await queries.query(`SELECT * FROM ${quoted(schema)}.cluster`)
  const { version, oldest } = versions[0] ?? {}
  return { version: Number(version), oldest: Number(oldest ?? 1) }
}

function ddl(s: string): string {
  return `
    CREATE SCHEMA IF NOT EXISTS ${s};
    CREATE TABLE ${s}.cluster (
      one boolean PRIMARY KEY DEFAULT true CHECK (one), version int NOT NULL, name text, key_id text, epoch_floor bigint NOT NULL DEFAULT 0, oldest int NOT NULL DEFAULT 1
    );
    INSERT INTO ${s}.cluster (version) VALUES (1);
    CREATE TABLE ${s}.back (
      id text PRIMARY KEY, run text NOT NULL, is_settled boolean NOT NULL DEFAULT false, address text, patterns text[], weight float8,
      capacity int, labels jsonb NOT NULL DEFAULT '{}', is_cordoned boolean NOT NULL DEFAULT false, is_draining boolean NOT NULL DEFAULT false,
      channels int NOT NULL DEFAULT 0, joined_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE ${s}.suspicion (
      back text NOT NULL, observer text NOT NULL, run text NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (back, observer)
    );
    CREATE TABLE ${s}.front (id text PRIMARY KEY, public_url text NOT NULL);
    CREATE TABLE ${s}.journal (
      back text NOT NULL, seq bigint NOT NULL, run text NOT NULL, kind smallint NOT NULL, bytes bytea NOT NULL DEFAULT '', PRIMARY KEY (back, seq)
    );
    ALTER TABLE ${s}.journal ALTER COLUMN bytes SET STORAGE EXTERNAL;
    CREATE TABLE ${s}.channel (
      id text PRIMARY KEY, epoch bigint NOT NULL DEFAULT 0, back text, run text, is_released boolean NOT NULL DEFAULT false,
      is_rewound boolean NOT NULL DEFAULT false, due_at float8, fault text, fault_at float8, image_number bigint, image_epoch bigint,
      image_due float8, state_version int, stored_at float8, checksum bigint, image bytea, summary jsonb, links int, move_to text, reserved_for text
    );
    CREATE INDEX channel_due ON ${s}.channel (due_at) WHERE due_at IS NOT NULL AND fault IS NULL;
    CREATE INDEX channel_owner ON ${s}.channel (back, run) WHERE back IS NOT NULL;
    CREATE INDEX channel_moves ON ${s}.channel (back) WHERE move_to IS NOT NULL;
    CREATE TABLE ${s}.carried (channel text NOT NULL, number bigint NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (channel, number));
    CREATE TABLE ${s}.attempt (channel text NOT NULL, what text NOT NULL, at float8 NOT NULL);
    CREATE INDEX attempt_of ON ${s}.attempt (channel, what);
    CREATE TABLE ${s}.inbox (channel text NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, message text NOT NULL, payload text NOT NULL, PRIMARY KEY (channel, id));
    CREATE TABLE ${s}.rejected (
      channel text NOT NULL, id bigint NOT NULL, message text NOT NULL, payload text NOT NULL, reason text NOT NULL,
      at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (channel, id)
    );
    ${claimFunction(s, false)}
  `
}

/**
 * Each statement of it has a snapshot of its own, and the row of the channel is locked before it is looked at who owns it: in one
 * statement a back that joined meanwhile would not be seen.
 */
function claimFunction(s: string, knowsFormats: boolean): string {
  const isLater = '(get_byte(substring(c.image FROM 1 FOR 1), 0) > p_format AND octet_length(c.image) > 0)'
  return `
    CREATE FUNCTION ${s}.claim(p_id text, p_seen bigint, p_version int, p_back text, p_run text${knowsFormats ? ', p_format int' : ''})
    RETURNS TABLE (outcome text, new_epoch bigint, owner text, was_released boolean, c ${s}.channel) LANGUAGE plpgsql AS $claim$
    BEGIN
      INSERT INTO ${s}.channel (id, epoch) SELECT p_id, epoch_floor FROM ${s}.cluster ON CONFLICT DO NOTHING;
      SELECT * INTO c FROM ${s}.channel ch WHERE ch.id = p_id FOR UPDATE;
      owner := c.back;
      was_released := c.is_released;
      new_epoch := c.epoch;
      IF NOT EXISTS (SELECT 1 FROM ${s}.back b WHERE b.id = p_back AND b.run = p_run AND NOT b.is_settled) THEN
        outcome := 'fenced';
      ELSIF c.run <> p_run AND EXISTS (SELECT 1 FROM ${s}.back b WHERE b.id = c.back AND b.run = c.run AND NOT b.is_settled) THEN
        outcome := 'owned';
      ELSIF c.reserved_for <> p_back AND EXISTS (SELECT 1 FROM ${s}.back b WHERE b.id = c.reserved_for AND NOT b.is_settled) THEN
        outcome := 'owned';
        owner := c.reserved_for;
      ELSIF c.fault IS NOT NULL THEN
        outcome := 'faulted';
      ELSIF c.state_version > p_version${knowsFormats ? ` OR ${isLater}` : ''} THEN
        outcome := 'too-new';
        UPDATE ${s}.channel ch SET reserved_for = NULL WHERE ch.id = p_id;
      ELSE
        outcome := 'claimed';
        new_epoch := greatest(c.epoch, p_seen) + 1;
        UPDATE ${s}.channel ch SET epoch = new_epoch, back = p_back, run = p_run, is_released = false, move_to = NULL, reserved_for = NULL
          WHERE ch.id = p_id;
      END IF;
      c.image := NULL;
      RETURN NEXT;
    END $claim$;
  `
}
