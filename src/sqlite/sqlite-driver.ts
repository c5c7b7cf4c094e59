/**
 * SQLite as this machine has it: Node's own from 22.13 on, else better-sqlite3, whose calls are the same. Only what both do alike is
 * offered. Knows nothing of what is stored.
 */
import { CentrumError } from '../protocol/errors.js'

export type SqlValue = string | number | Uint8Array | null
export type SqlRow = Readonly<Record<string, SqlValue>>

export interface SqlStatement {
  run(...values: readonly SqlValue[]): unknown
  get(...values: readonly SqlValue[]): SqlRow | undefined
  all(...values: readonly SqlValue[]): readonly SqlRow[]
}

export interface SqlDatabase {
  exec(sql: string): unknown
  prepare(sql: string): SqlStatement
  close(): unknown
}

export type OpenDatabase = (path: string) => SqlDatabase

interface SqlModule {
  readonly DatabaseSync?: new (path: string) => SqlDatabase
  readonly default?: new (path: string) => SqlDatabase
}

/** Neither is a package that this one needs, so neither is named where a bundler or a type checker would look for it. */
const DRIVERS = ['node:sqlite', 'better-sqlite3']

/** Throws `store-driver-missing`. */
export async function sqliteDriver(): Promise<OpenDatabase> {
  const failures: string[] = []
  for (const name of DRIVERS) {
    try {
      const { DatabaseSync, default: Database } = await quietly(() => import(name) as Promise<SqlModule>)
      const Class = DatabaseSync ?? Database
      if (Class !== undefined) return (path) => new Class(path)
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    }
  }
  throw new CentrumError(
    'store-driver-missing',
    `sqliteStore needs SQLite, but Node ${process.versions.node} has none. Use Node 22.13 or newer, or run npm install better-sqlite3@12. ` +
      `Tried: ${failures.join('; ')}.`,
  )
}

/** Node 22 warns that its SQLite is experimental: those who run an app can do nothing about that. */
async function quietly<T>(run: () => Promise<T>): Promise<T> {
  const { emitWarning } = process
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite')) return
    Reflect.apply(emitWarning, process, [warning, ...rest])
  }
  try {
    return await run()
  } finally {
    process.emitWarning = emitWarning
  }
}
