/** A port that swallows all: it takes what an attacker says and does nothing with it, so that only the attacker's own work is left. */
import { createHash } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { answer } from '../../bench/processes/answer.js'
import type { SwallowFace } from './faces.js'

/** Of the WebSocket protocol. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** WebSockets open, or their attackers would not begin. */
function upgradeOf(request: string): string | null {
  const key = /sec-websocket-key: *(\S+)/i.exec(request)?.[1]
  if (key === undefined) return null
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: centrum\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`
}

const face: SwallowFace = {
  start: () =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', (bytes: Buffer) => {
          const upgrade = upgradeOf(bytes.toString('latin1', 0, 2_048))
          if (upgrade !== null) socket.write(upgrade)
          socket.resume()
        })
      })
      server.listen(0, '127.0.0.1', () => {
        resolve({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
      })
    }),
}
answer(face)
