/**
 * What is held: heap and buffers after garbage collection, in KB, for a client that is linked and silent, a session on a back, a room of 8
 * entities with one client after 75 s of 20 turns a second, of which each moves a third or all, and an open room without clients; and the
 * memory of whole processes with 1,000 rooms that move. Each is what so many more of them add to a process that has some. Beside Colyseus, socket.io and bare `ws`.
 *
 *     npm run bench -- memory [--quick] [--markdown] [--repetitions 3] [--seconds 75] [--peers centrum,colyseus]
 */
import type { Child } from './processes/child.js'
import type { ServerFace } from './processes/faces.js'
import { alternating, ratio } from './processes/median.js'
import { type BenchOptions, readOptions } from './processes/options.js'
import { machineOf, type Peer, prepare, type Prepared } from './processes/prepare.js'
import { pause, type Served, withCluster, withServer } from './processes/session.js'
import { digits, type Goal, print } from './processes/table.js'
import type { World } from './servers/world.js'

const KB = 1_024
const QUIET: World = { rooms: 1, entities: 8, movesEvery: 1, tickMs: 0 }
const MOVING: World = { ...QUIET, tickMs: 50 }
const THIRD: World = { ...MOVING, movesEvery: 3 }
/** How many are there before it is measured what more of them add, and how many more. */
const FEW = 200
const MANY = 2_000
/** Rooms that work before it is measured what more of them add, and how long: by then the process has compiled its code. */
const FIRST_ROOMS = 20
const FIRST_MS = 10_000
const ACTIVE_ROOMS = 100
const RSS_ROOMS = 1_000
/** How long a room works until what it keeps has its size. */
const ACTIVE_MS = 75_000
const ACTIVE_QUICK_MS = 10_000
const SETTLE_MS = 2_000

/** KB for each. */
interface Held extends Record<string, number> {
  heap: number
  buffers: number
}

interface Row {
  readonly what: string
  readonly goal?: number
  readonly peers: readonly Peer[]
  measure(peer: Peer): Promise<Held>
}

/** What `more` adds to the process, for each of so many. */
async function added(server: Child<ServerFace>, count: number, more: () => Promise<unknown>): Promise<Held> {
  const before = await server.ask('usage', true)
  await more()
  await pause(SETTLE_MS)
  const after = await server.ask('usage', true)
  return {
    heap: (after.heapBytes - before.heapBytes) / count / KB,
    buffers: (after.bufferBytes - before.bufferBytes) / count / KB,
  }
}

function joinMany({ load, url }: Served, peer: Peer, clients: number, first = 0, count = 1): Promise<void> {
  return load.ask('join', peer, url, clients, { first, count })
}

function linkedClient(prepared: Prepared, peer: Peer): Promise<Held> {
  return withServer(prepared, peer, QUIET, async (served) => {
    await joinMany(served, peer, FEW)
    return added(served.server, MANY, () => joinMany(served, peer, MANY))
  })
}

/** The front's share of a linked client, or the back's. */
function inCluster(prepared: Prepared, part: 'front' | 'back'): Promise<Held> {
  return withCluster(prepared, QUIET, async (cluster) => {
    await joinMany(cluster, 'centrum', FEW)
    return added(part === 'front' ? cluster.server : cluster.back, MANY, () => joinMany(cluster, 'centrum', MANY))
  })
}

function activeRoom(prepared: Prepared, peer: Peer, world: World, activeMs: number): Promise<Held> {
  return withServer(prepared, peer, world, async (served) => {
    let rooms = world.rooms
    const openMore = async (count: number, ms: number): Promise<void> => {
      await served.server.ask('open', count, true)
      await joinMany(served, peer, count, rooms, count)
      rooms += count
      await pause(ms)
    }
    await openMore(FIRST_ROOMS, Math.min(FIRST_MS, activeMs))
    return added(served.server, ACTIVE_ROOMS, () => openMore(ACTIVE_ROOMS, activeMs))
  })
}

function idleRoom(prepared: Prepared, peer: Peer): Promise<Held> {
  return withServer(prepared, peer, MOVING, async ({ server }) => {
    await server.ask('open', FEW, false)
    return added(server, MANY, () => server.ask('open', MANY, false))
  })
}

/** MB of the processes that serve so many rooms, each with one client. */
async function residentOf(prepared: Prepared, peer: Peer, activeMs: number): Promise<Readonly<Record<'mb', number>>> {
  const use = async (served: Served, servers: readonly Child<ServerFace>[]): Promise<{ mb: number }> => {
    await served.server.ask('open', RSS_ROOMS, true)
    await joinMany(served, peer, RSS_ROOMS, 1, RSS_ROOMS)
    await pause(activeMs)
    const usages = await Promise.all(servers.map((server) => server.ask('usage', false)))
    return { mb: usages.reduce((sum, { rssBytes }) => sum + rssBytes, 0) / KB / KB }
  }
  return peer === 'centrum'
    ? withCluster(prepared, MOVING, (cluster) => use(cluster, [cluster.server, cluster.back]))
    : withServer(prepared, peer, MOVING, (served) => use(served, [served.server]))
}

function rowsOf(prepared: Prepared, { quick, peers, activeMs }: BenchOptions & { activeMs: number }): Row[] {
  const among = (...names: Peer[]): Peer[] => names.filter((name) => peers.includes(name))
  const seconds = activeMs / 1_000
  return [
    {
      what: 'linked client, idle, in one process',
      goal: 5,
      peers,
      measure: (peer) => linkedClient(prepared, peer),
    },
    {
      what: 'linked client, idle, on a front',
      goal: 4.5,
      peers: among('centrum'),
      measure: () => inCluster(prepared, 'front'),
    },
    { what: 'its session on a back', goal: 1.2, peers: among('centrum'), measure: () => inCluster(prepared, 'back') },
    {
      what: `room of 8, a third moves each turn, one client, after ${seconds} s`,
      ...(quick ? {} : { goal: 110 }),
      peers,
      measure: (peer) => activeRoom(prepared, peer, THIRD, activeMs),
    },
    {
      what: `room of 8 that all move, one client, after ${seconds} s`,
      ...(quick ? {} : { goal: 110 }),
      peers,
      measure: (peer) => activeRoom(prepared, peer, MOVING, activeMs),
    },
    {
      what: 'open room, nobody linked',
      peers: among('centrum', 'colyseus'),
      measure: (peer) => idleRoom(prepared, peer),
    },
  ]
}

export default async function memory(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  const activeMs = args.some((arg) => arg.startsWith('--seconds'))
    ? options.measureMs
    : options.quick
      ? ACTIVE_QUICK_MS
      : ACTIVE_MS
  const prepared = prepare()
  process.stderr.write(`${machineOf(prepared)}\n\n`)
  const rows: string[][] = []
  const goals: Goal[] = []
  for (const { what, goal, peers, measure } of rowsOf(prepared, { ...options, activeMs })) {
    const measured = await alternating(peers, options.repetitions, measure)
    const cells = options.peers.map((peer) => {
      const held = measured.get(peer)?.median
      return held === undefined ? '–' : `${digits(held.heap)} + ${digits(held.buffers)}`
    })
    rows.push([what, ...cells])
    const { heap = Number.NaN, buffers = Number.NaN } = measured.get('centrum')?.median ?? {}
    if (goal !== undefined) goals.push({ what: `${what}, KB`, value: heap + buffers, goal })
  }
  print({ title: 'KB of heap + KB of buffers', head: ['for each', ...options.peers], rows, goals }, options.markdown)

  const pair = options.peers.filter((peer) => peer === 'centrum' || peer === 'colyseus')
  const resident = await alternating(pair, options.repetitions, (peer) => residentOf(prepared, peer, activeMs))
  const toColyseus = ratio(resident.get('centrum'), resident.get('colyseus'), 'mb')
  const title = `MB of the processes (centrum: a back and a front) with ${RSS_ROOMS} such rooms after ${activeMs / 1_000} s`
  const residentRows = [...resident].map(([peer, { median }]) => [
    peer,
    digits(median.mb),
    peer === 'centrum' ? digits(toColyseus) : '1',
  ])
  print({ title, head: ['server', 'MB', 'to Colyseus'], rows: residentRows }, options.markdown)
}
