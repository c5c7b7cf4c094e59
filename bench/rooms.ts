/**
 * What many rooms in one process cost: 100 and 250 rooms of 8 entities that all move 20 times a second, with 3 clients each
 * who push 5 times a second; and 10,000 open rooms that nobody is linked to. The server's CPU time beside that of Colyseus.
 *
 *     npm run bench -- rooms [--quick] [--markdown] [--repetitions 3] [--seconds 30] [--peers centrum,colyseus]
 */
import { alternating, ratio, type Runs } from './processes/median.js'
import { type BenchOptions, readOptions } from './processes/options.js'
import { machineOf, type Peer, prepare, type Prepared } from './processes/prepare.js'
import { pause, spanOf, usPerDelivery, withServer } from './processes/session.js'
import { busyNotes, digits, print, type Table } from './processes/table.js'
import type { World } from './servers/world.js'

const WORLD: Omit<World, 'rooms'> = { entities: 8, movesEvery: 1, tickMs: 50 }
const CLIENTS_PER_ROOM = 3
const PUSHES_PER_SECOND = 5
/** What a turn tells its clients, and its share of their pushes. */
const DELIVERIES_PER_TURN = CLIENTS_PER_ROOM + (CLIENTS_PER_ROOM * PUSHES_PER_SECOND * WORLD.tickMs) / 1_000
const CASES = [{ rooms: 100 }, { rooms: 250, goal: 0.9 }] as const
const IDLE_ROOMS = 10_000
/** Only these have rooms that are open without a client and do something about it. */
const IDLE_PEERS: readonly Peer[] = ['centrum', 'colyseus']

type Measured = Awaited<ReturnType<typeof measureActive>>

function measureActive(prepared: Prepared, peer: Peer, rooms: number, options: BenchOptions) {
  return withServer(prepared, peer, { ...WORLD, rooms }, async (served) => {
    const clients = rooms * CLIENTS_PER_ROOM
    await served.load.ask('join', peer, served.url, clients, { first: 0, count: rooms })
    await served.load.ask('send', PUSHES_PER_SECOND)
    await pause(options.warmUpMs)
    const { ms, server, clients: had } = await spanOf(served, () => pause(options.measureMs))
    const seconds = ms / 1_000
    return {
      cpu: server.cpuUs / ms / 10,
      us: usPerDelivery(server, CLIENTS_PER_ROOM) * DELIVERIES_PER_TURN,
      turns: server.turns / seconds / rooms,
      moves: server.moves / seconds / clients,
      messages: had.messages / seconds / clients,
      bytes: had.bytes / seconds / clients,
      loadCpu: had.cpuUs / ms / 10,
    }
  })
}

function measureIdle(prepared: Prepared, peer: Peer, options: BenchOptions) {
  return withServer(prepared, peer, { ...WORLD, rooms: 0 }, async (served) => {
    await served.server.ask('open', IDLE_ROOMS, false)
    await pause(options.warmUpMs)
    const { ms, server } = await spanOf(served, () => pause(options.measureMs))
    return { cpu: server.cpuUs / ms / 10 }
  })
}

function tableOf(rooms: number, measured: ReadonlyMap<Peer, Runs<Measured>>, goal: number | undefined): Table {
  const colyseus = measured.get('colyseus')
  const rows = [...measured].map(([peer, each]) => {
    const { cpu, us, messages, bytes, turns, moves, loadCpu } = each.median
    return [peer, ...[cpu, us, ratio(each, colyseus, 'us'), messages, bytes / 1_000, turns, moves, loadCpu].map(digits)]
  })
  const value = ratio(measured.get('centrum'), colyseus, 'us')
  return {
    title: `${rooms} rooms of 8 entities and ${CLIENTS_PER_ROOM} clients`,
    head: ['server', 'CPU %', 'µs a turn', 'to Colyseus', 'messages/s', 'KB/s', 'turns/s', 'pushes/s', 'clients CPU %'],
    rows,
    goals: goal === undefined ? [] : [{ what: `CPU of a turn to Colyseus, ${rooms} rooms`, value, goal }],
    notes: busyNotes(
      [...measured.values()].map(({ median }) => median.turns),
      1_000 / WORLD.tickMs,
    ),
  }
}

export default async function rooms(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const prepared = prepare()
  process.stderr.write(`${machineOf(prepared)}\n\n`)
  for (const each of CASES) {
    const measured = await alternating(options.peers, options.repetitions, (peer) =>
      measureActive(prepared, peer, each.rooms, options),
    )
    print(tableOf(each.rooms, measured, 'goal' in each ? each.goal : undefined), options.markdown)
  }
  const peers = options.peers.filter((peer) => IDLE_PEERS.includes(peer))
  const idle = await alternating(peers, options.repetitions, (peer) => measureIdle(prepared, peer, options))
  const rows = [...idle].map(([peer, { median }]) => [peer, digits(median.cpu)])
  print({ title: `${IDLE_ROOMS} open rooms without a client`, head: ['server', 'CPU %'], rows }, options.markdown)
}
