/** The world as a centrum app: in one process, or as a back or a front of a cluster. */
import {
  type AppOptions,
  defineApp,
  defineChannel,
  type RunningBack,
  staticCluster,
  startApp,
  startBack,
  startFront,
  unchecked,
} from 'centrum'
import type { Role } from '../processes/faces.js'
import { serve } from './serve.js'
import { counts, type Entity, entityOf, GRACE_MS, idOf, movingIn, type Push, push, step, type World } from './world.js'

/** All clients of a bench come from one address. */
const gatewayLimits: AppOptions['gatewayLimits'] = { connectionsPerAddressMax: 100_000 }
const KEY = 'a key of the benches, which is no secret'

function entitiesOf(count: number): { [id: string]: Entity } {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [idOf(i), entityOf(i)]))
}

function appOf(world: World) {
  const { entities: count, movesEvery, tickMs } = world
  const room = defineChannel({
    state: () => ({ entities: entitiesOf(count) }),
    messages: { push: unchecked<Push>() },
    tickMs,
  }).implement({
    onMessage: {
      push(ctx, client, by) {
        counts.moves++
        const entity = ctx.state.entities[pushedBy(client.id, count)]
        if (entity !== undefined) push(entity, by)
      },
    },
    onTick(ctx) {
      counts.turns++
      if (tickMs === 0) return
      const { entities } = ctx.state
      if (movesEvery === 1) {
        let index = 0
        for (const entity of Object.values(entities)) step(entity, index++, ctx.tick)
      } else {
        for (const index of movingIn(ctx.tick, world)) step(entities[idOf(index)] as Entity, index, ctx.tick)
      }
    },
  })
  return defineApp({ channels: { 'room/:id': room } })
}

/** Clients push one entity each, in the order of their first push. */
const pushed = new Map<string, string>()
function pushedBy(clientId: string, entities: number): string {
  let id = pushed.get(clientId)
  if (id === undefined) pushed.set(clientId, (id = idOf(pushed.size % entities)))
  return id
}

let back: RunningBack<ReturnType<typeof appOf>> | null = null

async function start(world: World, role: Role): Promise<string> {
  const app = appOf(world)
  if (role.is === 'whole') {
    const running = await startApp(app, { port: 0, gatewayLimits, graceMs: world.graceMs ?? GRACE_MS })
    back = running.back
    return running.url
  }
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: role.address, channels: ['room/*'] }], key: KEY })
  if (role.is === 'front') {
    const front = await startFront(app, { id: 'front-1', cluster, port: 0, gatewayLimits })
    await front.master.connect()
    return front.url
  }
  back = await startBack(app, { id: 'back-1', cluster })
  return ''
}

let rooms = 0

serve({
  async start(world, role) {
    rooms = world.rooms
    return start(world, role)
  },
  /** Without a session none ticks. */
  async open(count) {
    for (let i = 0; i < count; i++) await back?.open(`room/${rooms++}`)
  },
  keyframes: () => back?.inspect().done.keyframes ?? 0,
})
