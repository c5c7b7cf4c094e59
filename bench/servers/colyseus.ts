/**
 * The world as Colyseus rooms: a schema, a patch every tick, and clients who may come back. What moves does so right before the patch, by one
 * timer for both: with one of its own for the simulation a room costs more, and the whole state, while changes wait for their patch, much more.
 */
import { matchMaker, Room, type RoomClient, Server } from '@colyseus/core'
import { Encoder, schema, t } from '@colyseus/schema'
import { WebSocketTransport } from '@colyseus/ws-transport'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from './serve.js'
import { counts, type Entity, entityOf, GRACE_MS, idOf, movingIn, type Push, push, step, type World } from './world.js'

const EntitySchema = schema({ name: t.string(), x: t.float64(), y: t.float64(), hp: t.uint8() }, 'Entity')
const WorldSchema = schema({ entities: t.map(EntitySchema) }, 'World')

/** A busy machine may keep the clients from answering for longer than the six seconds that are the default. */
const PING_RETRIES = 10
/** An entity with its key, whole, and room to spare: a state that does not fit would be encoded twice. */
const BYTES_PER_ENTITY = 100

let world: World = { rooms: 0, entities: 0, movesEvery: 1, tickMs: 0 }
let pushing = 0

interface Options {
  readonly id: string
  readonly ticks: boolean
}

class WorldRoom extends Room {
  override autoDispose = false
  override state = new WorldSchema()
  override messages = {
    push: (client: RoomClient, by: Push): void => {
      counts.moves++
      const entity = this.state.entities.get(this.#pushed.get(client.sessionId) ?? '')
      if (entity !== undefined) push(entity, by)
    },
  }
  readonly #pushed = new Map<string, string>()
  #ticks = false
  #turn = 0

  override onCreate({ id, ticks }: Options): void {
    this.roomId = id
    for (let i = 0; i < world.entities; i++) {
      this.state.entities.set(idOf(i), Object.assign(new EntitySchema(), entityOf(i)))
    }
    if (world.tickMs > 0) this.patchRate = world.tickMs
    this.#ticks = ticks && world.tickMs > 0
  }

  override onJoin(client: RoomClient): void {
    this.#pushed.set(client.sessionId, idOf(pushing++ % Math.max(1, world.entities)))
  }

  override onDrop(client: RoomClient): void {
    void this.allowReconnection(client, (world.graceMs ?? GRACE_MS) / 1_000)
  }

  override onLeave(client: RoomClient): void {
    this.#pushed.delete(client.sessionId)
  }

  override onBeforePatch(): void {
    if (!this.#ticks) return
    counts.turns++
    const turn = this.#turn++
    const { entities } = this.state
    if (world.movesEvery === 1) {
      let index = 0
      entities.forEach((entity) => step(entity, index++, turn))
    } else {
      for (const index of movingIn(turn, world)) step(entities.get(idOf(index)) as Entity, index, turn)
    }
  }
}

let rooms = 0

async function open(count: number, ticks: boolean): Promise<void> {
  for (let i = 0; i < count; i++) await matchMaker.createRoom('world', { id: `room${rooms++}`, ticks })
}

serve({
  async start(given) {
    world = given
    Encoder.BUFFER_SIZE = Math.max(Encoder.BUFFER_SIZE, world.entities * BYTES_PER_ENTITY)
    const http = createServer()
    const server = new Server({
      greet: false,
      transport: new WebSocketTransport({ server: http, pingMaxRetries: PING_RETRIES }),
    })
    server.define('world', WorldRoom)
    await server.listen(0, '127.0.0.1')
    await open(world.rooms, true)
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  },
  open,
})
