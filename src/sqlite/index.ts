/** `centrum/sqlite`: durable channels on one machine. */
export { type SqliteStore, sqliteStore } from './sqlite-store.js'
export type { SqliteOptions } from './sqlite-options.js'
