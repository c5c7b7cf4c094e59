#!/usr/bin/env bash
# websocket-ts 2.3.0 calls the listeners of an event and then puts the list that it began with in place of the present one. What a listener does to the list of its
# own event is undone by that: `removeEventListener` takes nothing away, so that it goes on for ever, and what `addEventListener` adds is
# never called. And messages which wait in the buffer until the connection opens are sent behind those that an `open` listener sends.
#
# Seen: a listener that removes itself at the first of three messages and adds another is called three times, the other never; with ws 8.23.0 it is once and twice
#       send('a'), send('b') while it connects, send('c') in `open`: the server receives c, a, b
# One would have guessed that what wraps a WebSocket with its method names follows EventTarget; a listener for the first answer that then makes way for the next is a
# usual pattern, and `{ once: true }` does work. And that a buffer keeps the order of `send`, as it does without an `open` listener.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts websocket-ts@2.3.0 ws@8.23.0
cat > run.mjs <<'JS'
import { once } from 'node:events'
import { ArrayQueue, ConstantBackoff, WebsocketBuilder } from 'websocket-ts'
import { WebSocket, WebSocketServer } from 'ws'
globalThis.WebSocket = WebSocket
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(server, 'listening')
const url = `ws://127.0.0.1:${server.address().port}`
const dialled = {
  ws: () => new WebSocket(url),
  'websocket-ts': () => new WebsocketBuilder(url).withBuffer(new ArrayQueue()).withBackoff(new ConstantBackoff(1000)).build(),
}
const expected = {
  ws: 'first 1, second 2, second 3; server received c',
  'websocket-ts': 'first 1, first 2, first 3; server received c a b',
}
let same = true
for (const [name, dial] of Object.entries(dialled)) {
  const received = []
  const called = []
  server.once('connection', (peer) => {
    peer.on('message', (message) => received.push(`${message}`))
    peer.on('message', (message) => `${message}` === 'last' && peer.send('done'))
    for (const text of ['1', '2', '3']) peer.send(text)
  })
  const socket = dial()
  const first = (...given) => {
    called.push(`first ${given.at(-1).data}`)
    socket.removeEventListener('message', first)
    socket.addEventListener('message', (...later) => called.push(`second ${later.at(-1).data}`))
  }
  socket.addEventListener('message', first)
  const finished = new Promise((resolve) => {
    socket.addEventListener('message', (...given) => given.at(-1).data === 'done' && resolve())
  })
  socket.addEventListener('open', () => {
    socket.send('c')
    setImmediate(() => socket.send('last'))
  })
  if (name === 'websocket-ts') for (const text of ['a', 'b']) socket.send(text)
  await finished
  socket.close()
  const seen = `${called.filter((call) => !call.endsWith('done')).join(', ')}; server received ${received.slice(0, -1).join(' ')}`
  console.log(`${name}: ${seen}`)
  same &&= seen === expected[name]
}
process.exit(same ? 0 : 1)
JS
node run.mjs
