/**
 * Where one's own avatar is, before the server says so: the last place that the server named, and the steps since then
 * that it has not taken yet, walked again. Pure: it knows no channel, and runs in the page and in bots.
 */
import { type AreaName, heldBy, type Point } from './world.js'

export interface Step {
  readonly step: number
  readonly dx: number
  readonly dy: number
}

/** What the server says: a place, and the number of the last step that led there. */
export interface Known extends Point {
  readonly step: number
}

export class Prediction {
  #known: Known
  #pending: Step[] = []
  #position: Point

  constructor(start: Point) {
    this.#known = { ...start, step: 0 }
    this.#position = start
  }

  get position(): Point {
    return this.#position
  }

  /** The number of the last step, taken by the server or not. */
  get step(): number {
    return this.#pending.at(-1)?.step ?? this.#known.step
  }

  /** Takes a step at once; it stays pending until the server has taken it. */
  walk(area: AreaName, dx: number, dy: number): Step {
    const step = { step: this.step + 1, dx, dy }
    this.#pending.push(step)
    this.#position = heldBy(area, { x: this.#position.x + dx, y: this.#position.y + dy })
    return step
  }

  /** The server has spoken. What is older than what is known already is dropped. */
  learn(area: AreaName, known: Known): void {
    if (known.step < this.#known.step) return
    this.#known = { x: known.x, y: known.y, step: known.step }
    this.#pending = this.#pending.filter(({ step }) => step > known.step)
    this.#position = this.#pending.reduce<Point>(
      (from, { dx, dy }) => heldBy(area, { x: from.x + dx, y: from.y + dy }),
      this.#known,
    )
  }

  /** Takes the present place as known: one is about to be placed there anew, and what was pending is part of it. */
  settle(): Known {
    this.#known = { ...this.#position, step: this.step }
    this.#pending = []
    return this.#known
  }
}
