/** The options of `postgresCluster`. */
import { KEY_OPTION } from '../cluster/cluster-key.js'
import { NUMBER, TEXT } from '../options/option-kinds.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'

const MS = { ...NUMBER, unit: 'ms' } as const

export const POSTGRES_OPTIONS = {
  url: {
    ...TEXT,
    value: 'url',
    secret: true,
    required: 'Give the URL of the primary, such as process.env.DATABASE_URL.',
    description:
      'The database: PostgreSQL 15 or newer, its primary, a direct connection and no pooler. `postgres://user:password@host:5432/name`.',
  },
  name: {
    ...TEXT,
    value: 'name',
    default: 'centrum',
    description: 'The name of the cluster, in logs and errors.',
  },
  key: {
    ...KEY_OPTION,
    required:
      'Give all masters of the cluster the same secret, such as process.env.CENTRUM_KEY; `npx centrum key` makes one.',
  },
  schema: {
    ...TEXT,
    value: 'name',
    default: 'centrum',
    description: 'The schema of its tables, one for each cluster. It is made where there is none.',
  },
  statementMs: {
    ...MS,
    min: 100,
    max: 600_000,
    default: 5_000,
    description:
      'How long a statement may take. Then its connection is closed, and whether it was carried out is found out.',
  },
  lockMs: {
    ...MS,
    min: 1,
    max: 600_000,
    default: 2_000,
    description:
      'How long the start of a back waits for another process with its id to end, before it is refused with `store-in-use`.',
  },
  pollMs: {
    ...MS,
    min: 50,
    max: 60_000,
    default: 1_000,
    description: 'How often it is asked who is there, besides at each notification.',
  },
  deadMs: {
    ...MS,
    min: 500,
    max: 600_000,
    default: 4_000,
    description:
      'How long a back must have had no connection to the database before its channels are given to others; at once where its address refuses.',
  },
  leaseMs: {
    ...MS,
    min: 1_000,
    max: 600_000,
    default: 10_000,
    description:
      'How long a back may have stored nothing, not even that it is there, before its channels are given to others; and how long it goes on with channels that live in memory while the database is away. The same for all masters.',
  },
  moveMs: {
    ...MS,
    min: 100,
    max: 3_600_000,
    default: 60_000,
    description: 'How long `move` and `drain` of the cluster wait at most until it is done.',
  },
  journalBytesMax: {
    ...NUMBER,
    min: 65_536,
    max: 2 ** 32,
    unit: 'bytes',
    default: 64 * 2 ** 20,
    description:
      'How much the journal of a back may hold, in its table and in memory. Above it the oldest turns are copied to where each channel has its own.',
  },
  runtime: RUNTIME_OPTION,
} as const satisfies OptionTable

/** Each option has its unit and default in docs/options.md. */
export type PostgresClusterOptions = GivenOptions<typeof POSTGRES_OPTIONS>
