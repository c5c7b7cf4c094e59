/** The world on socket.io: JSON events to rooms, over WebSockets only. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import { BareRoom } from './bare-world.js'
import { serve } from './serve.js'
import type { Push, World } from './world.js'

const rooms: BareRoom[] = []
const http = createServer()
const io = new Server(http, { transports: ['websocket'], serveClient: false })

function open(world: World): void {
  const name = String(rooms.length)
  rooms.push(new BareRoom(world, (moved) => io.to(name).emit('moved', moved)))
}

let world: World = { rooms: 0, entities: 0, movesEvery: 1, tickMs: 0 }

serve({
  async start(given) {
    world = given
    for (let i = 0; i < world.rooms; i++) open(world)
    io.on('connection', (socket) => {
      const { room: name } = socket.handshake.auth as { room: string }
      const room = rooms[Number(name)] as BareRoom
      const entity = room.join()
      void socket.join(name)
      socket.on('push', (by: Push) => room.push(entity, by))
      socket.emit('all', room.entities)
    })
    http.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  },
  open(count, ticks) {
    for (let i = 0; i < count; i++) open(ticks ? world : { ...world, tickMs: 0 })
    return Promise.resolve()
  },
})
