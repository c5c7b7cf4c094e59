/** Money that moves while the backs of a cluster are killed and drained, one after the other: real processes, a real PostgreSQL. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { test, type TestContext } from 'node:test'
import { connect } from '../../src/client/node.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { ACCOUNTS, bankApp, EACH, type Transfer } from '../support/bank-process.js'
import { cleanUp } from '../support/clean-up.js'
import { LIVING_KEY } from '../support/living-process.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'
import { postgresMissing, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const BACKS = ['back-1', 'back-2', 'back-3']
const CLIENTS = 4
const WAIT_MS = 120_000

/** The backs as processes. */
class Backs {
  readonly #url: string
  readonly #running = new Map<string, ChildProcess>()

  constructor(t: TestContext, url: string) {
    this.#url = url
    cleanUp(t, () => Promise.all(BACKS.map((id) => this.end(id, 'SIGKILL'))).then(() => undefined))
  }

  async start(id: string): Promise<void> {
    const args = [...ownExecArgv, ownFile('test/support/living-process.ts'), id, this.#url]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    this.#running.set(id, child)
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve())
      child.once('exit', (code) => reject(new Error(`${id} ended with ${code}`)))
    })
  }

  async end(id: string, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#running.get(id)
    this.#running.delete(id)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }
}

test(
  '[G3] [G4] [G8] through SIGKILL and SIGTERM of whichever back has the channel: the sum is right, each transfer is there once, nobody is reset and no socket closes',
  { skip: postgresMissing },
  async (t) => {
    const server = await startPostgres()
    cleanUp(t, () => server.stop())
    const backs = new Backs(t, server.url)
    await Promise.all(BACKS.map((id) => backs.start(id)))
    const runtime = nodeRuntime({ log: silentLog })
    const cluster = postgresCluster({ url: server.url, key: LIVING_KEY, runtime })
    cleanUp(t, () => cluster.close())
    const front = await startFront(bankApp, { cluster, port: 0, runtime })
    cleanUp(t, () => front.close())
    const answered: string[] = []
    const troubles: string[] = []
    const stopping = new AbortController()
    const links = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const connection = connect<typeof bankApp>(front.url)
        cleanUp(t, () => connection.close())
        const link = await connection.link('bank', { timeoutMs: WAIT_MS })
        link.onReset((reason) => troubles.push(`reset: ${reason}`))
        connection.onStatus((status) => {
          if (!stopping.signal.aborted) troubles.push(`the connection is ${status}`)
        })
        return link
      }),
    )
    const moving = links.map(async (link, who) => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        const to = (3 * i + 1) % ACCOUNTS
        const transfer: Transfer = { id: `${who}/${i}`, from: (who + i) % ACCOUNTS, to, amount: 1 + (i % 7) }
        await link.request('transfer', transfer, { timeoutMs: WAIT_MS })
        answered.push(transfer.id)
      }
    })
    for (const [round, signal] of (['SIGKILL', 'SIGTERM'] as const).entries()) {
      const wanted = answered.length + 30 + 11 * round
      await until('money moves', () => answered.length >= wanted, WAIT_MS)
      const [bank] = await cluster.channels({ pattern: 'bank' })
      const owner = bank?.owner ?? ''
      await backs.end(owner, signal)
      await until(
        'another has the channel',
        async () => {
          const now = (await cluster.channels({ pattern: 'bank' }))[0]?.owner ?? null
          return now !== null && now !== owner
        },
        WAIT_MS,
      )
      await backs.start(owner)
    }
    const wanted = answered.length + 30
    await until('money still moves', () => answered.length >= wanted, WAIT_MS)
    stopping.abort()
    await Promise.all(moving)
    const [first] = links
    assert.ok(first)
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
    assert.equal(done.size, answered.length)
    assert.deepEqual(troubles, [])
  },
)
