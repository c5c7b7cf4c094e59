/** The game template's arena as a Colyseus room, with its page. Its argument is the folder of the page. */
import { Room, type RoomClient, Server } from '@colyseus/core'
import { schema, t } from '@colyseus/schema'
import { WebSocketTransport } from '@colyseus/ws-transport'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HEIGHT, type Move, step, TICK_MS, WIDTH } from '../../templates/game/src/step.js'
import { gameFiles } from './game-files.js'

const Player = schema({ x: t.float64(), y: t.float64(), hue: t.float64(), hits: t.uint16() }, 'Player')
const Arena = schema({ players: t.map(Player) }, 'Arena')

class ArenaRoom extends Room {
  override state = new Arena()
  override patchRate = TICK_MS
  override messages = {
    move: (client: RoomClient, move: Move): void => {
      const player = this.state.players.get(client.sessionId)
      if (player) step(player, move, TICK_MS)
    },
    shoot: (client: RoomClient, at: { x: number; y: number }): void =>
      this.broadcast('shot', { from: client.sessionId, ...at, hit: false }),
  }

  override onJoin({ sessionId }: RoomClient): void {
    const hue = (this.state.players.size * 137.5) % 360
    this.state.players.set(sessionId, Object.assign(new Player(), { x: WIDTH / 2, y: HEIGHT / 2, hue, hits: 0 }))
  }

  override onLeave({ sessionId }: RoomClient): void {
    this.state.players.delete(sessionId)
  }
}

const serve = gameFiles(process.argv[2] ?? '')
const http = createServer()
const server = new Server({ greet: false, transport: new WebSocketTransport({ server: http }) })
server.define('arena', ArenaRoom)
await server.listen(0, '127.0.0.1')
// It answers every path, with a page of its own where there is nothing: files come first.
const routes = http.listeners('request')
http.removeAllListeners('request').on('request', (request, response) => {
  if (!serve(request, response)) for (const route of routes) route.call(http, request, response)
})
process.send?.(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
