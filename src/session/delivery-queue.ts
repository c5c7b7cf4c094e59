/**
 * What came for a link and waits: frames while another is being handled, and, until the application listens, all that it is to
 * be called with. Knows nothing of what is in them.
 */
import type { LinkAnswer } from './link-holder.js'

export class DeliveryQueue {
  readonly #isLive: () => boolean
  readonly #handle: (frame: LinkAnswer) => void
  readonly #reading: (run: () => void) => void
  #frames: LinkAnswer[] = []
  /** What is to be handed on at `go()`, when the application listens; null since then. */
  #deliveries: (() => void)[] | null = []
  #busy = false
  #isClosed = false

  /** `reading` runs what it is given, and deals with what cannot be decoded. */
  constructor(isLive: () => boolean, handle: (frame: LinkAnswer) => void, reading: (run: () => void) => void) {
    this.#isLive = isLive
    this.#handle = handle
    this.#reading = reading
  }

  /** Frames that wait. */
  get length(): number {
    return this.#frames.length
  }

  add(frame: LinkAnswer): void {
    this.#frames.push(frame)
  }

  /** Handles what waits. Once the link is live, frames wait for `go()`. */
  takeFrames(): void {
    for (;;) {
      const waits = this.#busy || (this.#deliveries !== null && this.#isLive())
      const frame = waits ? undefined : this.#frames.shift()
      if (frame === undefined) return
      this.#whileBusy(() => this.#reading(() => this.#handle(frame)))
    }
  }

  /** Has something handed on: at once, or at `go()`. */
  handOn(run: () => void): void {
    if (this.#isClosed) return
    if (this.#deliveries === null) this.#reading(run)
    else this.#deliveries.push(run)
  }

  go(): void {
    const waiting = this.#deliveries
    if (waiting === null) return
    this.#deliveries = null
    this.#whileBusy(() => {
      for (const run of waiting) this.handOn(run)
    })
    this.takeFrames()
  }

  #whileBusy(run: () => void): void {
    this.#busy = true
    try {
      run()
    } finally {
      this.#busy = false
    }
  }

  dropFrames(): void {
    this.#frames = []
  }

  /** What was to be handed on is of a link that the application has not seen. */
  dropDeliveries(): void {
    this.#deliveries &&= []
  }

  /** The link is closed. */
  close(): void {
    this.dropFrames()
    this.#deliveries = null
    this.#isClosed = true
  }
}
