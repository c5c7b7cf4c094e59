/** How soon a process is back that died with many durable channels, and how soon one that sleeps is opened. */
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { DurableSession } from '../processes/durable-session.js'
import { pause } from '../processes/session.js'
import { digits, type Table } from '../processes/table.js'

const CLIENTS = 1_000
const FIRST_MS = 1_000
const LAST_MS = 5_000
const OPEN_MS = 5
const VISITS = 500
/** Soon asleep, once it is known what they cost awake. */
const IDLE_MS = 1_000
const LOOK_MS = 500
const KILOBYTE = 1_024

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Clients with documents of their own among many that are open, and the process is killed. */
export async function restart(session: DurableSession, documents: number): Promise<Table> {
  const [file, port] = [session.newFile(), await freePort()]
  const role = { is: 'whole', durability: 'log', file, port } as const
  const first = session.server()
  const load = session.load()
  const url = await first.ask('start', role)
  await first.ask('openDocuments', 0, documents)
  await load.ask('connect', url, CLIENTS, 'document', 'own')
  await load.ask('answered')
  await first.kill()
  const begun = performance.now()
  const second = session.server()
  const answered = load.ask('answered')
  await second.ask('start', role)
  const startedMs = performance.now() - begun
  const { firstMs, lastMs } = await answered
  const { rssBytes } = await second.ask('usage')
  const resets = await load.ask('resets')
  await session.end()
  return {
    title: `Killed and started again, with ${documents} open documents of 2 KB and ${CLIENTS} clients`,
    head: ['started ms', 'first answer ms', 'last answer ms', 'resets', 'file MB', 'RSS MB'],
    rows: [
      [
        ...[startedMs, firstMs, lastMs].map(digits),
        String(resets),
        ...[statSync(file).size / KILOBYTE ** 2, rssBytes / KILOBYTE ** 2].map(digits),
      ],
    ],
    goals: [
      { what: 'first answer, ms', value: firstMs, goal: FIRST_MS },
      { what: 'all answers, ms', value: lastMs, goal: LAST_MS },
      { what: 'clients that were reset', value: resets, goal: 0 },
    ],
    notes: ['from the kill on; clients wait between two attempts to connect, which is part of it'],
  }
}

/** What documents cost that sleep, and how soon one is opened. */
export async function sleeping(session: DurableSession, documents: number): Promise<Table> {
  const file = session.newFile()
  const role = { is: 'whole', durability: 'log', file, idleMs: IDLE_MS } as const
  const filling = session.server()
  await filling.ask('start', role)
  await filling.ask('openDocuments', 0, documents)
  while ((await filling.ask('usage')).channels > 0) await pause(LOOK_MS)
  const filled = await filling.ask('usage')
  await filling.stop()
  const empty = session.server()
  await empty.ask('start', { ...role, file: session.newFile() })
  const without = await empty.ask('usage')
  const begun = performance.now()
  const server = session.server()
  const url = await server.ask('start', role)
  const startedMs = performance.now() - begun
  const { rssBytes } = await server.ask('usage')
  const load = session.load()
  await load.ask('visit', url, 0, VISITS / 4)
  const visits = await load.ask('visit', url, VISITS, VISITS)
  await session.end()
  const rows = [
    digits(startedMs),
    ...[without.rssBytes, rssBytes, filled.rssBytes, statSync(file).size].map((bytes) => digits(bytes / KILOBYTE ** 2)),
    ...[visits.p50, visits.p99].map(digits),
  ]
  return {
    title: `${documents} sleeping documents of 2 KB`,
    head: [
      'started ms',
      'RSS MB without',
      'RSS MB with',
      'RSS MB behind filling',
      'file MB',
      'link p50 ms',
      'link p99 ms',
    ],
    rows: [rows],
    goals: [{ what: 'link that opens a sleeping channel, ms at p50', value: visits.p50, goal: OPEN_MS }],
  }
}
