/** The page: sends what the player does, shows it at once, and shows everybody else smoothly. */
import { connect } from 'centrum/client'
import { createInterpolator, createPredictor } from 'centrum/predict'
import type app from '../app.js'
import { DELAY_MS, step, TICK_MS } from '../step.js'
import { Canvas } from './canvas.js'
import { Controls } from './controls.js'
import { element } from './element.js'

const status = element('status')
const canvas = new Canvas(element('field') as HTMLCanvasElement)

const connection = connect<typeof app>('/play')
connection.onStatus((now) => {
  if (now !== 'connected') status.textContent = `${now} …`
})
const arena = await connection.link(`arena/${location.hash.slice(1) || 'main'}`)

const me = createPredictor(arena, {
  message: 'move',
  select: (state) => state.players[connection.clientId],
  step,
  stepMs: TICK_MS,
  tween: true,
  // A player who is hit is moved elsewhere at once.
  snapBeyond: 60,
})
const others = createInterpolator(arena, {
  select: (state) => state.players,
  fields: ['x', 'y'],
  delayMs: DELAY_MS,
  snapBeyond: 60,
})

const controls = new Controls(canvas, (x, y) => arena.send('shoot', { x, y }))
setInterval(() => {
  const move = controls.moveFrom(me.at(performance.now()))
  if (move) me.input(move)
}, TICK_MS)

arena.on('shot', (shot) => canvas.addShot(shot, performance.now()))

function frame(nowMs: number): void {
  const players = others.at(connection.serverNow())
  const own = me.at(nowMs)
  if (own) players[connection.clientId] = own
  canvas.draw(players, connection.clientId, nowMs)
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)

function show(): void {
  const { players } = arena.state
  const own = players[connection.clientId]
  element('players').textContent = String(Object.keys(players).length)
  element('hits').textContent = String(own?.hits ?? 0)
  element('corrections').textContent = String(me.corrections.count)
  element('where').textContent = own ? `${Math.round(own.x)}, ${Math.round(own.y)}` : ''
  if (arena.status === 'live') status.textContent = `${Math.round(connection.rttMs ?? 0)} ms from the server`
}
arena.onChange(show)
show()
