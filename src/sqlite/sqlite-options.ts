/** The options of `sqliteStore`. */
import { NUMBER, TEXT } from '../options/option-kinds.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'

export const SQLITE_OPTIONS = {
  /**
   * The file of the store. It is created if it does not exist, with its folder. Only one process can use it at a
   * time. `:memory:` keeps everything in memory, for tests.
   */
  path: {
    ...TEXT,
    value: 'file',
    required: "Give a file, such as 'data/app.db', or ':memory:' for tests.",
    description:
      'The file of the store. It is created if it does not exist, with its folder. Only one process can use it at a time. `:memory:` keeps everything in memory, for tests.',
  },
  /**
   * How long a start waits for another process to release the file, before it is refused with `store-in-use`. 2,000
   * ms by default.
   */
  lockMs: {
    ...NUMBER,
    min: 0,
    max: 600_000,
    unit: 'ms',
    default: 2_000,
    description:
      'How long a start waits for another process to release the file, before it is refused with `store-in-use`.',
  },
  /**
   * How much the journal of turns may hold, in the file and in memory. Above this the oldest turns are moved to the
   * storage of the single channels. 67,108,864 bytes by default.
   */
  journalBytesMax: {
    ...NUMBER,
    min: 65_536,
    max: 2 ** 32,
    unit: 'bytes',
    default: 64 * 2 ** 20,
    description:
      'How much the journal of turns may hold, in the file and in memory. Above this the oldest turns are moved to the storage of the single channels.',
  },
} as const satisfies OptionTable

/** What `sqliteStore` takes. */
export type SqliteOptions = GivenOptions<typeof SQLITE_OPTIONS>
