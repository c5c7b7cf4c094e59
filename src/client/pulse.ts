/**
 * Checks that the other side of a socket is alive. It is asked once a heartbeat, and soon after other traffic was followed by silence:
 * where there is traffic, a frozen front is noticed within seconds. Knows no sockets.
 */
import type { Clock, Timer } from '../runtime/runtime.js'

/** A timer that comes so much later than asked for says that the page was frozen, or the computer asleep, in milliseconds. */
const FROZEN_MS = 1_000

export interface PulseLimits {
  readonly quietMs: number
  readonly silentMs: number
  readonly lostMs: number
}

export interface PulseHost {
  /** Asks for an answer. */
  ping(): void
  /** The answer is late; or, after that, something came. */
  silent(isSilent: boolean): void
  /** No answer came. */
  lost(silentMs: number): void
}

export class Pulse {
  readonly #host: PulseHost
  readonly #clock: Clock
  readonly #limits: PulseLimits
  readonly #heartbeatMs: number
  #heardAt: number
  #pingedAt = 0
  /** Since when an answer is waited for. */
  #askedAt: number | null = null
  /** Whether something was sent or came that more should follow. */
  #isExpecting = false
  #isSilent = false
  #timer: Timer | null = null

  /** `heartbeatMs`: 0 for none. */
  constructor(host: PulseHost, clock: Clock, limits: PulseLimits, heartbeatMs: number) {
    this.#host = host
    this.#clock = clock
    this.#limits = limits
    this.#heartbeatMs = heartbeatMs || Infinity
    this.#heardAt = clock.now()
    if (heartbeatMs > 0) this.ask()
  }

  /** Asks for an answer: without one soon the connection is lost. */
  ask(): void {
    this.#askedAt = this.#pingedAt = this.#clock.now()
    this.#isExpecting = false
    this.#host.ping()
    this.#wait(this.#limits.silentMs)
  }

  /** Something came. */
  heard(): void {
    this.#heardAt = this.#clock.now()
    this.#askedAt = null
    if (!this.#isSilent) return
    this.#isSilent = false
    this.#host.silent(false)
  }

  /** Something was sent that is to be answered, or came that more should follow. */
  expect(): void {
    if (this.#isExpecting || this.#askedAt !== null) return
    this.#isExpecting = true
    this.#wait(this.#limits.quietMs)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #wait(ms: number): void {
    this.#timer?.cancel()
    if (ms === Infinity) return
    const dueAt = this.#clock.now() + ms
    this.#timer = this.#clock.after(ms, () => {
      if (this.#clock.now() - dueAt > FROZEN_MS) this.ask()
      else if (this.#askedAt === null) this.#listen()
      else this.#insist(this.#clock.now() - this.#askedAt)
    })
  }

  #listen(): void {
    const now = this.#clock.now()
    const quietMs = this.#isExpecting ? this.#limits.quietMs - (now - this.#heardAt) : Infinity
    const leftMs = Math.min(quietMs, this.#heartbeatMs - (now - this.#pingedAt))
    if (leftMs > 0) this.#wait(leftMs)
    else this.ask()
  }

  #insist(silentMs: number): void {
    const leftMs = this.#limits.lostMs - silentMs
    if (leftMs <= 0) {
      this.#host.lost(Math.round(this.#clock.now() - this.#heardAt))
      return
    }
    this.#wait(leftMs)
    if (this.#isSilent) return
    this.#isSilent = true
    this.#host.silent(true)
  }
}
