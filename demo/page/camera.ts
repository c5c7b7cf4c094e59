/** What of the world is on the canvas, how large, and from where: smooth, and crisp on screens of any density. */
import { clamp, type Point, type Rect, WORLD } from '../world.js'

/** Pixels a unit at ordinary zoom. */
export const UNIT = 0.25
/** How fast the camera follows, a second. */
const FOLLOW = 7
const DENSITY_MAX = 2.5

export class Camera {
  readonly canvas: HTMLCanvasElement
  #middle: Point
  #shake = 0
  #width = 0
  #height = 0
  #density = 1
  zoom = 1

  constructor(canvas: HTMLCanvasElement, middle: Point) {
    this.canvas = canvas
    this.#middle = middle
    this.resize()
  }

  /** Pixels of the screen a unit. */
  get scale(): number {
    return UNIT * this.zoom
  }

  /** Dots of the canvas a pixel at ordinary zoom. */
  get crispness(): number {
    return this.zoom * this.#density
  }

  get seen(): Rect {
    const halfWidth = this.#width / 2 / this.scale
    const halfHeight = this.#height / 2 / this.scale
    const { x, y } = this.#middle
    return { left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight }
  }

  /** Takes the size of the window. */
  resize(): void {
    this.#width = window.innerWidth
    this.#height = window.innerHeight
    this.#density = Math.min(window.devicePixelRatio, DENSITY_MAX)
    this.zoom = clamp(Math.sqrt(this.#width * this.#height) / 1_050, 0.78, 1.5)
    const width = Math.round(this.#width * this.#density)
    const height = Math.round(this.#height * this.#density)
    if (this.canvas.width !== width) this.canvas.width = width
    if (this.canvas.height !== height) this.canvas.height = height
  }

  /** Moves towards what it follows, and stays in the world where that leaves something to see. */
  follow(target: Point, dtMs: number): void {
    const part = 1 - Math.exp((-FOLLOW * dtMs) / 1_000)
    const { x, y } = this.#middle
    this.#middle = {
      x: within(x + (target.x - x) * part, WORLD.left, WORLD.right, this.#width / 2 / this.scale),
      y: within(y + (target.y - y) * part, WORLD.top, WORLD.bottom, this.#height / 2 / this.scale),
    }
    this.#shake *= Math.exp(-dtMs / 120)
  }

  jump(target: Point): void {
    this.#middle = target
    this.follow(target, 0)
  }

  shake(pixels: number): void {
    this.#shake = Math.min(this.#shake + pixels, 12)
  }

  /** Makes the context measure units of the world. */
  enter(context: CanvasRenderingContext2D, now: number): void {
    const scale = this.scale * this.#density
    const { left, top } = this.seen
    const shakeX = Math.sin(now / 17) * this.#shake * this.#density
    const shakeY = Math.cos(now / 13) * this.#shake * this.#density
    context.setTransform(scale, 0, 0, scale, -left * scale + shakeX, -top * scale + shakeY)
  }

  /** Makes the context measure pixels of the screen. */
  leave(context: CanvasRenderingContext2D): void {
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0)
  }

  /** Where in the world a pixel of the screen is. */
  toWorld(x: number, y: number): Point {
    const { left, top } = this.seen
    return { x: left + x / this.scale, y: top + y / this.scale }
  }
}

/** A little of what is beyond the edge may be seen. */
const BEYOND = 240

function within(value: number, least: number, most: number, half: number): number {
  if (most - least + 2 * BEYOND < 2 * half) return (least + most) / 2
  return clamp(value, least - BEYOND + half, most + BEYOND - half)
}
