/** The contract of stores, for files of SQLite. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteFileStore } from '../../src/sqlite/sqlite-store.js'
import { cleanUp } from '../support/clean-up.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'
import { storeContract } from './store-contract.js'

runOnSqliteNode('test/contract/store-sqlite.test.ts', () => {
  storeContract('sqlite', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'centrum-store-'))
    cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
    const opened: SqliteFileStore[] = []
    const end = async (): Promise<void> => {
      for (const store of opened.splice(0)) await store.abandon()
    }
    cleanUp(t, end)
    return {
      open() {
        const store = new SqliteFileStore(join(folder, 'app.db'), 0, 2 ** 20)
        opened.push(store)
        return store
      },
      crash: end,
    }
  })
})
