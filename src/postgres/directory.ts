/**
 * Who is in a cluster, as its tables say: followed by notifications where they arrive, and by asking now and then anyway. Ends the runs
 * of backs whose process is gone. Knows no master.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { AnnouncedBack } from '../cluster/cluster.js'
import type { PostgresConnection } from './postgres-connection.js'
import type { PostgresLine } from './postgres-line.js'

/** A back as the tables have it. */
export interface ListedBack extends AnnouncedBack {
  /** Of this run of its process. */
  readonly incarnation: string
  /** Whether it takes no more channels. */
  readonly isCordoned: boolean
  /** Whether its process holds its place: the server frees that when the connection ends. */
  readonly isHeld: boolean
  /** How many channels it owns. */
  readonly channelCount: number
}

export interface DirectoryOptions {
  /** The schema, as SQL writes it, and by its name. */
  readonly schema: string
  readonly lockName: string
  readonly pollMs: number
  /** How long a back's place has to be free, by this process's own clock, before its run is ended. */
  readonly deadMs: number
  readonly clock: Clock
  /** Ends a run. */
  readonly seal: (backId: string, incarnation: string) => Promise<unknown>
  readonly onError: (error: unknown) => void
}

export const DIRECTORY_CHANNEL = 'centrum_directory'

export class Directory {
  backs: readonly ListedBack[] = []
  readonly #line: PostgresLine
  readonly #options: DirectoryOptions
  readonly #listeners = new Set<() => void>()
  /** Since when a run's place is seen to be free. */
  readonly #freeSince = new Map<string, number>()
  #timer: Timer | null = null
  #reading: Promise<void> | null = null
  #listening: PostgresConnection | null = null
  #isStale = false

  constructor(line: PostgresLine, options: DirectoryOptions) {
    this.#line = line
    this.#options = options
  }

  /** Resolves when it is known who is there. */
  async follow(onChange: () => void): Promise<{ end(): void }> {
    await this.refresh()
    this.#listeners.add(onChange)
    this.#schedule()
    return {
      end: () => {
        this.#listeners.delete(onChange)
        if (this.#listeners.size === 0) this.stop()
      },
    }
  }

  /** Asks now; where it is being asked already, once more then. */
  refresh(): Promise<void> {
    this.#isStale = true
    return (this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    }))
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #schedule(): void {
    const { clock, pollMs, onError } = this.#options
    this.#timer?.cancel()
    this.#timer = clock.after(pollMs, () => {
      void this.refresh()
        .catch((error: unknown) => {
          // Nobody is declared dead while the engine cannot be asked, and counting begins anew.
          this.#freeSince.clear()
          onError(error)
        })
        .finally(() => {
          if (this.#listeners.size > 0) this.#schedule()
        })
    })
  }

  async #read(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false
      const connection = await this.#line.connection()
      await this.#listen(connection)
      const before = JSON.stringify(this.backs.map(shown))
      this.backs = await listBacks(connection, this.#options)
      await this.#endGone()
      if (JSON.stringify(this.backs.map(shown)) !== before) for (const listener of this.#listeners) listener()
    }
  }

  /** Before it is read, so that no change falls between. Behind a pooler nothing arrives; then the next look finds it. */
  async #listen(connection: PostgresConnection): Promise<void> {
    if (this.#listening === connection) return
    connection.onNotification(({ channel }) => {
      if (channel === DIRECTORY_CHANNEL) void this.refresh().catch(this.#options.onError)
    })
    await connection.query(`LISTEN ${DIRECTORY_CHANNEL}`)
    this.#listening = connection
  }

  async #endGone(): Promise<void> {
    const { clock, deadMs, seal } = this.#options
    const now = clock.now()
    const free = this.backs.filter(({ isHeld }) => !isHeld)
    for (const run of this.#freeSince.keys()) {
      if (!free.some(({ incarnation }) => incarnation === run)) this.#freeSince.delete(run)
    }
    for (const { id, incarnation } of free) {
      const since = this.#freeSince.get(incarnation) ?? now
      this.#freeSince.set(incarnation, since)
      if (now - since < deadMs) continue
      await seal(id, incarnation)
      this.backs = this.backs.filter((back) => back.incarnation !== incarnation)
    }
  }
}

export async function listBacks(
  connection: PostgresConnection,
  { schema, lockName }: Pick<DirectoryOptions, 'schema' | 'lockName'>,
): Promise<ListedBack[]> {
  const { rows } = await connection.query(
    `SELECT b.*, EXISTS (
         SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND l.classid::bigint = hashtext($1)::bigint & 4294967295 AND l.objid::bigint = hashtext(b.id)::bigint & 4294967295
       ) AS is_held,
       (SELECT count(*)::int FROM ${schema}.channel c WHERE c.back = b.id AND c.run = b.run) AS channels
     FROM ${schema}.back b WHERE NOT b.is_settled AND b.address IS NOT NULL ORDER BY b.id COLLATE "C"`,
    [lockName],
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
    isHeld: row['is_held'] === true,
    channelCount: Number(row['channels']),
  }))
}

/** Rules 6 and 7: changes of the directory are rare, so each takes a lock of its own, and one notification is sent with it. */
export async function changeDirectory(
  connection: PostgresConnection,
  schema: string,
  change: (connection: PostgresConnection) => Promise<void>,
): Promise<void> {
  await connection.transaction(async () => {
    await connection.query(`SELECT pg_advisory_xact_lock(hashtext('centrum directory'), hashtext($1))`, [schema])
    await change(connection)
    await connection.query(`NOTIFY ${DIRECTORY_CHANNEL}`)
  })
}

/** What counts as a change: not how much a back has to do. */
function shown(back: ListedBack): object {
  return { ...back, channelCount: 0, isHeld: true }
}
