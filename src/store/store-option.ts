/** A store as an option of a back. */
import { OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { Store } from './store.js'

export const STORE_OPTION = {
  ...OBJECT,
  is: isStore,
  expected: "a store, such as sqliteStore({ path: 'data/app.db' }) of centrum/sqlite",
  description: 'Where channels with a `durability` are stored. Each back has a store of its own.',
} as const

function isStore(value: unknown): value is Store {
  return isRecord(value) && typeof value['join'] === 'function' && typeof value['administer'] === 'function'
}
