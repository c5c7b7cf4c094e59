/** What becomes of a store's file when something is wrong with it, its disk, or who else wants it: each a stated outcome. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { sqliteDriver } from '../../src/sqlite/sqlite-driver.js'
import { SqliteFileStore, sqliteStore } from '../../src/sqlite/sqlite-store.js'
import type { Commit, Journal } from '../../src/store/store.js'
import { claimed, image, memberOf, refusal, store, turn } from '../contract/store-place.js'
import { cleanUp } from '../support/clean-up.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'
import { hasSqlite } from '../support/sqlite-node.js'
import { startStoreProcess } from '../support/store-process.js'

if (!hasSqlite) {
  test('a machine without SQLite is told what to install', async () => {
    const error = await sqliteDriver().catch((reason: Error & { code?: string }) => reason)
    assert.ok(error instanceof Error)
    assert.equal(error.code, 'store-driver-missing')
    assert.match(error.message, /Node 22\.13 or newer, or run npm install better-sqlite3@12/)
  })
}

test('a store without a path, or with an unknown option, is refused at the call', () => {
  const wrong = (options: object) => () => sqliteStore(options as { path: string })
  assert.throws(wrong({}), /sqliteStore: path is missing\. Give a file, such as 'data\/app\.db'/)
  assert.throws(wrong({ path: 'a', lockms: 1 }), /there is no option 'lockms'\. Did you mean 'lockMs'\?/)
})

runOnSqliteNode('test/unit/sqlite-file.test.ts', () => {
  othersTests()
  damageTests()
  diskTests()
  journalTests()
})

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-sqlite-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function storeIn(t: TestContext, path: string, journalBytesMax = 2 ** 20): SqliteFileStore {
  const made = new SqliteFileStore(path, 0, journalBytesMax)
  cleanUp(t, () => made.abandon())
  return made
}

/** A store with one channel of one image and one turn, closed. */
async function filled(t: TestContext, path: string): Promise<void> {
  const journal = await storeIn(t, path).join(memberOf('b1'))
  const { epoch } = await claimed(journal, 'a')
  await store(journal, { seq: 1, images: [image('a', epoch, 0, { bytes: new Uint8Array(3_000).fill(7) })] })
  await store(journal, { seq: 2, turns: [turn('a', epoch, 1)] })
  await journal.close()
}

async function turnsIn(t: TestContext, path: string): Promise<readonly number[]> {
  const journal = await storeIn(t, path).join(memberOf('b1'))
  const { stored } = await claimed(journal, 'a')
  await journal.close()
  return stored?.turns.map(({ number }) => number) ?? []
}

function othersTests(): void {
  test('[G1] a second process is refused at its start, and takes over once the first was killed', async (t) => {
    const path = join(folderOf(t), 'data', 'app.db')
    const first = await startStoreProcess(t, path)
    const epoch = await first.claim('a')
    for (const number of [1, 2, 3]) {
      assert.equal(await first.append({ seq: number, turns: [turn('a', epoch, number)], images: [] }), 'stored')
    }
    assert.equal(await refusal(storeIn(t, path).join(memberOf('b1'))), 'store-in-use')
    assert.equal(await refusal(storeIn(t, path).administer()), 'store-in-use')
    await first.kill()
    assert.deepEqual(await turnsIn(t, path), [1, 2, 3])
    assert.equal(first.stderr(), '', 'Node or SQLite warned')
  })

  test("another application's database is refused, and not touched", async (t) => {
    const path = join(folderOf(t), 'other.db')
    const open = await sqliteDriver()
    const other = open(path)
    other.exec('CREATE TABLE note (text)')
    other.close()
    const before = readFileSync(path)
    assert.equal(await refusal(storeIn(t, path).join(memberOf('b1'))), 'store-mismatch')
    assert.equal(await refusal(storeIn(t, path).administer()), 'store-mismatch')
    assert.deepEqual(readFileSync(path), before)
  })

  test('a file that is no database is refused, and not touched', async (t) => {
    const path = join(folderOf(t), 'notes.txt')
    writeFileSync(
      path,
      'Milk, bread, and a great many other things that are no database of SQLite at all.\n'.repeat(20),
    )
    const before = readFileSync(path)
    assert.equal(await refusal(storeIn(t, path).join(memberOf('b1'))), 'store-mismatch')
    assert.deepEqual(readFileSync(path), before)
  })

  test("a file of a later version of the store's tables is refused", async (t) => {
    const path = join(folderOf(t), 'app.db')
    await filled(t, path)
    const open = await sqliteDriver()
    const database = open(path)
    database.exec('PRAGMA user_version = 2')
    database.close()
    const message = await storeIn(t, path)
      .join(memberOf('b1'))
      .then(
        () => '',
        (reason: Error) => reason.message,
      )
    assert.match(message, /has version 2 of the store's tables, but this version of centrum knows only 1/)
  })
}

function damageTests(): void {
  test('a damaged image is refused by itself, named by check, and left as it is', async (t) => {
    const path = join(folderOf(t), 'app.db')
    await filled(t, path)
    const bytes = readFileSync(path)
    const at = bytes.indexOf(new Uint8Array(100).fill(7))
    assert.ok(at > 0)
    bytes[at + 50] = 8
    writeFileSync(path, bytes)
    const journal = await storeIn(t, path).join(memberOf('b1'))
    assert.equal(await refusal(journal.claim('a', { epochSeen: 0, stateVersion: 1, format: 255 })), 'store-damaged')
    await claimed(journal, 'b')
    await journal.close()
    const admin = await storeIn(t, path).administer()
    const problems = await admin.check()
    assert.equal(problems.length, 1)
    assert.match(String(problems[0]), /the image of 'a' is damaged/)
    await admin.close()
  })

  test('a file whose pages are damaged is refused', async (t) => {
    const path = join(folderOf(t), 'app.db')
    await filled(t, path)
    const bytes = readFileSync(path)
    bytes.fill(0xa5, 100, 4096)
    writeFileSync(path, bytes)
    const before = readFileSync(path)
    assert.equal(await refusal(storeIn(t, path).join(memberOf('b1'))), 'store-damaged')
    assert.deepEqual(readFileSync(path), before)
  })

  test('[G4] a file that is removed under its process is saved beside it, and nothing is answered from then on', async (t) => {
    const path = join(folderOf(t), 'app.db')
    const journal = await storeIn(t, path).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await store(journal, { seq: 1, turns: [turn('a', epoch, 1)] })
    rmSync(path)
    for (const _ of [1, 2]) {
      const appended = await journal.append({ seq: 2, turns: [turn('a', epoch, 2)], images: [] })
      assert.ok(appended.outcome === 'failed')
      assert.equal(appended.error.code, 'store-lost')
      assert.match(appended.error.message, /app\.db\.rescued/)
    }
    await journal.close()
    const rescued = join(path, '..', 'app.db.rescued')
    assert.ok(existsSync(rescued))
    rmSync(`${path}-wal`, { force: true })
    copyFileSync(rescued, path)
    assert.deepEqual(await turnsIn(t, path), [1])
  })
}

function diskTests(): void {
  test('[G4] a full disk stores nothing of a commit, and the commit is stored once there is room again', async (t) => {
    const folder = folderOf(t)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder], { stdio: 'ignore' })
    } catch {
      t.skip('mounting a small disk takes root')
      return
    }
    cleanUp(t, () => execFileSync('umount', [folder]))
    const path = join(folder, 'app.db')
    const journal = await storeIn(t, path).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await store(journal, { seq: 1, turns: [turn('a', epoch, 1)] })
    const ballast = join(folder, 'ballast')
    writeFileSync(ballast, new Uint8Array(800_000))
    const big = bigCommit(2, epoch)
    for (const _ of [1, 2]) {
      const appended = await journal.append(big)
      assert.ok(appended.outcome === 'failed', appended.outcome)
      assert.equal(appended.error.code, 'store-full')
    }
    assert.equal((await journal.read('a'))?.turns.length, 1)
    rmSync(ballast)
    await store(journal, big)
    await journal.close()
    assert.deepEqual(await turnsIn(t, path), [1, 2])
  })

  test('[G4] a limit on the size of files is an error of the disk: undecided, and stored once it is lifted', async (t) => {
    const path = join(folderOf(t), 'app.db')
    const child = await startStoreProcess(t, path)
    const epoch = await child.claim('a')
    const limit = (bytes: string): void => {
      execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}`])
    }
    limit('100000:unlimited')
    assert.equal(await child.append(bigCommit(1, epoch)), 'undecided')
    assert.equal(await child.append(bigCommit(1, epoch)), 'undecided')
    limit('unlimited:unlimited')
    assert.equal(await child.append(bigCommit(1, epoch)), 'stored')
    await child.kill()
    assert.deepEqual(await turnsIn(t, path), [1])
  })

  test('a file that cannot be written is refused', async (t) => {
    const folder = folderOf(t)
    const path = join(folder, 'app.db')
    await filled(t, path)
    chmodSync(path, 0o444)
    chmodSync(folder, 0o555)
    cleanUp(t, () => chmodSync(folder, 0o755))
    asNobody(t)
    assert.equal(await refusal(storeIn(t, path).join(memberOf('b1'))), 'store-read-only')
    assert.equal(await refusal(storeIn(t, join(folder, 'new.db')).join(memberOf('b1'))), 'store-read-only')
    assert.equal(await refusal(storeIn(t, join(folder, 'new', 'new.db')).join(memberOf('b1'))), 'store-read-only')
  })
}

/** Root may write everywhere. */
function asNobody(t: TestContext): void {
  if (process.geteuid?.() !== 0) return
  process.seteuid?.(65_534)
  cleanUp(t, () => process.seteuid?.(0))
}

function bigCommit(seq: number, epoch: number): Commit {
  return { seq, turns: [turn('a', epoch, seq, { bytes: new Uint8Array(250_000).fill(seq) })], images: [] }
}

function journalTests(): void {
  test('a backup is complete, and who joins it is told that it is rewound', async (t) => {
    const folder = folderOf(t)
    const own = storeIn(t, join(folder, 'app.db'))
    assert.equal(await refusal(own.backup(join(folder, 'copy.db'))), 'stopped')
    const journal = await own.join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await store(journal, { seq: 1, turns: [turn('a', epoch, 1)] })
    await own.backup(join(folder, 'backups', 'copy.db'))
    assert.equal(await refusal(own.backup(join(folder, 'backups', 'copy.db'))), 'invalid-option')
    await store(journal, { seq: 2, turns: [turn('a', epoch, 2)] })
    await journal.close()
    const copy = await storeIn(t, join(folder, 'backups', 'copy.db')).join(memberOf('b1'))
    const { stored } = await claimed(copy, 'a')
    assert.deepEqual([stored?.turns.length, stored?.isRewound], [1, true])
    await copy.close()
    assert.deepEqual(await turnsIn(t, join(folder, 'app.db')), [1, 2])
  })

  test('[G6] the journal stays below its limit, whatever channels write no image', async (t) => {
    const path = join(folderOf(t), 'app.db')
    const journal = await storeIn(t, path, 65_536).join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'quiet')
    const busy = await claimed(journal, 'a')
    await store(journal, { seq: 1, turns: [turn('quiet', epoch, 1), turn('quiet', epoch, 2)] })
    const bytes = new Uint8Array(10_000)
    for (let seq = 2; seq <= 60; seq++)
      await store(journal, { seq, turns: [turn('a', busy.epoch, seq - 1, { bytes })] })
    assert.equal((await journal.read('quiet'))?.turns.length, 2)
    assert.equal((await journal.read('a'))?.turns.length, 59)
    await journal.close()
    assert.ok((await journalBytes(path)) <= 65_536 + 20_000)
    const next = await storeIn(t, path, 65_536).join(memberOf('b1'))
    const again = await claimed(next, 'a')
    assert.deepEqual(
      again.stored?.turns.map(({ number }) => number),
      Array.from({ length: 59 }, (_, i) => i + 1),
    )
    assert.deepEqual((await claimed(next, 'quiet')).stored?.turns, [turn('quiet', epoch, 1), turn('quiet', epoch, 2)])
    await store(next, { seq: next.lastSeq + 1, images: [image('a', again.epoch, 59)] })
    await store(next, { seq: next.lastSeq + 2 })
    assert.deepEqual((await next.read('a'))?.turns, [])
    await next.close()
    assert.ok((await journalBytes(path)) < 1_000, 'entries that no turn is needed of are removed')
  })

  test('[G3] a turn that was copied out of the journal is there once, whichever commit is the last before the process ends', async (t) => {
    const bytes = new Uint8Array(20_000)
    for (const last of [4, 5, 6]) {
      const path = join(folderOf(t), 'app.db')
      const journal = await storeIn(t, path, 65_536).join(memberOf('b1'))
      const { epoch } = await claimed(journal, 'a')
      for (let seq = 1; seq <= last; seq++) await store(journal, { seq, turns: [turn('a', epoch, seq, { bytes })] })
      await journal.close()
      const next = await storeIn(t, path, 65_536).join(memberOf('b1'))
      const { stored } = await claimed(next, 'a')
      assert.deepEqual(
        stored?.turns.map(({ number }) => number),
        Array.from({ length: last }, (_, i) => i + 1),
      )
      await next.close()
    }
  })

  test('channels in memory are there as long as the store is open', async (t) => {
    const journal: Journal = await storeIn(t, ':memory:').join(memberOf('b1'))
    const { epoch } = await claimed(journal, 'a')
    await store(journal, { seq: 1, turns: [turn('a', epoch, 1)] })
    assert.equal((await journal.read('a'))?.turns.length, 1)
    await journal.close()
    assert.equal(existsSync(':memory:'), false)
  })
}

async function journalBytes(path: string): Promise<number> {
  const open = await sqliteDriver()
  const database = open(path)
  const row = database.prepare('SELECT total(length(bytes)) AS n FROM journal').get()
  database.close()
  return Number(row?.['n'])
}
