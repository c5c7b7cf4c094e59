/** The world on bare `ws`: JSON, made once a tick, and one `send` for each client. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { BareRoom } from './bare-world.js'
import { serve } from './serve.js'
import type { Push, World } from './world.js'

interface Open {
  readonly room: BareRoom
  readonly clients: Set<WebSocket>
}

const rooms: Open[] = []

function open(world: World): void {
  const clients = new Set<WebSocket>()
  const room = new BareRoom(world, (moved) => {
    if (clients.size === 0) return
    const message = Buffer.from(JSON.stringify({ moved }))
    for (const client of clients) client.send(message, { binary: false })
  })
  rooms.push({ room, clients })
}

let world: World = { rooms: 0, entities: 0, movesEvery: 1, tickMs: 0 }

serve({
  async start(given) {
    world = given
    for (let i = 0; i < world.rooms; i++) open(world)
    const http = createServer()
    const server = new WebSocketServer({ server: http, perMessageDeflate: false })
    server.on('connection', (client, request) => {
      const { room, clients } = rooms[Number(request.url?.slice(1))] as Open
      const entity = room.join()
      clients.add(client)
      client.on('message', (data: Buffer) => {
        const { push } = JSON.parse(data.toString()) as { push: Push }
        room.push(entity, push)
      })
      client.on('close', () => clients.delete(client))
      client.send(JSON.stringify({ all: room.entities }))
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
