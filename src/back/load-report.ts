/** Says now and then how many channels a back has open, where that has changed: others place new ones by it. Knows no cluster. */
import type { Clock, Timer } from '../runtime/runtime.js'

const REPORT_MS = 1_000

export class LoadReport {
  readonly #clock: Clock
  readonly #count: () => number
  readonly #report: (count: number) => Promise<void>
  #timer: Timer
  #reported = 0
  #isStopped = false

  constructor(clock: Clock, count: () => number, report: (count: number) => Promise<void>) {
    this.#clock = clock
    this.#count = count
    this.#report = report
    this.#timer = this.#later()
  }

  #later(): Timer {
    return this.#clock.after(REPORT_MS, () => void this.#look())
  }

  async #look(): Promise<void> {
    const count = this.#count()
    try {
      if (count !== this.#reported) await this.#report(count)
      this.#reported = count
    } catch {
      // The engine is away, which is logged where it is followed: it is told the next time.
    }
    if (!this.#isStopped) this.#timer = this.#later()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer.cancel()
  }
}
