import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'

const board = await connect<typeof app>('/').link('board/main')
const canvas = element('board', HTMLCanvasElement)
const pen = canvas.getContext('2d') as CanvasRenderingContext2D
/** Each is seen well on white. */
const COLOURS = ['#1d4ed8', '#b91c1c', '#15803d', '#7e22ce', '#c2410c', '#0f766e'] as const
const colour = COLOURS[Math.floor(Math.random() * COLOURS.length)] ?? COLOURS[0]

board.onChange(draw)
draw()
function draw(): void {
  pen.clearRect(0, 0, canvas.width, canvas.height)
  pen.lineWidth = 3
  for (const { colour, points } of board.state.strokes.values()) {
    pen.strokeStyle = colour
    pen.beginPath()
    for (let i = 0; i < points.length; i += 2) pen.lineTo(points[i] ?? 0, points[i + 1] ?? 0)
    pen.stroke()
  }
}

let stroke: string | null = null
canvas.addEventListener('pointerdown', (event) => {
  canvas.setPointerCapture(event.pointerId)
  stroke = crypto.randomUUID()
  board.send('begin', { id: stroke, colour })
})
canvas.addEventListener('pointermove', (event) => {
  if (stroke === null) return
  const scale = canvas.width / canvas.clientWidth
  const points = event.getCoalescedEvents().flatMap((each) => [each.offsetX * scale, each.offsetY * scale])
  board.send('draw', { id: stroke, points: points.map((each) => Math.max(0, Math.round(each))) })
})
canvas.addEventListener('pointerup', () => (stroke = null))
element('clear').addEventListener('click', () => board.send('clear'))
