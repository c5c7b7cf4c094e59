/** A cluster whose backs find each other in PostgreSQL, which keeps its channels as well. Knows no master. */
import type { AnnouncedBack, DynamicCluster } from '../cluster/cluster.js'
import { readClusterKeys } from '../cluster/cluster-key.js'
import { weightedRendezvous } from '../cluster/weighted-rendezvous.js'
import { readOptions } from '../options/read-options.js'
import { compilePatterns } from '../protocol/pattern.js'
import { CentrumError } from '../protocol/errors.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import type { SharedStore } from '../store/store.js'
import { changeDirectory, Directory, listBacks, type ListedBack } from './directory.js'
import { migrate, quoted } from './migrate.js'
import { PostgresLine } from './postgres-line.js'
import { POSTGRES_OPTIONS, type PostgresClusterOptions } from './postgres-options.js'
import { lockNameOf, PostgresStore } from './postgres-store.js'
import { optionalNumber } from './read-stored.js'

/** No list to compare: 16 zeros. */
const NO_LIST = '0'.repeat(16)
const CHANNELS_LISTED = 10_000

/** A channel of the cluster, as the database has it. */
export interface ClusterChannel {
  /** The channel's id. */
  readonly id: string
  /** The id of the back that has it; null while nobody has. */
  readonly owner: string | null
  /** Of its last owner. */
  readonly epoch: number
  /** How many links it had when its owner last said so; null where it never did. */
  readonly links: number | null
  /** Its published word about itself; null where there is none. */
  readonly summary: unknown
  /** Why it opens no more; null where nothing is wrong. */
  readonly fault: string | null
}

/** A cluster whose backs come and go, and the store of its durable channels. `close()` gives its connections back. */
export interface PostgresCluster extends DynamicCluster, AsyncDisposable {
  /** Its name, as given. */
  readonly name: string
  /** Where its channels are kept. */
  readonly store: SharedStore
  readonly members: readonly ListedBack[]
  /** Asks the database who is there. */
  backs(): Promise<readonly ListedBack[]>
  /** Asks the database for channels, in the order of their ids, at most 10,000. `pattern`: only those that it fits, such as `auction/*`. */
  channels(options?: { readonly pattern?: string }): Promise<readonly ClusterChannel[]>
  /** A cordoned back takes no more channels, and keeps those that it has. Rejects with `invalid-option` where there is no such back. */
  cordon(backId: string): Promise<void>
  /** Takes channels again. */
  uncordon(backId: string): Promise<void>
  /** Makes or changes the tables; at the start of a back it is done as well. */
  migrate(): Promise<void>
  /** Gives its connections back. */
  close(): Promise<void>
}

/**
 * A cluster of the processes that name the same database and schema: backs come and go without a list. Connects when a master needs it.
 * Throws a `CentrumError` `invalid-option`.
 */
export function postgresCluster(options: PostgresClusterOptions): PostgresCluster {
  const given = readOptions({ call: 'postgresCluster' }, POSTGRES_OPTIONS, options)
  const runtime = given.runtime ?? nodeRuntime()
  return new PostgresClusterOf(given, readClusterKeys(given.key, 'postgresCluster: key'), runtime)
}

type Given = Pick<
  Required<PostgresClusterOptions>,
  'url' | 'schema' | 'statementMs' | 'lockMs' | 'pollMs' | 'deadMs' | 'journalBytesMax' | 'name'
>

class PostgresClusterOf implements PostgresCluster {
  readonly name: string
  readonly key: Uint8Array | undefined
  readonly keys: readonly Uint8Array[]
  readonly hash = NO_LIST
  readonly store: PostgresStore
  readonly #schema: string
  readonly #lockName: string
  readonly #schemaName: string
  readonly #line: PostgresLine
  readonly #directory: Directory

  constructor(
    given: { readonly [Name in keyof Given]: NonNullable<Given[Name]> },
    keys: readonly Uint8Array[],
    { clock, log }: Runtime,
  ) {
    const { url, schema, statementMs, lockMs, pollMs, deadMs, journalBytesMax } = given
    this.name = given.name
    this.key = keys[0]
    this.keys = keys
    this.#schemaName = schema
    this.#schema = quoted(schema)
    this.#lockName = lockNameOf(schema)
    const place = { url, name: `the database of the cluster '${given.name}'`, clock, statementMs }
    this.store = new PostgresStore({ ...place, schema, lockMs, journalBytesMax })
    this.#line = new PostgresLine({
      ...place,
      applicationName: `centrum ${given.name} directory`,
      begin: (connection) => migrate(connection, schema, place.name),
    })
    this.#directory = new Directory(this.#line, {
      schema: this.#schema,
      lockName: this.#lockName,
      pollMs,
      deadMs,
      clock,
      seal: async (backId, incarnation) => {
        if (await this.store.seal(backId, incarnation)) log.warn('back.sealed', { back: backId, incarnation })
      },
      onError: (error) => log.warn('engine.unavailable', { error }),
    })
  }

  get members(): readonly ListedBack[] {
    return this.#directory.backs
  }

  /** Where a channel is placed that nobody owns yet; a back that finds it elsewhere says where. */
  ownerOf(channelId: string): string | null {
    const { backs } = this.#directory
    const match = compilePatterns(new Set(backs.flatMap(({ channels }) => channels))).match(channelId)
    if (match === null) return null
    const fitting = backs.filter(({ channels, weight }) => channels.includes(match.pattern) && weight > 0)
    const open = fitting.filter(
      ({ isCordoned, capacity, channelCount }) => !isCordoned && channelCount < (capacity ?? Infinity),
    )
    return weightedRendezvous(open.length > 0 ? open : fitting, channelId)
  }

  async announce({ id, address, channels, weight, capacity, labels }: AnnouncedBack): Promise<void> {
    await this.#change(id, `address = $2, patterns = $3, weight = $4, capacity = $5, labels = $6`, [
      address,
      [...channels],
      weight,
      capacity,
      JSON.stringify(labels),
    ])
  }

  follow(onChange: () => void): Promise<{ end(): void }> {
    return this.#directory.follow(onChange)
  }

  async backs(): Promise<readonly ListedBack[]> {
    return listBacks(await this.#line.connection(), { schema: this.#schema, lockName: this.#lockName })
  }

  async channels({ pattern }: { readonly pattern?: string } = {}): Promise<readonly ClusterChannel[]> {
    const matcher = pattern === undefined ? null : compilePatterns([pattern])
    const prefix = pattern === undefined ? '' : (/^[^*:]*/.exec(pattern)?.[0] ?? '')
    const { rows } = await this.#line.query(
      `SELECT c.id, c.epoch, c.links, c.summary, c.fault, b.id AS owner FROM ${this.#schema}.channel c
       LEFT JOIN ${this.#schema}.back b ON b.id = c.back AND b.run = c.run AND NOT b.is_settled
       WHERE starts_with(c.id, $1) ORDER BY c.id COLLATE "C" LIMIT ${CHANNELS_LISTED}`,
      [prefix],
    )
    return rows
      .filter(({ id }) => matcher === null || matcher.match(String(id)) !== null)
      .map(({ id, epoch, links, summary, fault, owner }) => ({
        id: String(id),
        owner: owner as string | null,
        epoch: Number(epoch),
        links: optionalNumber(links),
        summary,
        fault: fault as string | null,
      }))
  }

  cordon(backId: string): Promise<void> {
    return this.#change(backId, 'is_cordoned = true')
  }

  uncordon(backId: string): Promise<void> {
    return this.#change(backId, 'is_cordoned = false')
  }

  async migrate(): Promise<void> {
    await this.#line.connection()
  }

  async close(): Promise<void> {
    this.#directory.stop()
    await this.#line.close()
    await this.store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #change(backId: string, set: string, values: Parameters<PostgresLine['query']>[1] = []): Promise<void> {
    await changeDirectory(await this.#line.connection(), this.#schemaName, async (connection) => {
      const { rowCount } = await connection.query(
        `UPDATE ${this.#schema}.back SET ${set} WHERE id = $1 AND NOT is_settled`,
        [backId, ...values],
      )
      if (rowCount === 1) return
      throw new CentrumError('invalid-option', `There is no back '${backId}' in the cluster '${this.name}'.`)
    })
    await this.#directory.refresh()
  }
}
