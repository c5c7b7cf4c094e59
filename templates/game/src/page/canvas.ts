/** Draws the field. It knows nothing of the network. */
import { HEIGHT, type Player, RADIUS, WIDTH } from '../step.js'

interface Shot {
  readonly from: string
  readonly x: number
  readonly y: number
  readonly hit: boolean
}

const SHOT_MS = 400

export class Canvas {
  readonly view: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  #shots: { readonly shot: Shot; readonly atMs: number }[] = []

  constructor(view: HTMLCanvasElement) {
    const context = view.getContext('2d')
    if (!context) throw new Error('the browser draws no canvas')
    const sharp = Math.min(2, devicePixelRatio)
    view.width = WIDTH * sharp
    view.height = HEIGHT * sharp
    context.scale(sharp, sharp)
    this.view = view
    this.#context = context
  }

  /** The position of a pointer on the field. */
  pointAt({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.view.getBoundingClientRect()
    return { x: ((clientX - left) / width) * WIDTH, y: ((clientY - top) / height) * HEIGHT }
  }

  addShot(shot: Shot, nowMs: number): void {
    this.#shots.push({ shot, atMs: nowMs })
  }

  draw(players: Record<string, Player>, ownId: string, nowMs: number): void {
    const context = this.#context
    context.clearRect(0, 0, WIDTH, HEIGHT)
    this.#shots = this.#shots.filter(({ atMs }) => nowMs - atMs < SHOT_MS)
    for (const { shot, atMs } of this.#shots) this.#drawShot(shot, players[shot.from], 1 - (nowMs - atMs) / SHOT_MS)
    for (const [id, { x, y, hue }] of Object.entries(players)) {
      context.beginPath()
      context.arc(x, y, RADIUS, 0, 2 * Math.PI)
      context.fillStyle = `hsl(${hue} 70% 55%)`
      context.fill()
      if (id !== ownId) continue
      context.lineWidth = 4
      context.strokeStyle = '#888'
      context.stroke()
    }
  }

  #drawShot({ x, y, hit }: Shot, shooter: Player | undefined, left: number): void {
    const context = this.#context
    context.globalAlpha = Math.max(0, Math.min(1, left))
    context.strokeStyle = hit ? '#e53e3e' : '#888'
    context.lineWidth = 2
    context.beginPath()
    if (shooter) {
      context.moveTo(shooter.x, shooter.y)
      context.lineTo(x, y)
    }
    const radius = RADIUS * (hit ? 2 - left : 0.5)
    context.moveTo(x + radius, y)
    context.arc(x, y, radius, 0, 2 * Math.PI)
    context.stroke()
    context.globalAlpha = 1
  }
}
