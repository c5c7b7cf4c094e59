/** What a durable channel costs its clients: the answer of a lone request, and messages acknowledged on one channel of many clients. */
import type { DurableSession } from '../processes/durable-session.js'
import { alternating, ratio } from '../processes/median.js'
import { pause } from '../processes/session.js'
import { digits, type Table } from '../processes/table.js'
import { measureSyncs } from './fsync.js'

const DURABILITIES = ['none', 'log'] as const
type Durability = (typeof DURABILITIES)[number]
const REQUEST_PAUSE_MS = 5
const BEYOND_SYNC_MS = 1
const CLIENTS = 100
const WINDOW = 32
const SHARE = 0.8
const SETTLE_MS = 1_000

export interface DurableOptions {
  readonly repetitions: number
  readonly measureMs: number
  readonly requests: number
}

export async function answers(session: DurableSession, { repetitions, requests }: DurableOptions): Promise<Table> {
  const names = [...DURABILITIES, 'disk'] as const
  const measured = await alternating(names, repetitions, async (name) => {
    if (name === 'disk') return { ...(await measureSyncs(session.newFile(), requests, REQUEST_PAUSE_MS)) }
    const { load } = await served(session, name, 1)
    await load.ask('request', requests / 4, REQUEST_PAUSE_MS)
    const answered = await load.ask('request', requests, REQUEST_PAUSE_MS)
    await session.end()
    return { ...answered }
  })
  const p50 = (name: (typeof names)[number]): number => measured.get(name)?.median.p50 ?? Number.NaN
  const sync = p50('disk')
  return {
    title: 'A request of a lone client, ms',
    head: ['durability', 'p50', 'p99'],
    rows: [...measured].map(([name, { median }]) => [
      name === 'disk' ? 'a write and its sync' : name,
      digits(median.p50),
      digits(median.p99),
    ]),
    goals: [
      {
        what: 'answer of `log` beyond that of `none`, without the sync, ms at p50',
        value: p50('log') - p50('none') - sync,
        goal: BEYOND_SYNC_MS,
      },
    ],
  }
}

export async function messages(session: DurableSession, { repetitions, measureMs }: DurableOptions): Promise<Table> {
  const measured = await alternating(DURABILITIES, repetitions, async (durability) => {
    const { server, load } = await served(session, durability, CLIENTS)
    await load.ask('sendFor', SETTLE_MS, WINDOW)
    await server.ask('commits')
    const before = await server.ask('usage')
    const acknowledged = await load.ask('sendFor', measureMs, WINDOW)
    const after = await server.ask('usage')
    const commits = await server.ask('commits')
    await session.end()
    const perSecond = (acknowledged * 1_000) / measureMs
    return { perSecond, us: (after.cpuUs - before.cpuUs) / acknowledged, commits: commits.count, p99: commits.p99 }
  })
  return {
    title: `Messages acknowledged on one channel with ${CLIENTS} clients, ${WINDOW} of each under way`,
    head: ['durability', 'messages/s', 'CPU µs each', 'commits', 'commit p99 ms'],
    rows: [...measured].map(([name, { median }]) => [
      name,
      ...[median.perSecond, median.us, median.commits, median.p99].map(digits),
    ]),
    goals: [
      {
        what: 'messages of `none` to those of `log`',
        value: ratio(measured.get('none'), measured.get('log'), 'perSecond'),
        goal: 1 / SHARE,
      },
    ],
  }
}

async function served(session: DurableSession, durability: Durability, clients: number) {
  const server = session.server()
  const load = session.load()
  const file = durability === 'none' ? {} : { file: session.newFile() }
  const url = await server.ask('start', { is: 'whole', durability, ...file })
  await load.ask('connect', url, clients, 'account', 'one')
  await pause(SETTLE_MS)
  return { server, load }
}
