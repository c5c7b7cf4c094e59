/** Wakes a channel that has no turns when the first of its timers is due. Knows nothing of what a turn does. */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { ContextState } from './context-state.js'

/** A jump of the machine's clock may bring a timer's time: how long that may go unnoticed. */
const LOOK_MS_MAX = 60_000

export class TimerAlarm {
  readonly #clock: Clock
  readonly #own: ContextState
  readonly #wake: () => void
  #timer: Timer | null = null

  constructor(clock: Clock, own: ContextState, wake: () => void) {
    this.#clock = clock
    this.#own = own
    this.#wake = wake
  }

  /** To be called when the last turn for now has ended. */
  arm(): void {
    this.cancel()
    const { timers, clock } = this.#own
    const { soonestMs } = timers
    if (soonestMs === Infinity) return
    const leftMs = Math.max(1, soonestMs - clock.peek())
    this.#timer = this.#clock.after(Math.min(leftMs, LOOK_MS_MAX), () => {
      this.#timer = null
      if (timers.soonestMs <= clock.peek()) this.#wake()
      else this.arm()
    })
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
