/** One limit over several steps: each has the time that those before it left. Knows nothing of the steps. */
import type { Clock } from './runtime.js'

export class Deadline {
  readonly #clock: Clock
  readonly #at: number

  constructor(clock: Clock, withinMs: number) {
    this.#clock = clock
    this.#at = clock.now() + withinMs
  }

  /** What is left, in milliseconds; 0 where it is over. */
  get leftMs(): number {
    return Math.max(0, this.#at - this.#clock.now())
  }

  /** Whether a step has settled in time; what is late goes on, and nobody waits for it. Rejects where the step does in time. */
  async isMet(step: Promise<unknown>): Promise<boolean> {
    let giveUp = (): void => undefined
    const late = new Promise<false>((resolve) => (giveUp = () => resolve(false)))
    const timer = this.#clock.after(this.leftMs, giveUp)
    try {
      return await Promise.race([step.then(() => true), late])
    } finally {
      timer.cancel()
    }
  }
}
