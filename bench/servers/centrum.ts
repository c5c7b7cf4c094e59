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
import { counts, type Entity, entityOf, idOf, type Push, push, step, type World } from './world.js'

/** All clients of a bench come from one address. */
const gatewayLimits: AppOptions['gatewayLimits'] = { connectionsPerAddressMax: 100_000 }
const KEY = 'a key of the benches, which is no secret'

function entitiesOf(count: number): { [id: string]: Entity } {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [idOf(i), entityOf(i)]))
}

function appOf({ entities, movesEvery, tickMs }: World) {
  const room = defineChannel({
    state: () => ({ entities: entitiesOf(entities) }),
    messages: { push: unchecked<Push>() },
    tickMs,
  }).implement({
    onMessage: {
      push(ctx, client, by) {
        counts.moves++
        const entity = ctx.state.entities[pushedBy(client.id, entities)]
        if (entity !== undefined) push(entity, by)
      },
    },
    onTick(ctx) {
      counts.turns++
      if (tickMs === 0) return
      let index = 0
      for (const entity of Object.values(ctx.state.entities)) {
        if ((index + ctx.tick) % movesEvery === 0) step(entity, index, ctx.tick)
        index++
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
    const running = await startApp(app, { port: 0, gatewayLimits })
    back = running.back
    return running.url
  }
  const cluster = staticCluster({ backs: [{ id: 'back-1', address: role.address, channels: ['**'] }], key: KEY })
  if (role.is === 'front') {
    const front = await startFront(app, { id: 'front-1', cluster, port: 0, gatewayLimits })
    await front.master.connect()
    return front.url
  }
  back = await startBack(app, { id: 'back-1', cluster })
  return ''
}

let idle = 0

serve({
  start,
  async openIdle(count) {
    for (let i = 0; i < count; i++) await back?.open(`room/idle-${idle++}`)
  },
  keyframes: () => back?.inspect().done.keyframes ?? 0,
})
