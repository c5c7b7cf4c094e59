/**
 * A back or a front of the soak as a process of its own, as a supervisor runs it: it ends where it cannot start, and drains at SIGTERM. Its
 * arguments: back or front, its id, the URL of the database, and a front's port.
 */
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { startBack } from '../../src/run/start-back.js'
import { startFront } from '../../src/run/start-front.js'
import { soakApp } from './soak-app.js'

export const SOAK_KEY = 'a key for the soak that has its thirty-two bytes'

const [, file = '', role = '', id = '', url = '', port = '0'] = process.argv
if (/soak-process\.[jt]s$/.test(file)) {
  const cluster = postgresCluster({ url, key: SOAK_KEY, name: 'soak' })
  const publicUrl = `ws://127.0.0.1:${port}`
  const limits = { gatewayLimits: { connectionsPerAddressMax: 10_000 } }
  const running =
    role === 'back'
      ? // Whoever is killed at random looks like one whose handlers end it.
        await startBack(soakApp, { id, cluster, limits: { faultsMax: 1_000, poisonMax: 1_000 } })
      : await startFront(soakApp, { id, cluster, port: Number(port), publicUrl, ...limits })
  process.once('SIGTERM', () => void end())
  process.stdout.write(`${id}\n`)

  async function end(): Promise<void> {
    await running.drain()
    await running.close()
    await cluster.close()
    process.exit(0)
  }
}
