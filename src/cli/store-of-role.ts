/** The store of a back that a command runs: the one that is named, or below `dev` a file. Knows no master. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { App } from '../channel/app.js'
import { TEXT } from '../options/option-kinds.js'
import { defaultStore, STORE_FOLDER, type StoreUse } from '../run/default-store.js'
import type { Runtime } from '../runtime/runtime.js'
import type { Store } from '../store/store.js'
import type { Environment } from './read-command-line.js'
import { supervisorOf } from './supervisor.js'

export const STORE_URL_OPTION = {
  ...TEXT,
  value: 'url',
  description:
    'Where channels with a `durability` are stored, such as `sqlite:data/app.db`. Each back has a store of its own.',
} as const

const DEV_KEY_FILE = join(STORE_FOLDER, 'dev.key')

/** The key of an earlier `dev` that has stored something: what was stored belongs to it. */
export function devKey(): string | null {
  return existsSync(DEV_KEY_FILE) ? readFileSync(DEV_KEY_FILE, 'utf8').trim() : null
}

/** Rejects with a `CentrumError` `invalid-option` for what names no store. */
export async function storeOfRole(
  app: App,
  { store, id, key, keepOnRestart }: StoreUse & { readonly store: string | undefined; readonly key: readonly string[] },
  { log }: Runtime,
  environment: Environment,
): Promise<Store | undefined> {
  if (store !== undefined) {
    const { storeOfUrl } = await import('../run/store-of-url.js')
    return storeOfUrl(store, '--store')
  }
  if (supervisorOf(environment) === null) return undefined
  const chosen = defaultStore(app, { id, keepOnRestart }, log)
  const [first] = key
  if (chosen && first !== undefined && devKey() === null) {
    mkdirSync(STORE_FOLDER, { recursive: true })
    writeFileSync(DEV_KEY_FILE, `${first}\n`, { mode: 0o600 })
  }
  return chosen
}
