/** How much time a tick stands for: what has passed since the last one, at most `dtMsMax`. Knows nothing of handlers. */
import type { Clock } from '../runtime/runtime.js'

export class TickPace {
  readonly #clock: Clock
  readonly #contract: { readonly tickMs: number; readonly dtMsMax: number }
  #lastMs: number | null = null

  constructor(clock: Clock, contract: { readonly tickMs: number; readonly dtMsMax: number }) {
    this.#clock = clock
    this.#contract = contract
  }

  /** Null while no time passes for ticks: what passes meanwhile is no tick's. */
  next(hasTime: boolean): number | null {
    const { tickMs, dtMsMax } = this.#contract
    const lastMs = this.#lastMs
    this.#lastMs = hasTime ? this.#clock.now() : null
    if (this.#lastMs === null) return null
    return Math.min(lastMs === null ? tickMs : this.#lastMs - lastMs, dtMsMax)
  }
}
