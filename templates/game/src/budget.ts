/** Limits what one client may do: its budget of steps fills with time, so that no player is faster than others, and a gun has to cool down. */
import { TICK_MS } from './step.js'

/** Enough for the messages that arrive together after a stall of the network. */
const STEPS_AT_ONCE_MAX = 16
const SHOT_EVERY_MS = 250

export class Budget {
  #steps = STEPS_AT_ONCE_MAX
  #filledAt = 0
  #shotAt = -Infinity

  /** Takes one step from the budget; false if there is none left. */
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
