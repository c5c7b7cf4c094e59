/**
 * How long a round trip takes, and what time it is at the server. Of the last few measurements the fastest tells the time
 * best: its answer was the least delayed.
 */
import type { Clock } from '../runtime/runtime.js'

const SAMPLES_MAX = 8

export class ServerClock {
  readonly #clock: Clock
  readonly #samples: { readonly rttMs: number; readonly offsetMs: number }[] = []
  #rttMs = NaN

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds of the last round trip. NaN before the first. */
  get rttMs(): number {
    return this.#rttMs
  }

  /** Milliseconds since 1970 at the server; by the own clock as long as nothing is known. */
  now(): number {
    let best: { readonly rttMs: number; readonly offsetMs: number } | undefined
    for (const sample of this.#samples) if (best === undefined || sample.rttMs <= best.rttMs) best = sample
    return best === undefined ? this.#clock.wall() : this.#clock.now() + best.offsetMs
  }

  /** A question was asked at `sent` by the own clock, and has just been answered with the server's time. */
  measure(sent: number, serverNow: number): void {
    const now = this.#clock.now()
    const rttMs = now - sent
    if (!(rttMs >= 0) || !Number.isFinite(serverNow)) return
    this.#rttMs = rttMs
    this.#samples.push({ rttMs, offsetMs: serverNow + rttMs / 2 - now })
    if (this.#samples.length > SAMPLES_MAX) this.#samples.shift()
  }

  /** The first answer of another server: its clock is another one. */
  begin(sent: number, serverNow: number): void {
    this.#samples.length = 0
    this.measure(sent, serverNow)
  }
}
