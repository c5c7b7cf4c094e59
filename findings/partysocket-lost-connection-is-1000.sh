#!/usr/bin/env bash
# partysocket 1.3.0: when the connection is lost, its `close` event says code 1000 and `wasClean: true`, where the WebSocket beneath says 1006
# and false. It takes the `error` event, which undici and jsdom fire before an unclean `close`, as a reason to make a `close` event of
# its own with the defaults of an orderly close, and stops listening before the real one comes. `shouldReconnectOnClose`, which since June 2026
# decides by this event whether to go on, sees the same.
#
# Seen: server destroys its socket: WebSocket (undici 7.30.2) error, then close 1006 unclean; PartySocket close 1000 clean, then error
#       with `shouldReconnectOnClose: (event) => event.code !== 1000`, "go on unless it was an orderly end": it never reconnects
# One would have guessed that a lost connection, the case that the library is for, is told from an orderly close, as code 1006 is
# reserved for it; orderly ends are passed on with the server's code (4001 stays 4001).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund partysocket@1.3.0 undici@7.30.2 ws@8.23.0
cat > run.mjs <<'JS'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket as PartySocket } from 'partysocket'
import { WebSocket } from 'undici'
import { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(server, 'listening')
let opened = 0
server.on('connection', (socket, request) => {
  opened++
  socket.once('message', () => (request.url === '/orderly' ? socket.close(4001, 'over') : socket.terminate()))
})
const url = (path) => `ws://127.0.0.1:${server.address().port}${path}`
async function seen(socket) {
  const events = []
  const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
  socket.addEventListener('error', () => events.push('error'))
  socket.addEventListener('close', (event) => events.push(`close ${event.code} ${event.wasClean ? 'clean' : 'unclean'}`))
  socket.addEventListener('open', () => socket.send('go'))
  await closed
  await delay(20)
  return events.join(', ')
}
const options = { WebSocket, minReconnectionDelay: 50, maxReconnectionDelay: 50, shouldReconnectOnClose: (event) => event.code !== 1000 }
const plain = await seen(new WebSocket(url('/lost')))
opened = 0
const lost = await seen(new PartySocket(url('/lost'), [], options))
await delay(500)
const dials = opened
const orderly = await seen(new PartySocket(url('/orderly'), [], { ...options, shouldReconnectOnClose: () => false }))
console.log(`WebSocket: ${plain}\nPartySocket, lost: ${lost}; dials ${dials}\nPartySocket, closed by the server: ${orderly}`)
process.exit(plain === 'error, close 1006 unclean' && lost === 'close 1000 clean, error' && dials === 1 && orderly === 'close 4001 clean' ? 0 : 1)
JS
node run.mjs
