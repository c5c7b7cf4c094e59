/** Draws the borders between areas: a line in the colours of the backs on its two sides. In units. */
import { AREA_SIZE, AREA_ROWS, type AreaName, COLUMNS, type Rect, ROWS, WORLD } from '../world.js'
import type { Owners } from './owners.js'

const DASH = [70, 50]
const WIDTH = 9
/** Between the two lines of a border, in units. */
const GAP = 14

export function drawBorders(c: CanvasRenderingContext2D, seen: Rect, owners: Owners, now: number): void {
  c.save()
  c.lineWidth = WIDTH
  c.lineCap = 'round'
  c.setLineDash(DASH)
  const colour = (row: number, column: number): string => {
    const name: AreaName | undefined = AREA_ROWS[row]?.[column]
    return owners.colourOf(name ? owners.of(name) : null)
  }
  const line = (style: string, x1: number, y1: number, x2: number, y2: number, flow: number): void => {
    c.lineDashOffset = flow
    c.strokeStyle = style
    c.globalAlpha = 0.55
    c.beginPath()
    c.moveTo(x1, y1)
    c.lineTo(x2, y2)
    c.stroke()
  }
  const flow = now / 30
  for (let row = 0; row < ROWS; row++) {
    const top = row * AREA_SIZE
    for (let column = 1; column < COLUMNS; column++) {
      const x = column * AREA_SIZE
      if (x < seen.left || x > seen.right) continue
      line(colour(row, column - 1), x - GAP, top, x - GAP, top + AREA_SIZE, flow)
      line(colour(row, column), x + GAP, top, x + GAP, top + AREA_SIZE, -flow)
    }
  }
  for (let row = 1; row < ROWS; row++) {
    const y = row * AREA_SIZE
    if (y < seen.top || y > seen.bottom) continue
    for (let column = 0; column < COLUMNS; column++) {
      const left = column * AREA_SIZE
      line(colour(row - 1, column), left, y - GAP, left + AREA_SIZE, y - GAP, flow)
      line(colour(row, column), left, y + GAP, left + AREA_SIZE, y + GAP, -flow)
    }
  }
  c.setLineDash([])
  c.globalAlpha = 1
  c.strokeStyle = 'rgb(0 0 0 / 55%)'
  c.lineWidth = 30
  c.strokeRect(WORLD.left, WORLD.top, WORLD.right - WORLD.left, WORLD.bottom - WORLD.top)
  c.restore()
}
