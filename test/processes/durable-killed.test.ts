/** Money that moves while its process is killed again and again: on a real disk, with real sockets. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from '../../src/client/node.js'
import { ACCOUNTS, type bankApp, EACH, type Transfer } from '../support/bank-process.js'
import { cleanUp } from '../support/clean-up.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'

const CLIENTS = 6
const KILLS = 6

/** The app as a process, which is started again on the same port. */
class Bank {
  url = ''
  #child: ChildProcess | null = null
  readonly #store: string

  constructor(t: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'centrum-bank-'))
    this.#store = join(folder, 'bank.db')
    cleanUp(t, async () => {
      await this.kill()
      rmSync(folder, { recursive: true, force: true })
    })
  }

  async start(): Promise<void> {
    const port = this.url === '' ? '0' : new URL(this.url).port
    const args = [...ownExecArgv, ownFile('test/support/bank-process.ts'), this.#store, port]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#child = child
    this.url = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
      child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
    })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
}

runOnSqliteNode('test/processes/durable-killed.test.ts', () => {
  test('[G3] [G4] through SIGKILL at any moment: the sum is right, each answered transfer is there once, and nobody is reset', async (t) => {
    const bank = new Bank(t)
    await bank.start()
    const answered: string[] = []
    const counts: number[] = []
    const resets: string[] = []
    const stopping = new AbortController()
    const links = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const connection = connect<typeof bankApp>(bank.url)
        cleanUp(t, () => connection.close())
        const link = await connection.link('bank')
        link.onReset((reason) => resets.push(reason))
        return link
      }),
    )
    const moving = links.map(async (link, who) => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        const transfer: Transfer = {
          id: `${who}/${i}`,
          from: (who + i) % ACCOUNTS,
          to: (3 * i + 1) % ACCOUNTS,
          amount: 1 + (i % 7),
        }
        counts.push(await link.request('transfer', transfer, { timeoutMs: 60_000 }))
        answered.push(transfer.id)
      }
    })
    for (let kill = 0; kill < KILLS; kill++) {
      // As many answers as make the moment another one each time.
      const wanted = answered.length + 40 + 17 * kill
      while (answered.length < wanted) await new Promise((resolve) => setImmediate(resolve))
      await bank.kill()
      await bank.start()
    }
    stopping.abort()
    await Promise.all(moving)
    const [first] = links
    assert.ok(first)
    // Its own state has all of them by then.
    assert.equal(await first.request('count', undefined), answered.length)
    const { balances, done } = first.state
    assert.equal(
      balances.reduce((sum, each) => sum + each, 0),
      ACCOUNTS * EACH,
    )
    assert.deepEqual(
      answered.filter((id) => done.get(id) !== 1),
      [],
    )
    assert.equal(done.size, answered.length, 'nothing was done that was not answered in the end')
    assert.equal(new Set(counts).size, counts.length, 'what the memory counts never goes back')
    assert.deepEqual(resets, [])
  })
})
