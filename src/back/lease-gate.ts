/**
 * Holds back what channels that live in memory would show once their back cannot prove any more that it is taken for alive: others may have
 * them by then. What is held is shown when it can again, and never where another has taken over. Knows nothing of channels.
 */
import type { Clock } from '../runtime/runtime.js'

export interface LeaseGateOptions {
  readonly clock: Clock
  /** Null where no other back could take over. */
  readonly leaseMs: number | null
  /** When the back was certainly taken for alive. */
  readonly provenAt: () => number
}

export class LeaseGate {
  readonly #options: LeaseGateOptions
  #held: (() => void)[] = []

  constructor(options: LeaseGateOptions) {
    this.#options = options
  }

  get held(): number {
    return this.#held.length
  }

  pass(release: () => void): void {
    if (this.#held.length === 0 && this.#isOpen) release()
    else this.#held.push(release)
  }

  get #isOpen(): boolean {
    const { clock, leaseMs, provenAt } = this.#options
    return leaseMs === null || clock.now() - provenAt() < leaseMs
  }

  /** The back has proven that it is alive. */
  proven(): void {
    while (this.#held.length > 0 && this.#isOpen) this.#held.shift()?.()
  }

  /** Another has taken over. */
  drop(): void {
    this.#held = []
  }
}
