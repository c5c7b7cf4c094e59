/**
 * Keeps a client within the rates of its front (those of WELCOME): frames beyond them wait here, in order, instead of being refused.
 * Knows nothing of links, which send again what is lost with a socket.
 */
import type { LinkFrame } from '../session/link-holder.js'
import type { Clock, Timer } from '../runtime/runtime.js'

/** So much of a rate is used: two clocks measure it. */
const SHARE = 0.9
/** Frames wait at least so long for others to go along with, in milliseconds. */
const WAIT_MS_MIN = 10

export class Pacer {
  readonly #clock: Clock
  readonly #send: (frame: LinkFrame) => void
  /** In order. What links retain bounds it. */
  #waiting: LinkFrame[] = []
  #timer: Timer | null = null
  #intervalMs = 0
  #burstMs = 0
  /** When all that was taken is made good. */
  #fullAt = 0

  constructor(clock: Clock, send: (frame: LinkFrame) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** There is a front, which takes so many messages. What waited was for another. */
  begin(perSecond: number, burst: number): void {
    this.end()
    this.#intervalMs = perSecond > 0 ? 1_000 / (perSecond * SHARE) : 0
    this.#burstMs = this.#intervalMs * burst * SHARE
  }

  end(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#waiting = []
  }

  send(frame: LinkFrame): void {
    if (frame.type === 'entry' && (this.#timer !== null || !this.#take())) {
      this.#waiting.push(frame)
      this.#wait()
    } else {
      this.#send(frame)
    }
  }

  #take(): boolean {
    const now = this.#clock.now()
    const next = Math.max(this.#fullAt, now) + this.#intervalMs
    if (this.#intervalMs > 0 && next - now > this.#burstMs) return false
    this.#fullAt = next
    return true
  }

  #wait(): void {
    this.#timer ??= this.#clock.after(Math.max(WAIT_MS_MIN, this.#intervalMs), () => {
      this.#timer = null
      let sent = 0
      while (sent < this.#waiting.length && this.#take()) this.#send(this.#waiting[sent++] as LinkFrame)
      this.#waiting.splice(0, sent)
      if (this.#waiting.length > 0) this.#wait()
    })
  }
}
