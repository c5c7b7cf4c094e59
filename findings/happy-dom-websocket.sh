#!/usr/bin/env bash
# happy-dom 21.0.4: its WebSocket differs from the standard, and from jsdom's (29.1.1) and undici's (7.30.2), in two ways that a test does not show:
# - what is not a string or binary is sent as a binary frame: `send(42)` arrives as three bytes, where the standard makes a text of it;
# - a connection that is lost ends with code 1006 and `wasClean: true`, without an `error` event before it.
#
# Seen: server told of `send(42)`: happy-dom binary, undici and jsdom text; server destroys its socket: happy-dom "close 1006 clean", the two
#       others "error, close 1006 unclean"
# One would have guessed that 1006, the code for what did not end cleanly, is never clean. Client code that redials when `wasClean` is false, or
# that counts `error` events, is tested against something that no browser does.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts happy-dom@21.0.4 undici@7.30.2 ws@8.23.0
cat > run.mjs <<'JS'
import { once } from 'node:events'
import { Window } from 'happy-dom'
import { WebSocket } from 'undici'
import { WebSocketServer } from 'ws'
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
await once(server, 'listening')
let kind
server.on('connection', (socket) =>
  socket.on('message', (_data, isBinary) => {
    kind = isBinary ? 'binary' : 'text'
    socket.terminate()
  }),
)
const url = `ws://127.0.0.1:${server.address().port}`
async function play(socket) {
  const events = []
  socket.addEventListener('open', () => socket.send(42))
  socket.addEventListener('error', () => events.push('error'))
  await new Promise((resolve) =>
    socket.addEventListener('close', ({ code, wasClean }) => {
      events.push(`close ${code} ${wasClean ? 'clean' : 'unclean'}`)
      resolve()
    }),
  )
  return `${kind}; ${events.join(', ')}`
}
const window = new Window({ url: 'http://127.0.0.1/' })
const happy = await play(new window.WebSocket(url))
const undici = await play(new WebSocket(url))
console.log(`happy-dom: ${happy}\nundici:    ${undici}`)
process.exit(happy === 'binary; close 1006 clean' && undici === 'text; error, close 1006 unclean' ? 0 : 1)
JS
node run.mjs
