/**
 * What the whole path costs: one process with one room of 100 entities that all move 20 times a second, and clients who each
 * push one of them 10 times a second. The server's CPU time beside that of its peers, in microseconds for each turn that a client is told
 * and each push that is handled: a machine with too little time for all of them makes fewer of both.
 *
 *     npm run bench -- whole [--quick] [--markdown] [--repetitions 3] [--seconds 30] [--peers centrum,colyseus]
 */
import { alternating, ratio, type Runs } from './processes/median.js'
import { type BenchOptions, readOptions } from './processes/options.js'
import { machineOf, type Peer, prepare, type Prepared } from './processes/prepare.js'
import { pause, spanOf, usPerDelivery, withServer } from './processes/session.js'
import { busyNotes, digits, print, type Table } from './processes/table.js'
import type { World } from './servers/world.js'

const WORLD: World = { rooms: 1, entities: 100, movesEvery: 1, tickMs: 50 }
const PUSHES_PER_SECOND = 10
const CASES = [
  { clients: 50, goal: 0.95 },
  { clients: 200, goal: 0.9 },
  { clients: 500, goal: 0.85 },
]
/** Messages that a client gets for each turn: the patch, and with it whatever else there is to say. */
const MESSAGES_GOAL = 1

type Measured = Awaited<ReturnType<typeof measure>>

async function measure(prepared: Prepared, peer: Peer, clients: number, options: BenchOptions) {
  return withServer(prepared, peer, WORLD, async (served) => {
    await served.load.ask('join', peer, served.url, clients, { first: 0, count: 1 })
    await served.load.ask('send', PUSHES_PER_SECOND)
    await pause(options.warmUpMs)
    const { ms, server, clients: had } = await spanOf(served, () => pause(options.measureMs))
    const seconds = ms / 1_000
    return {
      cpu: server.cpuUs / ms / 10,
      turns: server.turns / seconds,
      moves: server.moves / seconds / clients,
      messages: had.messages / seconds / clients,
      bytes: had.bytes / seconds / clients,
      loadCpu: had.cpuUs / ms / 10,
      delivery: usPerDelivery(server, clients),
    }
  })
}

function tableOf(clients: number, goal: number, measured: ReadonlyMap<Peer, Runs<Measured>>): Table {
  const colyseus = measured.get('colyseus')
  const centrum = measured.get('centrum')
  const { messages: told = Number.NaN, turns: turned = Number.NaN } = centrum?.median ?? {}
  const messagesPerTurn = told / turned
  const rows = [...measured].map(([peer, each]) => {
    const { cpu, delivery, messages, bytes, turns, moves, loadCpu } = each.median
    return [
      peer,
      ...[cpu, delivery, ratio(each, colyseus, 'delivery'), messages, bytes / 1_000, turns, moves, loadCpu].map(digits),
    ]
  })
  return {
    title: `The whole path, ${clients} clients`,
    head: ['server', 'CPU %', 'µs', 'to Colyseus', 'messages/s', 'KB/s', 'turns/s', 'pushes/s', 'clients CPU %'],
    rows,
    goals: [
      { what: `CPU to Colyseus, ${clients} clients`, value: ratio(centrum, colyseus, 'delivery'), goal },
      { what: 'messages a client and turn', value: Math.round(messagesPerTurn * 10) / 10, goal: MESSAGES_GOAL },
    ],
    notes: busyNotes(
      [...measured.values()].map(({ median }) => median.turns),
      1_000 / WORLD.tickMs,
    ),
  }
}

export default async function whole(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const prepared = prepare()
  process.stderr.write(`${machineOf(prepared)}\n\n`)
  for (const { clients, goal } of CASES) {
    const measured = await alternating(options.peers, options.repetitions, (peer) =>
      measure(prepared, peer, clients, options),
    )
    print(tableOf(clients, goal, measured), options.markdown)
  }
}
