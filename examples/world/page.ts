import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'
import { AREA, areaAt } from './areas.js'
import { Traveller } from './traveller.js'

const WAYS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] } as const
/** Pixels of the map for each unit of the world: three areas fit. */
const SCALE = 2

const connection = connect<typeof app>('/')
const me = new Traveller(connection, { x: 120 + Math.random() * 60, y: 120 + Math.random() * 60 })
const map = element('map', HTMLCanvasElement)
const pen = map.getContext('2d') as CanvasRenderingContext2D
await me.enter()

/** One step after the other, since a border takes a moment. */
let walking = Promise.resolve()
function walk([dx, dy]: readonly [number, number]): void {
  walking = walking.then(() => me.walk(dx, dy))
}
addEventListener('keydown', (event) => {
  const way = WAYS[event.key.replace('Arrow', '').toLowerCase() as keyof typeof WAYS]
  if (way === undefined) return
  event.preventDefault()
  walk(way)
})
for (const [id, way] of Object.entries(WAYS)) element(id).addEventListener('click', () => walk(way))

function draw(): void {
  const { x, y } = me.position
  const left = (Math.floor(x / AREA) - 1) * AREA
  const top = (Math.floor(y / AREA) - 1) * AREA
  pen.clearRect(0, 0, map.width, map.height)
  pen.strokeStyle = 'silver'
  for (let i = 0; i < 9; i++) {
    pen.strokeRect((i % 3) * AREA * SCALE, Math.floor(i / 3) * AREA * SCALE, AREA * SCALE, AREA * SCALE)
  }
  for (const [id, walker] of me.walkers) {
    pen.fillStyle = id === connection.clientId ? 'crimson' : 'steelblue'
    pen.beginPath()
    pen.arc((walker.x - left) * SCALE, (walker.y - top) * SCALE, 10, 0, 2 * Math.PI)
    pen.fill()
  }
  element('status').textContent = `You are in ${areaAt(me.position)}, with ${me.walkers.size - 1} others in sight.`
  requestAnimationFrame(draw)
}
draw()
