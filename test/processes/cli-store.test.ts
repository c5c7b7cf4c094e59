/** `centrum store`: what a tool does with a store that no master has open. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { SqliteFileStore } from '../../src/sqlite/sqlite-store.js'
import type { Journal } from '../../src/store/store.js'
import { claimed, image, memberOf, store, turn } from '../contract/store-place.js'
import { cleanUp } from '../support/clean-up.js'
import { runCli } from '../support/cli-process.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'

async function withJournal<T>(path: string, run: (journal: Journal) => Promise<T>): Promise<T> {
  const own = new SqliteFileStore(path, 0, 2 ** 20)
  const journal = await own.join(memberOf('b1'))
  try {
    return await run(journal)
  } finally {
    await journal.close()
  }
}

async function filled(path: string): Promise<void> {
  await withJournal(path, async (journal) => {
    for (const [i, id] of ['arena/1', 'arena/2'].entries()) {
      const { epoch } = await claimed(journal, id)
      await store(journal, { seq: i + 1, images: [image(id, epoch, 0)], turns: [turn(id, epoch, 1)] })
    }
    await journal.fault('arena/2', { reason: 'three deaths', at: 5 })
  })
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-cli-store-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

runOnSqliteNode('test/processes/cli-store.test.ts', () => {
  test('channels are listed, exported, imported and removed', async (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'app.db')
    await filled(path)
    const own = { environment: { CENTRUM_STORE: `sqlite:${path}` } }
    const listed = await runCli(t, ['store', 'list'], own)
    const lines = listed.stdout.trim().split('\n')
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { channelId: string }).channelId),
      ['arena/1', 'arena/2'],
    )
    const exported = await runCli(t, ['store', 'export', 'arena/1'], own)
    assert.equal(exported.end?.code, 0, exported.stderr)
    writeFileSync(join(folder, 'arena.json'), exported.stdout)
    const other = join(folder, 'other.db')
    const imported = await runCli(t, ['store', 'import', 'arena.json', '--store', `sqlite:${other}`], { cwd: folder })
    assert.equal(imported.stdout, '{"imported":"arena/1"}\n', imported.stderr)
    const { stored } = await withJournal(other, (journal) => claimed(journal, 'arena/1'))
    assert.deepEqual([stored?.isRewound, stored?.image?.number, stored?.turns.length], [true, 0, 1])
    assert.deepEqual(stored?.turns[0]?.bytes, turn('arena/1', 1, 1).bytes)
    const removed = await runCli(t, ['store', 'remove', 'arena/1'], own)
    assert.equal(removed.stdout, '{"removed":"arena/1"}\n')
    const again = await runCli(t, ['store', 'export', 'arena/1'], own)
    assert.deepEqual([again.end?.code, again.stdout], [1, ''])
    assert.match(again.stderr, /'arena\/1' is not stored\. centrum store list shows the stored channels/)
  })

  test('a fault is cleared, a key forgotten, and a sound store is found to be so', async (t) => {
    const path = join(folderOf(t), 'app.db')
    await filled(path)
    const own = { environment: { CENTRUM_STORE: `sqlite:${path}` } }
    const cleared = await runCli(t, ['store', 'clear-fault', 'arena/2'], own)
    assert.equal(cleared.stdout, '{"channelId":"arena/2","wasFaulted":true}\n')
    assert.equal((await runCli(t, ['store', 'check'], own)).stdout, '{"ok":true,"problems":[]}\n')
    assert.equal((await runCli(t, ['store', 'forget-key'], own)).end?.code, 0)
    const next = new SqliteFileStore(path, 0, 2 ** 20)
    await (await next.join(memberOf('b1', { keyIds: ['another'] }))).close()
  })

  test('a store that a back has open, and what is no store, are refused', async (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'app.db')
    await withJournal(path, async () => {
      const listed = await runCli(t, ['store', 'list', '--store', `sqlite:${path}`])
      assert.equal(listed.end?.code, 1)
      assert.match(listed.stderr, /app\.db is open in another process/)
    })
    writeFileSync(join(folder, 'a.json'), '{"a":1}')
    const wrong: readonly (readonly [args: string[], code: number, says: RegExp])[] = [
      [
        ['list', '--store', path],
        2,
        /--store is '.*app\.db'\. It must be a URL such as sqlite:data\/app\.db or postgres:\/\/.* Did you mean 'sqlite:.*app\.db'\?/,
      ],
      [['lisst', '--store', `sqlite:${path}`], 2, /centrum store has no action 'lisst'.*Did you mean 'list'\?/],
      [['export', '--store', `sqlite:${path}`], 2, /The channel is missing: centrum store export <channel>/],
      [['list', 'more', '--store', `sqlite:${path}`], 2, /Unexpected argument 'more'/],
      [['import', 'b.json', '--store', `sqlite:${path}`], 2, /b\.json cannot be read/],
      [['import', 'a.json', '--store', `sqlite:${path}`], 1, /not written by `centrum store export`/],
    ]
    for (const [args, code, says] of wrong) {
      const run = await runCli(t, ['store', ...args], { cwd: folder })
      assert.match(run.stderr, says)
      assert.equal(run.end?.code, code, run.stderr)
    }
  })
})
