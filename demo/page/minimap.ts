/**
 * The map in the corner: areas with the colours of their owners. Bright ones are linked, the ringed one is the processor,
 * dots are those in sight.
 */
import type { Sight } from '../sight.js'
import { AREA_NAMES, AREA_SIZE, type AreaName, COLUMNS, placeOf, type Point, type Rect, ROWS, WORLD } from '../world.js'
import { MAP_COLOURS } from './ground.js'
import type { Owners } from './owners.js'
import type { Scene } from './scene.js'

export interface MapView {
  readonly sight: Sight
  readonly home: AreaName | null
  readonly scene: Scene
  readonly owners: Owners
  readonly ownId: string
  readonly own: Point
  readonly seen: Rect
}

export class Minimap {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('this browser has no canvas')
    this.#canvas = canvas
    this.#context = context
  }

  draw(view: MapView): void {
    const c = this.#context
    const { width, height } = this.#fit()
    c.clearRect(0, 0, width, height)
    const cell = Math.min(width / COLUMNS, height / ROWS)
    for (const name of AREA_NAMES) this.#area(name, cell, view)
    const scale = cell / AREA_SIZE
    for (const { id, shown, avatar } of view.scene.figures.values()) {
      if (id === view.ownId) continue
      c.fillStyle = avatar.bot ? 'rgb(225 232 240 / 60%)' : `hsl(${avatar.hue} 90% 72%)`
      c.beginPath()
      c.arc(shown.x * scale, shown.y * scale, avatar.bot ? 1.6 : 2.8, 0, 7)
      c.fill()
    }
    this.#frame(view.seen, scale)
    c.fillStyle = '#fff'
    c.strokeStyle = '#10161f'
    c.lineWidth = 1.5
    c.beginPath()
    c.arc(view.own.x * scale, view.own.y * scale, 4, 0, 7)
    c.fill()
    c.stroke()
  }

  #area(name: AreaName, cell: number, { sight, home, owners }: MapView): void {
    const c = this.#context
    const { column, row } = placeOf(name)
    const link = sight.links.get(name)
    const x = column * cell + 1
    const y = row * cell + 1
    const side = cell - 2
    c.globalAlpha = link ? (link.status === 'live' ? 1 : 0.55) : 0.4
    c.fillStyle = MAP_COLOURS[name]
    c.beginPath()
    c.roundRect(x, y, side, side, 5)
    c.fill()
    c.globalAlpha = link ? 1 : 0.55
    c.fillStyle = owners.colourOf(owners.of(name))
    c.beginPath()
    c.roundRect(x, y + side - 4, side, 4, [0, 0, 5, 5])
    c.fill()
    c.globalAlpha = 1
    if (link && link.status !== 'live') {
      c.strokeStyle = '#ff7d76'
      c.lineWidth = 2
      c.beginPath()
      c.roundRect(x + 1, y + 1, side - 2, side - 2, 4)
      c.stroke()
    } else if (name === home) {
      c.strokeStyle = '#ffffff'
      c.lineWidth = 2
      c.beginPath()
      c.roundRect(x + 1, y + 1, side - 2, side - 2, 4)
      c.stroke()
    }
  }

  /** What the screen shows. */
  #frame(seen: Rect, scale: number): void {
    const left = Math.max(seen.left, WORLD.left) * scale
    const top = Math.max(seen.top, WORLD.top) * scale
    this.#context.strokeStyle = 'rgb(255 255 255 / 50%)'
    this.#context.lineWidth = 1
    this.#context.strokeRect(
      left,
      top,
      Math.min(seen.right, WORLD.right) * scale - left,
      Math.min(seen.bottom, WORLD.bottom) * scale - top,
    )
  }

  /** Crisp at the density of the screen. */
  #fit(): { width: number; height: number } {
    const { clientWidth: width, clientHeight: height } = this.#canvas
    const density = window.devicePixelRatio
    const wide = Math.round(width * density)
    const high = Math.round(height * density)
    if (this.#canvas.width !== wide) this.#canvas.width = wide
    if (this.#canvas.height !== high) this.#canvas.height = high
    this.#context.setTransform(density, 0, 0, density, 0, 0)
    return { width, height }
  }
}
