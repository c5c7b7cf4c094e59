/** A cluster whose backs find each other in PostgreSQL, which keeps its channels as well. Knows no master. */
import { addressRefuses } from '../cluster/address-refuses.js'
import type {
  AnnouncedBack,
  ChannelKind,
  ChannelMove,
  DynamicCluster,
  ListedBack,
  ListedFront,
  PlaceWish,
} from '../cluster/cluster.js'
import { readClusterKeys } from '../cluster/cluster-key.js'
import { Directory } from '../cluster/directory.js'
import { readOptions } from '../options/read-options.js'
import { CentrumError } from '../protocol/errors.js'
import type { Clock } from '../runtime/runtime.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Runtime } from '../runtime/runtime.js'
import { FrontRegistry } from './front-registry.js'
import { changeDirectory, DIRECTORY_CHANNEL, listBacks, voteDead } from './list-backs.js'
import { migrate, quoted } from './migrate.js'
import { announceKinds } from './announce-kinds.js'
import { type ChannelsWanted, type ClusterChannel, ClusterOperations, type KeptMessage } from './cluster-operations.js'
import type { PostgresConnection, PostgresQueries } from './postgres-connection.js'
import { PostgresLine } from './postgres-line.js'
import { POSTGRES_OPTIONS, type PostgresClusterOptions } from './postgres-options.js'
import { lockNameOf, PostgresStore } from './postgres-store.js'

/** No list to compare: 16 zeros. */
const NO_LIST = '0'.repeat(16)
/** A vote is repeated at each look, and counts for as long as so many take. */
const VOTE_POLLS = 3
/** How often it is looked whether a channel has moved. */
const MOVE_LOOK_MS = 100

/** A dynamic cluster in PostgreSQL, and the store of its durable channels. `close()` releases its connections. */
export interface PostgresCluster extends DynamicCluster, AsyncDisposable {
  /** Its name, as given. */
  readonly name: string
  /** Reads the list of backs from the database. */
  backs(): Promise<readonly ListedBack[]>
  /** Reads the list of channels from the database, ordered by id, at most 10,000 at once. */
  channels(wanted?: ChannelsWanted): Promise<readonly ClusterChannel[]>
  /** Lets a faulted channel open again. Resolves with false if it was not faulted. */
  clearFault(channelId: string): Promise<boolean>
  /** Lists the rejected messages of `centrum.send`, with the reason, in the order in which they were sent; at most 10,000. */
  rejected(wanted?: { readonly pattern?: string }): Promise<readonly KeptMessage[]>
  /** Sends some of these messages again, unchanged. Resolves with their number. */
  retryRejected(ids: readonly number[]): Promise<number>
  /** Deletes some of these messages. Resolves with their number. */
  dropRejected(ids: readonly number[]): Promise<number>
  /** Creates or updates the tables, as the start of a back does, too. */
  migrate(): Promise<void>
  /** Closes its connections to the database. */
  close(): Promise<void>
}

/**
 * A dynamic cluster of all processes that name the same database and schema: backs join and leave without a list. Connects when a
 * back or front starts. Throws a `CentrumError` `invalid-option`.
 */
export function postgresCluster(options: PostgresClusterOptions): PostgresCluster {
  const given = readOptions({ call: 'postgresCluster' }, POSTGRES_OPTIONS, options)
  const runtime = given.runtime ?? nodeRuntime()
  return new PostgresClusterOf(given, readClusterKeys(given.key, 'postgresCluster: key'), runtime)
}

type Given = Pick<
  Required<PostgresClusterOptions>,
  'url' | 'schema' | 'statementMs' | 'lockMs' | 'pollMs' | 'deadMs' | 'leaseMs' | 'moveMs' | 'journalBytesMax' | 'name'
>

class PostgresClusterOf implements PostgresCluster {
  readonly name: string
  readonly key: Uint8Array | undefined
  readonly keys: readonly Uint8Array[]
  readonly hash = NO_LIST
  readonly store: PostgresStore
  readonly leaseMs: number
  readonly #schema: string
  readonly #lockName: string
  readonly #schemaName: string
  readonly #moveMs: number
  readonly #suspectedMs: number
  readonly #clock: Clock
  readonly #line: PostgresLine
  readonly #directory: Directory
  readonly #fronts: FrontRegistry
  readonly #operations: ClusterOperations
  #listening: PostgresConnection | null = null

  constructor(
    given: { readonly [Name in keyof Given]: NonNullable<Given[Name]> },
    keys: readonly Uint8Array[],
    { clock, log }: Runtime,
  ) {
    const { url, schema, statementMs, lockMs, pollMs, deadMs, leaseMs, moveMs, journalBytesMax } = given
    this.name = given.name
    this.key = keys[0]
    this.keys = keys
    this.leaseMs = leaseMs
    this.#schemaName = schema
    this.#schema = quoted(schema)
    this.#lockName = lockNameOf(schema)
    this.#moveMs = moveMs
    this.#suspectedMs = VOTE_POLLS * pollMs
    this.#clock = clock
    this.#fronts = new FrontRegistry(schema)
    const place = { url, name: `the database of the cluster '${given.name}'`, clock, statementMs }
    this.store = new PostgresStore({ ...place, schema, lockMs, journalBytesMax })
    this.#line = new PostgresLine({
      ...place,
      applicationName: `centrum ${given.name} directory`,
      begin: async (connection) => {
        await migrate(connection, schema, place.name)
        await this.#fronts.begin(connection)
      },
    })
    this.#operations = new ClusterOperations((sql, values) => this.#line.query(sql, values), this.#schema)
    this.#directory = new Directory({
      ...{ pollMs, deadMs, leaseMs, clock },
      read: () => this.#read(),
      vote: async (votes) =>
        voteDead(await this.#line.connection(), { schema: this.#schema, suspectedMs: this.#suspectedMs }, votes),
      refuses: (address) => addressRefuses(address, clock, pollMs),
      seal: async ({ id, incarnation }) => {
        if (await this.store.seal(id, incarnation)) log.warn('back.sealed', { back: id, incarnation })
      },
      onError: (error) => log.warn('engine.unavailable', { error }),
    })
  }

  get members(): readonly ListedBack[] {
    return this.#directory.backs
  }

  ownerOf(channelId: string, wish?: PlaceWish): string | null {
    return this.#directory.ownerOf(channelId, wish)
  }

  suspect(observerId: string, backId: string, isMissed: boolean): void {
    this.#directory.suspect(observerId, backId, isMissed)
  }

  get fronts(): readonly ListedFront[] {
    return this.#fronts.fronts
  }

  async announceFront(frontId: string, publicUrl: string | null): Promise<void> {
    await this.#fronts.announce(await this.#line.connection(), frontId, publicUrl)
  }

  /** Without a notification: others look anyhow. */
  async reportLoad(backId: string, channels: number): Promise<void> {
    await this.#line.query(`UPDATE ${this.#schema}.back SET channels = $2 WHERE id = $1 AND NOT is_settled`, [
      backId,
      channels,
    ])
  }

  async announce(back: AnnouncedBack, kinds: readonly ChannelKind[]): Promise<void> {
    const { id, address, channels, weight, capacity, labels } = back
    this.#directory.self = id
    const set = `address = $2, patterns = $3, weight = $4, capacity = $5, labels = $6`
    await this.#change(id, set, [address, [...channels], weight, capacity, JSON.stringify(labels)], (queries) =>
      announceKinds(queries, this.#schema, kinds),
    )
  }

  follow(onChange: () => void): Promise<{ end(): void }> {
    return this.#directory.follow(onChange)
  }

  async backs(): Promise<readonly ListedBack[]> {
    return this.#list(await this.#line.connection(), true)
  }

  channels(wanted: ChannelsWanted = {}): Promise<readonly ClusterChannel[]> {
    return this.#operations.channels(wanted)
  }

  clearFault(channelId: string): Promise<boolean> {
    return this.#operations.clearFault(channelId)
  }

  rejected(wanted: { readonly pattern?: string } = {}): Promise<readonly KeptMessage[]> {
    return this.#operations.rejected(wanted)
  }

  retryRejected(ids: readonly number[]): Promise<number> {
    return this.#operations.retryRejected(ids)
  }

  dropRejected(ids: readonly number[]): Promise<number> {
    return this.#operations.dropRejected(ids)
  }

  cordon(backId: string): Promise<void> {
    return this.#change(backId, 'is_cordoned = true')
  }

  uncordon(backId: string): Promise<void> {
    return this.#change(backId, 'is_cordoned = false, is_draining = false')
  }

  beginDrain(backId: string): Promise<void> {
    return this.#change(backId, 'is_draining = true')
  }

  async drain(backId: string): Promise<void> {
    await this.beginDrain(backId)
    await this.#until(`the back '${backId}' has handed over its channels`, async () => {
      const back = (await this.backs()).find(({ id }) => id === backId)
      return back === undefined || back.channelCount === 0
    })
  }

  async move(channelId: string, backId: string): Promise<void> {
    const backs = await this.backs()
    if (!backs.some(({ id }) => id === backId)) throw this.#noBack(backId)
    await changeDirectory(await this.#line.connection(), this.#schemaName, async (queries) => {
      await queries.query(
        `INSERT INTO ${this.#schema}.channel AS c (id, epoch, reserved_for) SELECT $1, epoch_floor, $2 FROM ${this.#schema}.cluster
         ON CONFLICT (id) DO UPDATE SET
           move_to = CASE WHEN c.back IS NULL OR c.back = $2 THEN NULL ELSE $2 END,
           reserved_for = CASE WHEN c.back IS NULL THEN $2 END`,
        [channelId, backId],
      )
    })
    await this.#until(`'${channelId}' has moved to '${backId}'`, async () => {
      const { rows } = await this.#line.query(
        `SELECT 1 FROM ${this.#schema}.channel WHERE id = $1 AND (back = $2 OR (back IS NULL AND reserved_for = $2))`,
        [channelId, backId],
      )
      return rows.length > 0
    })
  }

  async movesOf(backId: string): Promise<readonly ChannelMove[]> {
    const { rows } = await this.#line.query(
      `SELECT c.id, c.move_to FROM ${this.#schema}.channel c JOIN ${this.#schema}.back b ON b.id = c.back AND b.run = c.run
       WHERE c.back = $1 AND c.move_to IS NOT NULL`,
      [backId],
    )
    return rows.map((row) => ({ channelId: String(row['id']), to: String(row['move_to']) }))
  }

  isGone(backId: string): Promise<boolean> {
    return this.#directory.isGone(backId)
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

  async #read(): Promise<readonly ListedBack[]> {
    const connection = await this.#line.connection()
    await this.#listen(connection)
    await this.#fronts.read(connection)
    return this.#list(connection, false)
  }

  #list(connection: PostgresConnection, counts: boolean): Promise<ListedBack[]> {
    return listBacks(connection, {
      schema: this.#schema,
      lockName: this.#lockName,
      counts,
      suspectedMs: this.#suspectedMs,
    })
  }

  /** Before it is read, so that no change falls between. Behind a pooler nothing arrives; then the next look finds it. */
  async #listen(connection: PostgresConnection): Promise<void> {
    if (this.#listening === connection) return
    connection.onNotification(({ channel }) => {
      if (channel === DIRECTORY_CHANNEL) this.#directory.prod()
    })
    await connection.query(`LISTEN ${DIRECTORY_CHANNEL}`)
    this.#listening = connection
  }

  async #change(
    backId: string,
    set: string,
    values: Parameters<PostgresLine['query']>[1] = [],
    more?: (queries: PostgresQueries) => Promise<void>,
  ): Promise<void> {
    await changeDirectory(await this.#line.connection(), this.#schemaName, async (queries) => {
      const { rowCount } = await queries.query(
        `UPDATE ${this.#schema}.back SET ${set} WHERE id = $1 AND NOT is_settled`,
        [backId, ...values],
      )
      if (rowCount !== 1) throw this.#noBack(backId)
      await more?.(queries)
    })
    await this.#directory.refresh()
  }

  #noBack(backId: string): CentrumError {
    return new CentrumError('invalid-option', `There is no back '${backId}' in the cluster '${this.name}'.`)
  }

  async #until(what: string, look: () => Promise<boolean>): Promise<void> {
    const end = this.#clock.now() + this.#moveMs
    while (!(await look())) {
      if (this.#clock.now() > end)
        throw new CentrumError(
          'timeout',
          `It takes more than ${this.#moveMs} ms (moveMs) until ${what}. This continues in the background: see centrum cluster status.`,
        )
      await new Promise<void>((resolve) => void this.#clock.after(MOVE_LOOK_MS, resolve))
    }
  }
}
