/** The controls: arrow keys or WASD move, a click shoots; on a touch screen the player follows the finger, and a tap shoots. */
import type { Move } from '../step.js'
import type { Canvas } from './canvas.js'

const KEYS: Readonly<Record<string, Move>> = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
  KeyA: { dx: -1, dy: 0 },
  KeyD: { dx: 1, dy: 0 },
  KeyW: { dx: 0, dy: -1 },
  KeyS: { dx: 0, dy: 1 },
}
/** A shorter touch is a tap, in milliseconds. */
const TAP_MS = 200
/** Nearer to the finger than this, the player stands still. */
const REACHED = 8

export class Controls {
  readonly #pressed = new Set<string>()
  #finger: { x: number; y: number; sinceMs: number } | null = null

  constructor(canvas: Canvas, shoot: (x: number, y: number) => void) {
    addEventListener('keydown', (event) => {
      if (!(event.code in KEYS)) return
      this.#pressed.add(event.code)
      event.preventDefault()
    })
    addEventListener('keyup', ({ code }) => this.#pressed.delete(code))
    addEventListener('blur', () => this.#pressed.clear())

    const { view } = canvas
    view.addEventListener('pointerdown', (event) => {
      const { x, y } = canvas.pointAt(event)
      if (event.pointerType === 'mouse') shoot(x, y)
      else this.#finger = { x, y, sinceMs: event.timeStamp }
    })
    view.addEventListener('pointermove', (event) => {
      if (this.#finger) Object.assign(this.#finger, canvas.pointAt(event))
    })
    view.addEventListener('pointerup', ({ timeStamp }) => {
      const finger = this.#finger
      this.#finger = null
      if (finger && timeStamp - finger.sinceMs < TAP_MS) shoot(finger.x, finger.y)
    })
    view.addEventListener('pointercancel', () => (this.#finger = null))
  }

  /** Null when the player stands still. */
  moveFrom(own: { readonly x: number; readonly y: number } | undefined): Move | null {
    let [dx, dy] = [0, 0]
    for (const code of this.#pressed) {
      dx += KEYS[code]?.dx ?? 0
      dy += KEYS[code]?.dy ?? 0
    }
    if (this.#finger && own && performance.now() - this.#finger.sinceMs >= TAP_MS) {
      const [x, y] = [this.#finger.x - own.x, this.#finger.y - own.y]
      const distance = Math.hypot(x, y)
      if (distance > REACHED) [dx, dy] = [x / distance, y / distance]
    }
    const within = (part: number): number => Math.min(1, Math.max(-1, part))
    return dx === 0 && dy === 0 ? null : { dx: within(dx), dy: within(dy) }
  }
}
