/** What operators ask of the tables of a cluster, and change in them: channels, faults, and what was sent and refused. Knows no master. */
import type { RejectedMessage } from '../cluster/rejected-message.js'
import { compilePatterns } from '../protocol/pattern.js'
import { regexOf } from './announce-kinds.js'
import type { PostgresQueries } from './postgres-connection.js'
import { optionalNumber } from './read-stored.js'

/** How many channels and messages are listed at once. */
const LISTED_MAX = 10_000

/** A channel of the cluster, as the database has it. */
export interface ClusterChannel {
  /** The channel's id. */
  readonly id: string
  /** The id of the back that owns it; null while no back does. */
  readonly owner: string | null
  /** The epoch of its last owner. */
  readonly epoch: number
  /** How many links it has, as reported within the last seconds; 0 without an owner, null if its owner has not reported yet. */
  readonly links: number | null
  /** What it publishes about itself (`ctx.summary`), as JSON; null if there is nothing. */
  readonly summary: unknown
  /** Why it does not open; null if it is not faulted. */
  readonly fault: string | null
  /** When it was faulted, in milliseconds since 1970; null if it is not faulted. */
  readonly faultAt: number | null
}

/** Which channels to list. If left out, all. */
export interface ChannelsWanted {
  /** Only channels that match this pattern, such as `auction/*`. */
  readonly pattern?: string
  /** Only faulted channels. */
  readonly faulted?: boolean
  /** Only channels after this id, for the next page. */
  readonly after?: string
  /** At most this many; 10,000 by default. */
  readonly limit?: number
}

/** A message that `centrum.send` sent and that was rejected. */
export interface KeptMessage extends RejectedMessage {
  /** When it was rejected, in milliseconds since 1970. */
  readonly at: number
}

type Query = PostgresQueries['query']

export class ClusterOperations {
  readonly #query: Query
  readonly #schema: string

  /** `schema`: as SQL writes it. */
  constructor(query: Query, schema: string) {
    this.#query = query
    this.#schema = schema
  }

  async channels({ pattern, faulted = false, after = '', limit = LISTED_MAX }: ChannelsWanted = {}): Promise<
    ClusterChannel[]
  > {
    const prefix = /^[^*:]*/.exec(pattern ?? '')?.[0] ?? ''
    const { rows } = await this.#query(
      `SELECT c.id, c.epoch, CASE WHEN b.id IS NULL THEN 0 ELSE c.links END AS links, c.summary, c.fault, c.fault_at, b.id AS owner
     FROM ${this.#schema}.channel c LEFT JOIN ${this.#schema}.back b ON b.id = c.back AND b.run = c.run AND NOT b.is_settled
     WHERE starts_with(c.id, $1) AND c.id ~ $2 AND c.id COLLATE "C" > $3 AND (c.fault IS NOT NULL OR NOT $4)
     ORDER BY c.id COLLATE "C" LIMIT $5`,
      [prefix, regexOfGiven(pattern), after, faulted, limit],
    )
    return rows.map(({ id, epoch, links, summary, fault, fault_at: faultAt, owner }) => ({
      id: String(id),
      owner: owner as string | null,
      epoch: Number(epoch),
      links: optionalNumber(links),
      summary,
      fault: fault as string | null,
      faultAt: optionalNumber(faultAt),
    }))
  }

  /** False where the channel was not faulted. */
  async clearFault(channelId: string): Promise<boolean> {
    const { rowCount } = await this.#query(
      `WITH cleared AS (UPDATE ${this.#schema}.channel SET fault = NULL, fault_at = NULL WHERE id = $1 AND fault IS NOT NULL RETURNING 1),
       forgotten AS (DELETE FROM ${this.#schema}.attempt WHERE channel = $1)
     SELECT FROM cleared`,
      [channelId],
    )
    return rowCount === 1
  }

  async rejected({ pattern }: { readonly pattern?: string } = {}): Promise<KeptMessage[]> {
    const { rows } = await this.#query(
      `SELECT id, channel, message, payload, reason, floor(extract(epoch FROM at) * 1000) AS at FROM ${this.#schema}.rejected
     WHERE channel ~ $1 ORDER BY id LIMIT ${LISTED_MAX}`,
      [regexOfGiven(pattern)],
    )
    return rows.map(({ id, channel, message, payload, reason, at }) => ({
      id: Number(id),
      channel: String(channel),
      message: String(message),
      payload: payload === null ? undefined : (JSON.parse(payload as string) as unknown),
      reason: String(reason),
      at: Number(at),
    }))
  }

  /** They go to the end of their inboxes, under new numbers, in order. Gives how many there were. */
  async retryRejected(ids: readonly number[]): Promise<number> {
    const { rowCount } = await this.#query(
      `WITH gone AS (DELETE FROM ${this.#schema}.rejected WHERE id = ANY ($1::bigint[]) RETURNING *),
       sorted AS MATERIALIZED (SELECT * FROM gone ORDER BY id)
     SELECT ${this.#schema}.send(channel, message, payload::json) FROM sorted`,
      [ids],
    )
    return rowCount ?? 0
  }

  /** Gives how many there were. */
  async dropRejected(ids: readonly number[]): Promise<number> {
    const { rowCount } = await this.#query(`DELETE FROM ${this.#schema}.rejected WHERE id = ANY ($1::bigint[])`, [ids])
    return rowCount ?? 0
  }
}

/** Throws a `CentrumError` `invalid-option` for what is no pattern. */
function regexOfGiven(pattern: string | undefined): string {
  if (pattern === undefined) return ''
  compilePatterns([pattern])
  return regexOf(pattern)
}
