/**
 * One timer for many things that fall due: it runs when the first of them may be, and again as long as any is left.
 * Knows nothing of what falls due.
 */
import type { Clock, Timer } from './runtime.js'

export class Sweep {
  readonly #clock: Clock
  readonly #run: (now: number) => number | null
  #timer: Timer | null = null

  /** `run` handles what is due by now, and returns the milliseconds until it is to run again, or null for never. */
  constructor(clock: Clock, run: (now: number) => number | null) {
    this.#clock = clock
    this.#run = run
  }

  /** Timers that are running. */
  get timers(): number {
    return this.#timer === null ? 0 : 1
  }

  /** Runs after so long, unless it is to run anyway: something that falls due earlier waits for that. */
  within(ms: number): void {
    this.#timer ??= this.#clock.after(ms, () => {
      this.#timer = null
      const nextMs = this.#run(this.#clock.now())
      if (nextMs !== null) this.within(nextMs)
    })
  }

  /** It does not run any more, until `within` is called again. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
