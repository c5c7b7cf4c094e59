/**
 * A back of a cluster in PostgreSQL as a process of its own, for tests that kill it. Says where it listens on its standard output. Its
 * arguments: its id, the URL of the database.
 */
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { startBack } from '../../src/run/start-back.js'
import { bankApp } from './bank-process.js'

export const LIVING_KEY = 'a key for tests that has its thirty-two bytes'

const [, file = '', id = '', url = ''] = process.argv
if (/living-process\.[jt]s$/.test(file)) {
  const cluster = postgresCluster({ url, key: LIVING_KEY })
  const back = await startBack(bankApp, { id, cluster })
  process.once('SIGTERM', () => void end())
  process.stdout.write(`${back.address}\n`)

  // As `centrum back` does.
  async function end(): Promise<void> {
    await back.drain()
    await back.close()
    await cluster.close()
    process.exit(0)
  }
}
