/** How much one client may do: steps fill up with time, so that nobody is faster than others, and a gun has to cool. */
import { TICK_MS } from './step.js'

/** What comes at once after a stall of the network is within the budget. */
const STEPS_AT_ONCE_MAX = 16
const SHOT_EVERY_MS = 250

export class Budget {
  #steps = STEPS_AT_ONCE_MAX
  #filledAt = 0
  #shotAt = -Infinity

  /** Whether a step may be made now: takes it. */
  step(nowMs: number): boolean {
    this.#steps = Math.min(STEPS_AT_ONCE_MAX, this.#steps + (nowMs - this.#filledAt) / TICK_MS)
    this.#filledAt = nowMs
    if (this.#steps < 1) return false
    this.#steps -= 1
    return true
  }

  shoot(nowMs: number): boolean {
    if (nowMs - this.#shotAt < SHOT_EVERY_MS) return false
    this.#shotAt = nowMs
    return true
  }
}
