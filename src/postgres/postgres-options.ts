/** The options of `postgresCluster`. */
import { KEY_OPTION } from '../cluster/cluster-key.js'
import { NUMBER, TEXT } from '../options/option-kinds.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'

const MS = { ...NUMBER, unit: 'ms' } as const

export const POSTGRES_OPTIONS = {
  /**
   * The database: the primary of PostgreSQL 15 or newer, by a direct connection, not through a pooler.
   * `postgres://user:password@host:5432/name`.
   */
  url: {
    ...TEXT,
    value: 'url',
    secret: true,
    required: 'Give the URL of the primary, such as process.env.DATABASE_URL.',
    description:
      'The database: the primary of PostgreSQL 15 or newer, by a direct connection, not through a pooler. `postgres://user:password@host:5432/name`.',
  },
  /** The name of the cluster, in logs and errors. `centrum` by default. */
  name: {
    ...TEXT,
    value: 'name',
    default: 'centrum',
    description: 'The name of the cluster, in logs and errors.',
  },
  /**
   * The secret of the cluster, at least 32 bytes (of UTF-8, if it is a string). Required for `tcp://` addresses
   * beyond loopback, and by every front, which signs resume tokens with it. If it is a list, the first key is used
   * and all are accepted, so that a key can be changed without ending sessions.
   */
  key: {
    ...KEY_OPTION,
    required:
      'Give all backs and fronts of the cluster the same secret, such as process.env.CENTRUM_KEY; `npx centrum key` makes one.',
  },
  /**
   * The schema of the cluster's tables, one for each cluster. It is created if it does not exist. `centrum` by
   * default.
   */
  schema: {
    ...TEXT,
    value: 'name',
    default: 'centrum',
    description: "The schema of the cluster's tables, one for each cluster. It is created if it does not exist.",
  },
  /**
   * How long a statement may take. After that its connection is closed, and the cluster checks whether the statement
   * was executed. 5,000 ms by default.
   */
  statementMs: {
    ...MS,
    min: 100,
    max: 600_000,
    default: 5_000,
    description:
      'How long a statement may take. After that its connection is closed, and the cluster checks whether the statement was executed.',
  },
  /**
   * How long the start of a back waits for another process with its id to end, before it is refused with
   * `store-in-use`. 2,000 ms by default.
   */
  lockMs: {
    ...MS,
    min: 1,
    max: 600_000,
    default: 2_000,
    description:
      'How long the start of a back waits for another process with its id to end, before it is refused with `store-in-use`.',
  },
  /** How often the list of backs is read again, besides after each notification. 1,000 ms by default. */
  pollMs: {
    ...MS,
    min: 50,
    max: 60_000,
    default: 1_000,
    description: 'How often the list of backs is read again, besides after each notification.',
  },
  /**
   * How long a back must have stored nothing before its channels go to other backs, if a front or back cannot reach
   * it or it has lost its connection to the database. If its address refuses connections, they go at once. 4,000 ms
   * by default.
   */
  deadMs: {
    ...MS,
    min: 500,
    max: 600_000,
    default: 4_000,
    description:
      'How long a back must have stored nothing before its channels go to other backs, if a front or back cannot reach it or it has lost its connection to the database. If its address refuses connections, they go at once.',
  },
  /**
   * How long a back may have stored nothing, not even its heartbeat, before its channels go to other backs, no matter
   * who can reach it; and how long it continues channels in memory while the database is unreachable. Must be the
   * same in all processes. 10,000 ms by default.
   */
  leaseMs: {
    ...MS,
    min: 1_000,
    max: 600_000,
    default: 10_000,
    description:
      'How long a back may have stored nothing, not even its heartbeat, before its channels go to other backs, no matter who can reach it; and how long it continues channels in memory while the database is unreachable. Must be the same in all processes.',
  },
  /** How long `cluster.move` and `cluster.drain` wait for the result at most. 60,000 ms by default. */
  moveMs: {
    ...MS,
    min: 100,
    max: 3_600_000,
    default: 60_000,
    description: 'How long `cluster.move` and `cluster.drain` wait for the result at most.',
  },
  /**
   * How much the journal of a back may hold, in its table and in memory. Above this the oldest turns are moved to the
   * storage of the single channels. 67,108,864 bytes by default.
   */
  journalBytesMax: {
    ...NUMBER,
    min: 65_536,
    max: 2 ** 32,
    unit: 'bytes',
    default: 64 * 2 ** 20,
    description:
      'How much the journal of a back may hold, in its table and in memory. Above this the oldest turns are moved to the storage of the single channels.',
  },
  /** Clock, randomness and log. If left out, `nodeRuntime()`. */
  runtime: RUNTIME_OPTION,
} as const satisfies OptionTable

/** Each option has its unit and default in docs/options.md. */
export type PostgresClusterOptions = GivenOptions<typeof POSTGRES_OPTIONS>
