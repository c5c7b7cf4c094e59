/** Channels that are kept, or not, as a centrum app: in one process, or as a back or a front of a cluster. */
import {
  type Cluster,
  defineApp,
  defineChannel,
  type RunningBack,
  type RunningFront,
  staticCluster,
  startApp,
  startBack,
  startFront,
  unchecked,
} from 'centrum'
import { postgresCluster } from 'centrum/postgres'
import { sqliteStore } from 'centrum/sqlite'
import { answer } from '../processes/answer.js'
import type { DurableRole, DurableServerFace } from '../processes/durable-faces.js'
import { percentiles } from '../processes/percentiles.js'
import { type Entity, entityOf, idOf, step } from './world.js'

const KEY = 'a key of the benches, which is no secret'
/** All clients of a bench come from one address, and send what they can. */
const LIMITS = {
  flushMs: 0,
  gatewayLimits: {
    connectionsPerAddressMax: 100_000,
    messagesPerSecondPerUserMax: 1_000_000,
    messagesPerSecondMax: 100_000,
    openingsPerSecondMax: 100_000,
    openingsBurstMax: 100_000,
    openingsPerSecondPerUserMax: 100_000,
  },
}
const GRACE_MS = 120_000
const ENTITIES = 8
const DOCUMENT_CHARACTERS = 2_000
/** How many channels are opened or linked at once. */
const AT_ONCE = 200
/** A turn that begins later than this many beats behind the one before is late. */
const LATE_BEATS = 1.5

const counts = { turns: 0, lateTurns: 0 }
let commits: number[] = []

function appOf({ durability, tickMs = 0, idleMs = 3_600_000 }: DurableRole) {
  const room = defineChannel({
    state: () => ({
      entities: Object.fromEntries(
        Array.from({ length: ENTITIES }, (_, i): [string, Entity] => [idOf(i), entityOf(i)]),
      ),
    }),
    tickMs,
    durability,
  }).implement({
    onTick(ctx) {
      const now = performance.now()
      const before = ticked.get(ctx.id)
      ticked.set(ctx.id, now)
      counts.turns++
      if (before !== undefined && now - before > tickMs * LATE_BEATS) counts.lateTurns++
      let index = 0
      for (const entity of Object.values(ctx.state.entities)) step(entity, index++, ctx.tick)
    },
  })
  const account = defineChannel({
    state: () => ({ balance: 0 }),
    messages: { add: unchecked<number>() },
    requests: { pay: { input: unchecked<number>() } },
    tickMs: 0,
    durability,
  }).implement({
    onMessage: { add: (ctx, _client, amount) => (ctx.state.balance += amount) },
    onRequest: { pay: (ctx, _client, amount) => (ctx.state.balance += amount) },
  })
  const document = defineChannel({
    state: () => ({ text: 'x'.repeat(DOCUMENT_CHARACTERS), visits: 0 }),
    requests: { pay: { input: unchecked<number>() } },
    tickMs: 0,
    durability,
    ...(durability === 'none' ? {} : { idleMs }),
  }).implement({ onRequest: { pay: (ctx, _client, amount) => (ctx.state.visits += amount) } })
  return defineApp({ channels: { 'room/:id': room, 'account/:id': account, 'document/:id': document } })
}

/** When each room took its last turn. */
const ticked = new Map<string, number>()
let back: RunningBack<ReturnType<typeof appOf>> | null = null
let front: RunningFront<ReturnType<typeof appOf>> | null = null
const links: { id: string; isLive: boolean; stalledAt: number }[] = []
let stalls: number[] = []

interface Joined {
  join(member: never): Promise<{ append(commit: never): Promise<unknown> }>
}

/** Notes how long each commit takes. */
function timed<Store>(store: Store): Store {
  const joined = store as Joined
  const join = joined.join.bind(joined)
  joined.join = async (member) => {
    const journal = await join(member)
    const append = journal.append.bind(journal)
    journal.append = async (commit) => {
      const begun = performance.now()
      const appended = await append(commit)
      commits.push(performance.now() - begun)
      return appended
    }
    return journal
  }
  return store
}

async function start(role: DurableRole): Promise<string> {
  const app = appOf(role)
  const { is, file, database, address = '', port = 0, id } = role
  const store = file === undefined ? {} : { store: timed(sqliteStore({ path: file })) }
  const shared: Cluster | null = database === undefined ? null : postgresCluster({ url: database, key: KEY })
  if (shared !== null) timed((shared as unknown as { store: Joined }).store)
  if (is === 'whole') {
    const of = shared === null ? store : { cluster: shared }
    const running = await startApp(app, { port, graceMs: GRACE_MS, ...LIMITS, ...of })
    ;({ back, front } = running)
    return running.url
  }
  const cluster = shared ?? staticCluster({ backs: [{ id: 'back-1', address }], key: KEY })
  if (is === 'front') {
    front = await startFront(app, { id: id ?? 'front-1', cluster, port, ...LIMITS })
    await front.master.connect()
    return front.url
  }
  back = await startBack(app, { id: id ?? 'back-1', cluster, graceMs: GRACE_MS, ...store })
  return ''
}

async function inGroups(first: number, count: number, run: (index: number) => Promise<unknown>): Promise<void> {
  let next = first
  const some = async (): Promise<void> => {
    while (next < first + count) await run(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some))
}

async function linkRoom(id: string): Promise<void> {
  const channel = front?.master.channel(`room/${id}`)
  if (channel === undefined) throw new Error('this process is no front')
  const link = { id, isLive: false, stalledAt: 0 }
  links.push(link)
  channel.onStatus((status) => {
    const isLive = status === 'live'
    if (link.isLive && !isLive) link.stalledAt = performance.now()
    if (!link.isLive && isLive && link.stalledAt > 0) stalls.push(performance.now() - link.stalledAt)
    link.isLive = isLive
  })
  await channel.link()
  link.isLive = true
}

const face: DurableServerFace = {
  start,
  linkRooms: (count) => inGroups(links.length, count, (i) => linkRoom(String(i))),
  openDocuments: (first, count) => inGroups(first, count, async (i) => back?.open(`document/${i}`)),
  usage() {
    const { user, system } = process.cpuUsage()
    const { durability, channels } = back?.inspect() ?? { durability: null, channels: 0 }
    const { commits: stored = 0, bytes = 0 } = durability ?? {}
    return {
      cpuUs: user + system,
      rssBytes: process.memoryUsage.rss(),
      ...counts,
      commits: stored,
      bytes,
      channels: Number(channels),
    }
  },
  commits() {
    const taken = percentiles(commits)
    commits = []
    return taken
  },
  stalls() {
    const taken = percentiles(stalls)
    stalls = []
    return taken
  },
  live: () => links.filter(({ isLive }) => isLive).length,
  drain: async () => back?.drain(),
}
answer(face)
