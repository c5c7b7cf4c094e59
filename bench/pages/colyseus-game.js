/** The page of the game template on Colyseus' SDK: the same field and controls, states as they arrive, without prediction. */
import { Client } from '@colyseus/sdk'
import { Canvas } from '../../templates/game/src/page/canvas.js'
import { Controls } from '../../templates/game/src/page/controls.js'
import { element } from '../../templates/game/src/page/element.js'
import { TICK_MS } from '../../templates/game/src/step.js'

const status = element('status')
const canvas = new Canvas(element('field'))
const room = await new Client(location.origin).joinOrCreate('arena')

const controls = new Controls(canvas, (x, y) => room.send('shoot', { x, y }))
setInterval(() => {
  const move = controls.moveFrom(room.state.players?.get(room.sessionId))
  if (move) room.send('move', move)
}, TICK_MS)
room.onMessage('shot', (shot) => canvas.addShot(shot, performance.now()))

function frame(nowMs) {
  canvas.draw(Object.fromEntries(room.state.players?.entries() ?? []), room.sessionId, nowMs)
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)

room.onStateChange(({ players }) => {
  const own = players.get(room.sessionId)
  element('players').textContent = String(players.size)
  element('hits').textContent = String(own?.hits ?? 0)
  element('where').textContent = own ? `${Math.round(own.x)}, ${Math.round(own.y)}` : ''
  status.textContent = 'connected'
})
