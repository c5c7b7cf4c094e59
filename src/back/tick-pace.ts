/** How much time a tick stands for: what has passed since the last one, at most `dtMsMax`. Knows nothing of handlers. */
export class TickPace {
  readonly #tickMs: number
  readonly #dtMsMax: number
  #lastMs: number | null = null

  constructor(tickMs: number, dtMsMax: number) {
    this.#tickMs = tickMs
    this.#dtMsMax = dtMsMax
  }

  /** Time that passes from here to the next tick is no tick's. */
  rest(): void {
    this.#lastMs = null
  }

  next(now: number): number {
    const dtMs = this.#lastMs === null ? this.#tickMs : now - this.#lastMs
    this.#lastMs = now
    return Math.min(dtMs, this.#dtMsMax)
  }
}
