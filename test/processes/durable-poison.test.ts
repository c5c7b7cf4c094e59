/** A real process that a handler ends with SIGKILL, and a supervisor that starts it again: it does not go on for ever. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from '../../src/client/node.js'
import { sqliteStore } from '../../src/sqlite/sqlite-store.js'
import { cleanUp } from '../support/clean-up.js'
import type { fuseApp } from '../support/fuse-process.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'
import { until } from '../support/until.js'

/** The app as a process, which is started again whenever a handler has ended it. */
class Supervised {
  readonly path: string
  url = ''
  deaths = 0
  #child: ChildProcess | null = null

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'centrum-fuse-'))
    this.path = join(folder, 'fuse.db')
    cleanUp(t, async () => {
      await this.stop()
      rmSync(folder, { recursive: true, force: true })
    })
  }

  async start(blows: 'yes' | 'no'): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    const args = [...ownExecArgv, ownFile('test/support/fuse-process.ts'), this.path, port, blows]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child = child
    child.once('exit', () => {
      if (this.#child !== child) return
      this.deaths++
      void this.start(blows)
    })
    const said = new Promise<string>((resolve) => child.stdout.once('data', (line: Buffer) => resolve(String(line))))
    const url = await Promise.race([said, new Promise<string>((resolve) => child.once('exit', () => resolve('')))])
    if (url !== '') this.url = url.trim()
  }

  async stop(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

runOnSqliteNode('test/processes/durable-poison.test.ts', () => {
  for (const kind of ['timer', 'request'] as const) {
    test(`[G5] a ${kind} whose handler kills the process three times faults its channel; others go on, and clear-fault opens it`, async (t) => {
      const app = new Supervised(t)
      await app.start('yes')
      const connection = connect<typeof fuseApp>(app.url)
      cleanUp(t, () => connection.close())
      const [bad, good] = [await connection.link('fuse/bad'), await connection.link('fuse/good')]
      assert.equal(await bad.request('run', 'a'), 1)
      const settings = { timeoutMs: 60_000 }
      const asked = kind === 'timer' ? bad.request('light', 1, settings) : bad.request('run', 'poison', settings)
      asked.catch(() => undefined)
      await until('the channel is faulted', () => bad.status === 'closed')
      assert.equal(await good.request('run', 'b', { timeoutMs: 60_000 }), 1)
      assert.equal(app.deaths, 3)
      await assert.rejects(connection.link('fuse/bad'), { code: 'faulted' })
      await app.stop()

      const admin = await sqliteStore({ path: app.path }).administer()
      const [listed] = await admin.list('', 1)
      assert.match(listed?.fault?.reason ?? '', kind === 'timer' ? /onTimer\.blow/ : /onRequest\.run/)
      assert.equal(await admin.clearFault('fuse/bad'), true)
      await admin.close()
      await app.start('no')
      const again = await connection.link('fuse/bad', { timeoutMs: 60_000 })
      await until('what waited is done', () => kind === 'request' || again.state.done.length === 2)
      assert.deepEqual([...again.state.done], kind === 'timer' ? ['a', 'timer'] : ['a'])
    })
  }
})
