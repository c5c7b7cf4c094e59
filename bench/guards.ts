/**
 * What one build costs beside another: this one, and a checkout that is built elsewhere, such as that before its guards. CPU time of the
 * whole path (one process, 100 entities that move 20 times a second, pushes of clients), and of a front and a back that forward many
 * pushes. Processes alternate, so that whatever else the machine does meets both alike.
 *
 *     git worktree add ../before 434606e && (cd ../before && npm ci && npm run build)
 *     npm run bench -- guards ../before [--repetitions 5] [--seconds 10] [--markdown]
 */
import { cpus } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fileURLToPath } from 'node:url'
import { alternating, ratio, type Runs } from './processes/median.js'
import { prepareCheckout, type Prepared } from './processes/prepare.js'
import { pause, spanOf, usPerDelivery, withCluster, withServer } from './processes/session.js'
import { digits, print, type Table } from './processes/table.js'
import type { World } from './servers/world.js'

const WHOLE: World = { rooms: 1, entities: 100, movesEvery: 1, tickMs: 50 }
const CLIENTS = 100
const PUSHES_PER_SECOND = 10
/** Little state: what is forwarded is what costs. */
const FORWARDING: World = { rooms: 1, entities: 10, movesEvery: 10, tickMs: 50 }
const FORWARDED_PER_SECOND = 100
const WARM_UP_MS = 3_000
const GOAL = 1.03

type Build = 'before' | 'now'
type Measured = Readonly<Record<'us' | 'front' | 'back', number>>

async function wholePath(prepared: Prepared, ms: number): Promise<Measured> {
  return withServer(prepared, 'centrum', WHOLE, async (served) => {
    await served.load.ask('join', 'centrum', served.url, CLIENTS, { first: 0, count: 1 })
    await served.load.ask('send', PUSHES_PER_SECOND)
    await pause(WARM_UP_MS)
    const { server } = await spanOf(served, () => pause(ms))
    return { us: usPerDelivery(server, CLIENTS), front: Number.NaN, back: Number.NaN }
  })
}

/** Microseconds of front and back for each push that the back has handled. */
async function forwarding(prepared: Prepared, ms: number): Promise<Measured> {
  return withCluster(prepared, FORWARDING, async (cluster) => {
    await cluster.load.ask('join', 'centrum', cluster.url, CLIENTS, { first: 0, count: 1 })
    await cluster.load.ask('send', FORWARDED_PER_SECOND)
    await pause(WARM_UP_MS)
    const before = await cluster.back.ask('usage', false)
    const { server: front } = await spanOf(cluster, () => pause(ms))
    const after = await cluster.back.ask('usage', false)
    const moves = after.moves - before.moves
    const [frontUs, backUs] = [front.cpuUs / moves, (after.cpuUs - before.cpuUs) / moves]
    return { us: frontUs + backUs, front: frontUs, back: backUs }
  })
}

function tableOf(title: string, what: string, measured: ReadonlyMap<Build, Runs<Measured>>): Table {
  const [before, now] = [measured.get('before'), measured.get('now')]
  return {
    title,
    head: ['build', 'µs', 'of the front', 'of the back', 'to before'],
    rows: [...measured].map(([build, runs]) => {
      const { us, front, back } = runs.median
      return [build, ...[us, front, back, ratio(runs, before, 'us')].map(digits)]
    }),
    goals: [{ what: `CPU time ${what}, now to before`, value: ratio(now, before, 'us'), goal: GOAL }],
  }
}

export default async function guards(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      repetitions: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '10' },
      markdown: { type: 'boolean', default: false },
    },
  })
  const [before] = positionals
  if (before === undefined)
    throw new Error('say where the checkout of the other build is: npm run bench -- guards ../before')
  const builds: Readonly<Record<Build, Prepared>> = {
    before: prepareCheckout(resolve(before)),
    now: prepareCheckout(fileURLToPath(new URL('..', import.meta.url))),
  }
  process.stderr.write(`${cpus().length} cores, Node ${process.version}\n\n`)
  const ms = Number(values.seconds) * 1_000
  const run = (measure: typeof wholePath) =>
    alternating<Build, Measured>(['before', 'now'], Number(values.repetitions), (build) => measure(builds[build], ms))
  print(tableOf('The whole path', 'for each turn told and push handled', await run(wholePath)), values.markdown)
  print(tableOf('Forwarding', 'for each push forwarded and handled', await run(forwarding)), values.markdown)
}
