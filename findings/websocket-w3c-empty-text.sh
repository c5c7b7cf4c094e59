#!/usr/bin/env bash
# websocket 1.0.35: its `w3cwebsocket` client, "the W3C WebSocket API", never delivers a text message that is empty; no event, no error. The
# same package's own `client` delivers it, w3cwebsocket delivers empty binary messages, and sends empty texts: only receiving loses them.
#
# Seen: a server sends 'a', '', an empty binary message, 'b': w3cwebsocket gets 'a', ArrayBuffer 0, 'b'; client gets all four; so do ws and undici
# One would have guessed that a message is an event whatever is in it, as RFC 6455 and the WebSocket standard have it. A protocol that
# counts messages, or sends an empty one as a heartbeat or an end mark, is off by one with this client alone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts websocket@1.0.35 undici@7.30.2 ws@8.23.0
cat > run.mjs <<'JS'
import { once } from 'node:events'
import { WebSocket } from 'undici'
import websocket from 'websocket'
import Ws, { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(server, 'listening')
server.on('connection', (socket) => {
  for (const message of ['a', '', Buffer.alloc(0), 'b']) socket.send(message)
  socket.close()
})
const url = `ws://127.0.0.1:${server.address().port}`
const show = (data) => (typeof data === 'string' ? `'${data}'` : `binary ${data.byteLength}`)
function standard(socket) {
  socket.binaryType = 'arraybuffer'
  const seen = []
  socket.onmessage = ({ data }) => seen.push(show(data))
  return new Promise((resolve) => (socket.onclose = () => resolve(seen.join(', '))))
}
function own() {
  const client = new websocket.client()
  const seen = []
  client.connect(url)
  return new Promise((resolve) =>
    client.on('connect', (connection) => {
      connection.on('message', ({ type, utf8Data, binaryData }) => seen.push(show(type === 'utf8' ? utf8Data : binaryData)))
      connection.on('close', () => resolve(seen.join(', ')))
    }),
  )
}
const all = "'a', '', binary 0, 'b'"
const seen = {
  w3cwebsocket: await standard(new websocket.w3cwebsocket(url)),
  client: await own(),
  ws: await standard(new Ws(url)),
  undici: await standard(new WebSocket(url)),
}
for (const [name, messages] of Object.entries(seen)) console.log(`${name}: ${messages}`)
const others = [seen.client, seen.ws, seen.undici].every((messages) => messages === all)
process.exit(others && seen.w3cwebsocket === "'a', binary 0, 'b'" ? 0 : 1)
JS
node run.mjs
