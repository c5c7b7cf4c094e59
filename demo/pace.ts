/**
 * How fast one may walk: a budget of steps that fills with time. What a client sends after a stall comes in a bunch and is
 * within the budget; what a client sends to be faster than others is not. It also holds who has just been pushed, and when
 * somebody last made a boom. None of this is state: nobody but the area has to know.
 */
import { STEP_LENGTH, TICK_MS } from './world.js'

/** Steps that may come at once. */
const STEPS_AT_ONCE_MAX = 16
const BOOM_EVERY_MS = 900
/** A push loses this part of itself with each tick. */
const FRICTION = 0.28

export class Pace {
  #steps = STEPS_AT_ONCE_MAX
  #filledAt: number
  #boomAt = -Infinity
  #push = { x: 0, y: 0 }

  constructor(now: number) {
    this.#filledAt = now
  }

  /** Whether a step may be made now; takes it from the budget. */
  step(now: number, dx: number, dy: number): boolean {
    this.#steps = Math.min(STEPS_AT_ONCE_MAX, this.#steps + Math.max(0, now - this.#filledAt) / TICK_MS)
    this.#filledAt = now
    // Rounding to whole units makes a step at most one unit longer.
    if (this.#steps < 1 || Math.hypot(dx, dy) > STEP_LENGTH + 1) return false
    this.#steps -= 1
    return true
  }

  boom(now: number): boolean {
    if (now - this.#boomAt < BOOM_EVERY_MS) return false
    this.#boomAt = now
    return true
  }

  pushed(x: number, y: number): void {
    this.#push = { x: this.#push.x + x, y: this.#push.y + y }
  }

  /** How far the push moves one in this tick; `null` if not at all. */
  slide(): { x: number; y: number } | null {
    const { x, y } = this.#push
    if (Math.hypot(x, y) < 4) return null
    this.#push = { x: x * (1 - FRICTION), y: y * (1 - FRICTION) }
    return { x, y }
  }
}
