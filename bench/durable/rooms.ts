/** What it costs a back to keep what many rooms do: 1,000 of them, 20 turns a second each, beside the same in memory. */
import type { DurableSession } from '../processes/durable-session.js'
import { alternating, ratio } from '../processes/median.js'
import { pause } from '../processes/session.js'
import { busyNotes, digits, type Table } from '../processes/table.js'
import type { DurableOptions } from './answers.js'

const ROOMS = 1_000
const TICK_MS = 50
const CPU_RATIO = 1.5
const LATE_SHARE = 0.01
const COMMIT_P99_MS = 25
const WARM_UP_MS = 4_000

export async function rooms(session: DurableSession, { repetitions, measureMs }: DurableOptions): Promise<Table> {
  const measured = await alternating(['none', 'log'] as const, repetitions, async (durability) => {
    const address = session.newAddress()
    const [back, front] = [session.server(), session.server()]
    const file = durability === 'none' ? {} : { file: session.newFile() }
    await back.ask('start', { is: 'back', durability, address, tickMs: TICK_MS, ...file })
    await front.ask('start', { is: 'front', durability, address, tickMs: TICK_MS })
    await front.ask('linkRooms', ROOMS)
    await pause(WARM_UP_MS)
    await back.ask('commits')
    const before = await back.ask('usage')
    await pause(measureMs)
    const after = await back.ask('usage')
    const commits = await back.ask('commits')
    await session.end()
    const turns = after.turns - before.turns
    return {
      cpu: (after.cpuUs - before.cpuUs) / measureMs / 10,
      us: (after.cpuUs - before.cpuUs) / turns,
      late: (after.lateTurns - before.lateTurns) / turns,
      turns: (turns * 1_000) / measureMs / ROOMS,
      commits: (commits.count * 1_000) / measureMs,
      p50: commits.p50,
      p99: commits.p99,
      max: commits.max,
      megabytes: (after.bytes - before.bytes) / measureMs / 1_000,
      rss: after.rssBytes / 2 ** 20,
    }
  })
  const log = measured.get('log')?.median
  return {
    title: `${ROOMS} rooms of 8 entities, ${1_000 / TICK_MS} turns a second each: the back`,
    head: [
      'durability',
      'CPU %',
      'µs a turn',
      'late %',
      'turns/s',
      'commits/s',
      'commit p50 ms',
      'p99',
      'max',
      'MB/s',
      'RSS MB',
    ],
    rows: [...measured].map(([name, { median: of }]) => [
      name,
      ...[of.cpu, of.us, of.late * 100, of.turns, of.commits, of.p50, of.p99, of.max, of.megabytes, of.rss].map(digits),
    ]),
    goals: [
      {
        what: 'CPU of a turn to `none`',
        value: ratio(measured.get('log'), measured.get('none'), 'us'),
        goal: CPU_RATIO,
      },
      { what: 'share of late turns', value: log?.late ?? Number.NaN, goal: LATE_SHARE },
      { what: 'commit at p99, ms', value: log?.p99 ?? Number.NaN, goal: COMMIT_P99_MS },
    ],
    notes: busyNotes(
      [...measured.values()].map(({ median }) => median.turns),
      1_000 / TICK_MS,
    ),
  }
}
