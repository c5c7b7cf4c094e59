/**
 * What the hands do: keys, mouse and fingers become a direction to walk into, and now and then a boom or a sign. It knows
 * the camera, to find the place in the world that is pointed at.
 */
import { type Emote, EMOTES } from '../emotes.js'
import { type Point, STEP_LENGTH } from '../world.js'
import type { Camera } from './camera.js'

export interface Hands {
  boom(at: Point | null): void
  emote(emote: Emote): void
  /** The wish to say something. */
  talk(): void
}

const KEYS: Readonly<Record<string, Point>> = {
  KeyW: { x: 0, y: -1 },
  ArrowUp: { x: 0, y: -1 },
  KeyS: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: 1 },
  KeyA: { x: -1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  KeyD: { x: 1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
}

/** A press that is shorter and moves less is a tap. */
const TAP_MS = 220
const TAP_PIXELS = 10
/** Two taps within this time are a boom. */
const DOUBLE_MS = 320
/** Dragging this far away from oneself, in units, is walking at full speed. */
const FULL_SPEED = 260

export class Input {
  readonly #camera: Camera
  readonly #hands: Hands
  readonly #held = new Set<string>()
  #press: {
    readonly id: number
    readonly x: number
    readonly y: number
    readonly at: number
    to: Point
    moved: boolean
  } | null = null
  /** Where one has been told to walk by a tap. */
  #goal: Point | null = null
  #tappedAt = -Infinity

  constructor(camera: Camera, hands: Hands) {
    this.#camera = camera
    this.#hands = hands
    this.#listen(camera.canvas)
  }

  /** Where a tap leads, to be shown. */
  get goal(): Point | null {
    return this.#goal
  }

  /** The direction to walk into from where one is, of length 1 or less. */
  direction(from: Point): Point {
    let x = 0
    let y = 0
    for (const code of this.#held) {
      x += KEYS[code]?.x ?? 0
      y += KEYS[code]?.y ?? 0
    }
    if (x !== 0 || y !== 0) {
      this.#goal = null
      const length = Math.hypot(x, y)
      return { x: x / length, y: y / length }
    }
    if (this.#press && (this.#press.moved || performance.now() - this.#press.at > TAP_MS)) {
      return towards(from, this.#press.to, FULL_SPEED, 60)
    }
    if (!this.#goal) return { x: 0, y: 0 }
    const direction = towards(from, this.#goal, STEP_LENGTH, 8)
    if (direction.x === 0 && direction.y === 0) this.#goal = null
    return direction
  }

  #listen(canvas: HTMLCanvasElement): void {
    window.addEventListener('keydown', (event) => this.#keyDown(event))
    window.addEventListener('keyup', (event) => this.#held.delete(event.code))
    window.addEventListener('blur', () => this.#held.clear())
    canvas.addEventListener('pointerdown', (event) => this.#down(event))
    canvas.addEventListener('pointermove', (event) => this.#move(event))
    canvas.addEventListener('pointerup', (event) => this.#up(event))
    canvas.addEventListener('pointercancel', () => (this.#press = null))
    canvas.addEventListener('contextmenu', (event) => {
      event.preventDefault()
      if (!this.#press) this.#hands.boom(this.#camera.toWorld(event.clientX, event.clientY))
    })
  }

  #keyDown(event: KeyboardEvent): void {
    if (isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.code in KEYS) {
      this.#held.add(event.code)
      event.preventDefault()
    } else if (event.repeat) return
    else if (event.code === 'Space') {
      event.preventDefault()
      this.#hands.boom(null)
    } else if (event.code === 'Enter') {
      event.preventDefault()
      this.#hands.talk()
    } else if (event.code.startsWith('Digit')) {
      const emote = EMOTES[Number(event.code.slice(5)) - 1]
      if (emote) this.#hands.emote(emote)
    }
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0 || this.#press) return
    this.#camera.canvas.setPointerCapture(event.pointerId)
    this.#camera.canvas.focus()
    const { pointerId: id, clientX: x, clientY: y } = event
    this.#press = { id, x, y, at: performance.now(), to: this.#camera.toWorld(x, y), moved: false }
    this.#goal = null
  }

  #move(event: PointerEvent): void {
    if (this.#press?.id !== event.pointerId) return
    this.#press.to = this.#camera.toWorld(event.clientX, event.clientY)
    if (Math.hypot(event.clientX - this.#press.x, event.clientY - this.#press.y) > TAP_PIXELS) this.#press.moved = true
  }

  #up(event: PointerEvent): void {
    const press = this.#press
    if (press?.id !== event.pointerId) return
    this.#press = null
    const now = performance.now()
    if (press.moved || now - press.at > TAP_MS) return
    if (now - this.#tappedAt < DOUBLE_MS) {
      this.#hands.boom(press.to)
      this.#tappedAt = -Infinity
    } else {
      this.#goal = press.to
      this.#tappedAt = now
    }
  }
}

/** Full speed from `full` units on, and none within `still`. */
function towards(from: Point, to: Point, full: number, still: number): Point {
  const x = to.x - from.x
  const y = to.y - from.y
  const distance = Math.hypot(x, y)
  if (distance < still) return { x: 0, y: 0 }
  const speed = Math.min(1, distance / full)
  return { x: (x / distance) * speed, y: (y / distance) * speed }
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement
}
