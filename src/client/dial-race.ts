/**
 * One attempt to reach a front: a socket, and, while none opens, further ones beside it; the first that opens is used. Only that one
 * sends HELLO, so that no front learns of two sockets. Knows no sessions.
 */
import type { Clock, Timer } from '../runtime/runtime.js'

/** How many sockets one dial opens side by side. */
const DIALS_MAX = 3

interface Racer {
  close(): void
}

export class DialRace<W extends Racer> {
  readonly #wires = new Set<W>()
  readonly #clock: Clock
  readonly #overlapMs: number
  readonly #dial: (race: DialRace<W>) => W
  #timer: Timer | null = null

  /** `overlapMs`: how long a socket may take to open before another is opened beside it. */
  constructor(clock: Clock, overlapMs: number, dial: (race: DialRace<W>) => W) {
    this.#clock = clock
    this.#overlapMs = overlapMs
    this.#dial = dial
    this.#next()
  }

  #next(): void {
    this.#wires.add(this.#dial(this))
    this.#timer = null
    if (this.#wires.size < DIALS_MAX) this.#timer = this.#clock.after(this.#overlapMs, () => this.#next())
  }

  /** The socket is open: the others are given up. */
  opened(wire: W): void {
    this.#wires.delete(wire)
    this.close()
    this.#wires.add(wire)
  }

  /** Returns whether it was the last: nothing else may come of this attempt. */
  lost(wire: W): boolean {
    this.#wires.delete(wire)
    const isLast = this.#wires.size === 0
    if (isLast) this.close()
    return isLast
  }

  close(): void {
    this.#timer?.cancel()
    for (const wire of this.#wires) wire.close()
    this.#wires.clear()
  }
}
