/**
 * How one's own avatar is shown: steps are taken each tick and drawn in between, and where the server corrects one, the
 * picture glides there instead of jumping.
 */
import type { Walker } from '../walker.js'
import { type Point, TICK_MS } from '../world.js'

/** How fast a correction fades, in milliseconds. */
const GLIDE_MS = 110
/** A greater correction is a jump. */
const JUMP = 1_200
/** After a pause of the page the steps of that time are not made up for. */
const STEPS_AT_ONCE_MAX = 4

export class OwnMotion {
  #from: Point
  #to: Point
  #correction = { x: 0, y: 0 }
  #dueMs = 0

  constructor(start: Point) {
    this.#from = start
    this.#to = start
  }

  /** Lets the walker take the steps that are due. */
  advance(walker: Walker, dtMs: number, direction: () => Point): void {
    this.#correction = {
      x: this.#correction.x * Math.exp(-dtMs / GLIDE_MS),
      y: this.#correction.y * Math.exp(-dtMs / GLIDE_MS),
    }
    this.#dueMs = Math.min(this.#dueMs + dtMs, TICK_MS * STEPS_AT_ONCE_MAX)
    for (; this.#dueMs >= TICK_MS; this.#dueMs -= TICK_MS) {
      walker.reconcile()
      this.#correct(walker.position)
      walker.step(direction())
      this.#to = walker.position
    }
  }

  get position(): Point {
    const part = this.#dueMs / TICK_MS
    return {
      x: this.#from.x + (this.#to.x - this.#from.x) * part + this.#correction.x,
      y: this.#from.y + (this.#to.y - this.#from.y) * part + this.#correction.y,
    }
  }

  /** Before a step one is shown where the last one has led; what the server says else is glided to. */
  #correct(known: Point): void {
    const x = this.#correction.x + this.#to.x - known.x
    const y = this.#correction.y + this.#to.y - known.y
    this.#correction = Math.hypot(x, y) > JUMP ? { x: 0, y: 0 } : { x, y }
    this.#from = known
    this.#to = known
  }
}
