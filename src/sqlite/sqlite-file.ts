/**
 * The file of a store: opened so that no other process can, synced with each commit, and recognised as what it is. Knows nothing of
 * what is in its tables.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CentrumError } from '../protocol/errors.js'
import type { OpenDatabase, SqlDatabase, SqlStatement } from './sqlite-driver.js'

/** "cent": what tells the file from those of other applications. */
const APPLICATION_ID = 0x63656e74
const SCHEMA_VERSION = 1
/** In memory: for tests. */
export const IN_MEMORY = ':memory:'

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE journal (seq INTEGER PRIMARY KEY, incarnation TEXT NOT NULL, bytes BLOB NOT NULL);
  CREATE TABLE channel (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL DEFAULT 0,
    is_owned INTEGER NOT NULL DEFAULT 0,
    is_released INTEGER NOT NULL DEFAULT 0,
    is_rewound INTEGER NOT NULL DEFAULT 0,
    due_at REAL,
    fault TEXT,
    fault_at REAL,
    image_number INTEGER,
    image_epoch INTEGER,
    image_due REAL,
    state_version INTEGER,
    stored_at REAL
  );
  CREATE INDEX channel_due ON channel (due_at) WHERE due_at IS NOT NULL AND is_owned = 0 AND fault IS NULL;
  CREATE INDEX channel_owned ON channel (is_owned) WHERE is_owned = 1;
  CREATE TABLE image (channel INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE TABLE carried (
    channel INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (channel, number)
  ) WITHOUT ROWID;
  CREATE TABLE attempt (channel_id TEXT NOT NULL, what TEXT NOT NULL, at REAL NOT NULL);
  CREATE INDEX attempt_of ON attempt (channel_id, what);
`

export interface SqliteFileOptions {
  readonly path: string
  /** For sentences. */
  readonly name: string
  /** How long it is waited for another process to give the file up. */
  readonly lockMs: number
}

export class SqliteFile {
  readonly #open: OpenDatabase
  readonly #options: SqliteFileOptions
  readonly #database: SqlDatabase
  readonly #statements = new Map<string, SqlStatement>()
  readonly #ids: readonly string[]
  /** Where it was saved after it had been removed. */
  #rescued: string | null = null

  /** Throws what SQLite throws, or `store-mismatch`. */
  constructor(open: OpenDatabase, options: SqliteFileOptions) {
    this.#open = open
    this.#options = options
    const { path } = options
    if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true })
    this.#database = open(path)
    try {
      this.#begin()
    } catch (error) {
      this.#database.close()
      throw error
    }
    this.#ids = this.#fileIds()
  }

  /** A statement, prepared once. */
  sql(text: string): SqlStatement {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const made = this.#database.prepare(text)
    this.#statements.set(text, made)
    return made
  }

  /** All or nothing: synced to the disk when it returns, taken back where it throws. */
  transaction<T>(work: () => T): T {
    this.refuseLost()
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      this.#rollBack()
      throw error
    }
  }

  /**
   * Whether what was just written is in the file that the path names: it may have been removed or replaced under the process. Then a
   * copy is written beside it. Throws `store-lost`.
   */
  refuseLost(): void {
    if (this.#rescued === null) {
      if (this.#fileIds().join() === this.#ids.join()) return
      this.#rescued = this.#copy(unused(`${this.#options.path}.rescued`))
    }
    throw new CentrumError(
      'store-lost',
      `${this.#options.name} was removed or replaced while this process had it open. Everything stored until then is in ${this.#rescued}. ` +
        'Stop the process, move that file to where the store was, and start again.',
    )
  }

  /** Writes a copy, which is complete once it is there. Whoever joins the copy is told that it is rewound. */
  backup(to: string): void {
    if (statSync(to, { throwIfNoEntry: false }) !== undefined) {
      throw new CentrumError('invalid-option', `${to} already exists. Name a new file, or remove this one.`)
    }
    this.#copy(to, "INSERT OR REPLACE INTO meta VALUES ('is_copy', 1)")
  }

  #copy(to: string, mark?: string): string {
    mkdirSync(dirname(to), { recursive: true })
    const partial = `${to}.partial`
    rmSync(partial, { force: true })
    this.sql('VACUUM INTO ?').run(partial)
    if (mark !== undefined) {
      const copy = this.#open(partial)
      copy.exec(mark)
      copy.close()
    }
    sync(partial)
    renameSync(partial, to)
    sync(dirname(to))
    return to
  }

  close(): void {
    this.#database.close()
  }

  #begin(): void {
    const { path, lockMs } = this.#options
    // Both before the first look at the file: it is taken with that, and given up by `close` alone.
    this.#database.exec(`PRAGMA busy_timeout = ${lockMs}; PRAGMA locking_mode = EXCLUSIVE`)
    // Before anything is written: another application's file is not to be touched.
    const isNew = this.#recognise()
    if (isNew) this.#database.exec(`PRAGMA application_id = ${APPLICATION_ID}`)
    this.#database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON; PRAGMA mmap_size = 0;',
    )
    this.#database.exec('BEGIN IMMEDIATE')
    if (this.#number('SELECT count(*) AS n FROM sqlite_schema') === 0) {
      this.#database.exec(SCHEMA)
      this.#database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`)
    }
    this.#database.exec('COMMIT')
    this.#database.exec('PRAGMA busy_timeout = 0')
    const level = this.#number('PRAGMA synchronous')
    if (level !== 2) throw new Error(`PRAGMA synchronous is ${level} and not FULL`)
    if (path !== IN_MEMORY) sync(dirname(path))
  }

  /** Whether nothing is in it yet. Throws `store-mismatch` for what is not a store of this version. */
  #recognise(): boolean {
    const { name } = this.#options
    const application = this.#number('PRAGMA application_id')
    const isEmpty = this.#number('SELECT count(*) AS n FROM sqlite_schema') === 0
    if (application === APPLICATION_ID) {
      const version = this.#number('PRAGMA user_version')
      if (isEmpty || version === SCHEMA_VERSION) return isEmpty
      throw new CentrumError(
        'store-mismatch',
        `${name} has version ${version} of the store's tables, but this version of centrum knows only ${SCHEMA_VERSION}. Use the version of centrum that wrote it, or a newer one.`,
      )
    }
    if (isEmpty && application === 0) return true
    throw new CentrumError(
      'store-mismatch',
      `${name} is the database of another application. It was left unchanged; name another file.`,
    )
  }

  #number(sql: string): number {
    const row = this.#database.prepare(sql).get()
    return Number(Object.values(row ?? {})[0] ?? 0)
  }

  /** A full disk has taken the transaction back already. */
  #rollBack(): void {
    try {
      this.#database.exec('ROLLBACK')
    } catch {
      // There was none any more.
    }
  }

  /** What the file and its journal are on their disk: other files have others, though they have the same path. */
  #fileIds(): string[] {
    const { path } = this.#options
    if (path === IN_MEMORY) return []
    return [path, `${path}-wal`].map((each) => {
      const found = statSync(each, { throwIfNoEntry: false })
      return found === undefined ? 'none' : `${found.dev}:${found.ino}`
    })
  }
}

/** Has a file, or the names in a folder, reach the disk. */
function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** The path, or the first that is free with a number behind it. */
function unused(path: string): string {
  for (let i = 1, found = path; ; found = `${path}-${++i}`) {
    if (statSync(found, { throwIfNoEntry: false }) === undefined) return found
  }
}
