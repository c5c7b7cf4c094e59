/** Where durable channels are kept by an app that names no store: a file below the working folder, which is said. */
import { join } from 'node:path'
import type { App } from '../channel/app.js'
import type { Log } from '../runtime/runtime.js'
import { sqliteStore } from '../sqlite/sqlite-store.js'
import type { Store } from '../store/store.js'

/** The folder of what is kept beside an app: neither watched nor committed. */
export const STORE_FOLDER = '.centrum'

export interface StoreUse {
  /** Whose file it is. */
  readonly id: string
  /** Whether channels that live in memory are stored as well. */
  readonly keepOnRestart: boolean
}

/** Undefined for an app of which nothing is stored. */
export function defaultStore(app: App, { id, keepOnRestart }: StoreUse, log: Log): Store | undefined {
  const isNeeded = keepOnRestart || [...app.channels.values()].some(({ contract }) => contract.durability !== 'none')
  if (!isNeeded) return undefined
  const store = sqliteStore({ path: join(STORE_FOLDER, `${id}.db`) })
  log.info('store.chosen', { store: store.name })
  return store
}
