#!/usr/bin/env bash
# socket.io 4.8.4 with `connectionStateRecovery`: listeners at the client get one argument more than was sent. The server adds its offset behind the
# arguments of each event that can be recovered, and the client remembers it but does not take it off again. Events with an acknowledgement
# and volatile ones have none, so one and the same event name brings one argument or two, by how it was sent. The documentation says of the wire
# that an offset is "added at the end of the data array, for backward compatibility", and nothing of listeners.
#
# Seen: server `emit('chat', 'hello')`, listener `(text, from = 'nobody') => …`: from is 'nobody' without the option and a string like 'Q8jM7CK' with it;
#       `(...all) => …` gets 2 with it, 1 with `volatile`, and text and callback with an acknowledgement; onAny the same
# One would have guessed that an option of the server that is said to restore missed events changes nothing in what arrives: the typed
# events of socket.io (`ServerToClientEvents`) declare the listener without it, so the type of `from` and of `all` is wrong then.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --prefix . --silent --no-save --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4
cat > run.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { io as connect } from 'socket.io-client'
async function play(options) {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const io = new Server(http, options)
  io.on('connection', async (socket) => {
    socket.emit('chat', 'hello')
    await socket.emitWithAck('chat', 'answer me')
    socket.volatile.emit('chat', 'perhaps')
  })
  const client = connect(`http://127.0.0.1:${http.address().port}`, { transports: ['websocket'] })
  const seen = []
  client.on('chat', (text, from = 'nobody') => {
    if (typeof from === 'function') from()
    const kind = from === 'nobody' ? 'nobody' : typeof from
    seen.push(`${text}: ${kind}`)
  })
  await new Promise((resolve) => client.on('chat', (text) => text === 'perhaps' && resolve()))
  client.close()
  await io.close()
  return seen.join(', ')
}
const without = await play({})
const recovering = await play({ connectionStateRecovery: {} })
console.log(`without the option: ${without}\nwith it:            ${recovering}`)
const same = 'answer me: function, perhaps: nobody'
process.exit(without === `hello: nobody, ${same}` && recovering === `hello: string, ${same}` ? 0 : 1)
JS
timeout 30 node run.mjs
