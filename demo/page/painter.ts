/** Paints a frame: ground, borders, what lies, what stands and walks from north to south, what glows, names, and dusk. */
import { AREA_SIZE, type AreaName, areasIn, type Point, type Rect, rectOf } from '../world.js'
import { drawBorders } from './borders.js'
import { type Camera, UNIT } from './camera.js'
import { drawFigure, drawLabels } from './draw-figure.js'
import { drawSpark } from './draw-spark.js'
import type { Effects } from './effects.js'
import { Ground } from './ground.js'
import type { Owners } from './owners.js'
import type { Figure, Scene } from './scene.js'
import { type Thing, thingsIn, ThingPictures } from './scenery.js'

export interface Frame {
  readonly now: number
  readonly scene: Scene
  readonly effects: Effects
  readonly owners: Owners
  readonly ownId: string
  readonly own: Point
  readonly leader: string | null
  readonly goal: Point | null
  /** Areas whose owners are out of reach: what is shown of them is old. */
  readonly stalled: readonly AreaName[]
}

/** How far a figure reaches out of what is seen, in units. */
const REACH = 500
/** Labels are never drawn smaller than at this zoom. */
const LABEL_ZOOM_MIN = 0.95

export class Painter {
  readonly #camera: Camera
  readonly #context: CanvasRenderingContext2D
  readonly #ground = new Ground()
  readonly #pictures = new ThingPictures()
  #dusk: { readonly gradient: CanvasGradient; readonly width: number; readonly height: number } | null = null

  constructor(camera: Camera) {
    const context = camera.canvas.getContext('2d', { alpha: false })
    if (!context) throw new Error('this browser has no canvas')
    this.#camera = camera
    this.#context = context
  }

  paint(frame: Frame): void {
    const c = this.#context
    const { now, scene, effects, goal } = frame
    const { seen } = this.#camera
    c.setTransform(1, 0, 0, 1, 0, 0)
    c.fillStyle = '#0b1017'
    c.fillRect(0, 0, c.canvas.width, c.canvas.height)
    this.#camera.enter(c, now)
    this.#ground.prepare(areasIn(seen))
    this.#ground.draw(c, seen)
    drawBorders(c, seen, frame.owners, now)
    if (goal) drawGoal(c, goal, now)
    const things = thingsIn(seen)
    for (const thing of things) if (thing.flat) this.#at(thing, () => this.#thing(thing))
    for (const [id, spark] of scene.sparks) {
      if (isNear(spark, seen)) this.#at(spark, () => drawSpark(c, spark.worth, now, (id.codePointAt(0) ?? 0) * 7))
    }
    const figures = [...scene.figures.values()].filter(({ shown }) => isNear(shown, seen))
    this.#standing(frame, things, figures)
    effects.draw(c, now)
    for (const name of frame.stalled) veil(c, name)
    for (const figure of figures) {
      this.#at(figure.shown, () => {
        c.globalAlpha = figure.lost ? 0.8 : 1
        // Names stay legible where all else is small.
        const scale = Math.max(1, LABEL_ZOOM_MIN / this.#camera.zoom)
        c.scale(scale, scale)
        drawLabels(c, figure, { own: figure.id === frame.ownId, leader: false, now })
        c.globalAlpha = 1
      })
    }
    this.#darken()
  }

  /** Things and figures in one row from north to south: who stands farther south hides the others. */
  #standing({ now, ownId, own, leader }: Frame, things: readonly Thing[], figures: readonly Figure[]): void {
    const c = this.#context
    const rows = [
      ...things
        .filter(({ flat }) => !flat)
        .map((thing) => ({
          y: thing.y,
          draw: () => {
            // One can see oneself behind a tree.
            c.globalAlpha = hides(thing, own) ? 0.45 : 1
            this.#at(thing, () => this.#thing(thing))
            c.globalAlpha = 1
          },
        })),
      ...figures.map((figure) => ({
        y: figure.shown.y,
        draw: () =>
          this.#at(figure.shown, () =>
            drawFigure(c, figure, { own: figure.id === ownId, leader: figure.id === leader, now }),
          ),
      })),
    ]
    for (const { draw } of rows.toSorted((a, b) => a.y - b.y)) draw()
  }

  #thing(thing: Thing): void {
    this.#pictures.draw(this.#context, thing, this.#camera.crispness)
  }

  /** Draws something at a place of the world, in pixels at ordinary zoom. */
  #at({ x, y }: Point, draw: () => void): void {
    const c = this.#context
    c.save()
    c.translate(x, y)
    c.scale(1 / UNIT, 1 / UNIT)
    draw()
    c.restore()
  }

  /** The light is in the middle, and dusk around it. */
  #darken(): void {
    const c = this.#context
    const { width, height } = c.canvas
    c.setTransform(1, 0, 0, 1, 0, 0)
    if (this.#dusk?.width !== width || this.#dusk.height !== height) {
      const far = Math.hypot(width, height) / 2
      const gradient = c.createRadialGradient(width / 2, height / 2, far * 0.35, width / 2, height / 2, far)
      gradient.addColorStop(0, 'rgb(8 12 28 / 0%)')
      gradient.addColorStop(1, 'rgb(8 12 28 / 52%)')
      this.#dusk = { gradient, width, height }
    }
    c.fillStyle = this.#dusk.gradient
    c.fillRect(0, 0, width, height)
  }
}

function isNear({ x, y }: Point, seen: Rect): boolean {
  return x > seen.left - REACH && x < seen.right + REACH && y > seen.top - REACH && y < seen.bottom + REACH
}

function hides(thing: Thing, own: Point): boolean {
  return own.y < thing.y && thing.y - own.y < 380 && Math.abs(own.x - thing.x) < 170
}

function veil(c: CanvasRenderingContext2D, name: AreaName): void {
  const { left, top } = rectOf(name)
  c.fillStyle = 'rgb(12 16 24 / 58%)'
  c.fillRect(left, top, AREA_SIZE, AREA_SIZE)
}

function drawGoal(c: CanvasRenderingContext2D, { x, y }: Point, now: number): void {
  const pulse = (now % 900) / 900
  c.strokeStyle = `rgb(255 243 207 / ${70 - pulse * 50}%)`
  c.lineWidth = 8
  c.beginPath()
  c.ellipse(x, y, 40 + pulse * 40, 24 + pulse * 24, 0, 0, 7)
  c.stroke()
}
