/**
 * What it costs when all clients come back at once: 1,000 clients of a world of 5,000 entities, of which 50 move in each of 20 turns a
 * second, lose their sockets and return within two seconds, one second later. The server's CPU time, bytes and keyframes for each that
 * returns, without what it costs to serve them while they are there, beside clients of Colyseus who reconnect.
 *
 *     npm run bench -- storm [--quick] [--markdown] [--repetitions 3] [--peers centrum,colyseus]
 */
import { alternating, ratio, type Runs } from './processes/median.js'
import { type BenchOptions, readOptions } from './processes/options.js'
import { machineOf, type Peer, prepare, type Prepared } from './processes/prepare.js'
import { pause, spanOf, withServer } from './processes/session.js'
import { busyNotes, digits, print, type Table } from './processes/table.js'
import type { World } from './servers/world.js'

/** A busy machine may take long until the last has come back. */
const WORLD: World = { rooms: 1, entities: 5_000, movesEvery: 100, tickMs: 50, graceMs: 120_000 }
const CLIENTS = 1_000
const AWAY_MS = 1_000
const RETURN_MS = 2_000
const SETTLE_MS = 1_000
/** How long they are served before, to know what that costs. */
const STEADY_MS = 6_000
const GOAL = 0.8

type Measured = Awaited<ReturnType<typeof measure>>

function measure(prepared: Prepared, peer: Peer, options: BenchOptions) {
  return withServer(prepared, peer, WORLD, async (served) => {
    const { load } = served
    await load.ask('join', peer, served.url, CLIENTS, { first: 0, count: 1 })
    await pause(options.warmUpMs)
    const steady = await spanOf(served, () => pause(STEADY_MS))
    let awayMs = 0
    const storm = await spanOf(served, async () => {
      await load.ask('drop')
      await pause(AWAY_MS)
      awayMs = await load.ask('comeBack', RETURN_MS)
      await pause(SETTLE_MS)
    })
    // What serving those who were there costs: a share of the turns, which are fewer where the machine has no time for all.
    const there = ((1 - awayMs / storm.ms) * storm.server.turns) / steady.server.turns
    return {
      us: (storm.server.cpuUs - steady.server.cpuUs * there) / CLIENTS,
      bytes: (storm.clients.bytes - steady.clients.bytes * there) / CLIENTS,
      keyframes: storm.server.keyframes,
      awayMs,
      stormCpuMs: storm.server.cpuUs / 1_000,
      steadyCpu: steady.server.cpuUs / steady.ms / 10,
      turns: steady.server.turns / (steady.ms / 1_000),
    }
  })
}

function tableOf(measured: ReadonlyMap<Peer, Runs<Measured>>): Table {
  const colyseus = measured.get('colyseus')
  const rows = [...measured].map(([peer, each]) => {
    const { us, bytes, keyframes, awayMs, stormCpuMs, steadyCpu, turns } = each.median
    const made = peer === 'centrum' ? String(keyframes) : '–'
    return [
      peer,
      ...[us, ratio(each, colyseus, 'us'), bytes / 1_000].map(digits),
      made,
      ...[awayMs, stormCpuMs, steadyCpu, turns].map(digits),
    ]
  })
  return {
    title: `${CLIENTS} clients return within ${RETURN_MS / 1_000} s`,
    head: [
      'server',
      'CPU µs a client',
      'to Colyseus',
      'KB a client',
      'keyframes',
      'ms away',
      'CPU ms in all',
      'CPU % before',
      'turns/s',
    ],
    rows,
    goals: [
      {
        what: 'CPU of a returning client to Colyseus',
        value: ratio(measured.get('centrum'), colyseus, 'us'),
        goal: GOAL,
      },
    ],
    notes: busyNotes(
      [...measured.values()].map(({ median }) => median.turns),
      1_000 / WORLD.tickMs,
    ),
  }
}

export default async function storm(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const prepared = prepare()
  process.stderr.write(`${machineOf(prepared)}\n\n`)
  const measured = await alternating(options.peers, options.repetitions, (peer) => measure(prepared, peer, options))
  print(tableOf(measured), options.markdown)
}
