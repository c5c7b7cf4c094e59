/**
 * Signs of life on one link: asks a quiet one, counts heartbeats without an answer, measures the round trip. Silence is
 * counted in heartbeats that this process lived through, so one that was itself stopped for a while does not blame the other
 * side before it has read what waits. Knows nothing of packets.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock, Timer } from '../runtime/runtime.js'

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly missedMax: number
  /** Bytes that went each way since the link was made, and how many of those sent have not left this process. */
  readonly bytesMoved: () => BytesMoved
  readonly sendPing: (nonce: number) => void
  readonly onLost: (message: string) => void
}

interface BytesMoved {
  readonly sent: number
  readonly received: number
  readonly waiting: number
}

interface Asked {
  readonly at: number
  readonly settle: ((error: CentrumError | null) => void) | null
}

/** Pings whose answers are waited for; more are not sent by heartbeats, since the link breaks first. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #asked = new Map<number, Asked>()
  #timer: Timer | null = null
  #nonce = 0
  #noted: BytesMoved = { sent: 0, received: 0, waiting: 0 }
  /** Heartbeats without a sign of life. */
  missed = 0
  /** Of the last ping that was answered. */
  rttMs: number | null = null

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Asks at once, for the round trip, and then as often as it is quiet. */
  start(): void {
    this.#ping(null)
    this.#note()
    this.#schedule()
  }

  /** Asks now. Resolves with the answer. */
  ask(limitMs: number, whom: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#options.clock.after(limitMs, () => {
        this.#asked.delete(nonce)
        reject(new CentrumError('timeout', `${whom} did not answer a ping within ${limitMs} ms`))
      })
      const nonce = this.#ping((error) => {
        timer.cancel()
        if (error === null) resolve()
        else reject(error)
      })
    })
  }

  /** An answer has come; one without a question is ignored. */
  answered(nonce: number): void {
    const asked = this.#asked.get(nonce)
    if (asked === undefined) return
    this.#asked.delete(nonce)
    this.rttMs = this.#options.clock.now() - asked.at
    asked.settle?.(null)
  }

  stop(error: CentrumError): void {
    this.#timer?.cancel()
    this.#timer = null
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    for (const { settle } of asked) settle?.(error)
  }

  #schedule(): void {
    this.#timer = this.#options.clock.after(this.#options.heartbeatMs, () => this.#beat())
  }

  #beat(): void {
    const { heartbeatMs, missedMax } = this.#options
    const moved = this.#options.bytesMoved()
    const isQuiet = moved.received === this.#noted.received
    if (!isQuiet) {
      // Answers that did not come by now are still taken by `ask`; the heartbeat's own are not worth keeping.
      for (const [nonce, { settle }] of this.#asked) if (settle === null) this.#asked.delete(nonce)
    }
    if (!isQuiet || this.#isTaking(moved)) this.missed = 0
    else this.missed++
    if (this.missed >= missedMax) {
      this.#timer = null
      this.#options.onLost(`nothing was received for ${missedMax} heartbeats of ${heartbeatMs} ms`)
      return
    }
    // A side that only receives pings too: its peer may have so much to send that its own pings wait behind it.
    if (isQuiet || moved.sent === this.#noted.sent) this.#ping(null)
    this.#note()
    this.#schedule()
  }

  /** A side that takes what waits for it lives, though its answers come behind all of that: a large state over a slow line. */
  #isTaking({ sent, waiting }: BytesMoved): boolean {
    const { sent: sentBefore, waiting: waitingBefore } = this.#noted
    // Both times, as what was only just written leaves in any case.
    return waiting > 0 && waitingBefore > 0 && sent - waiting > sentBefore - waitingBefore
  }

  #note(): void {
    this.#noted = { ...this.#options.bytesMoved() }
  }

  #ping(settle: Asked['settle']): number {
    const nonce = ++this.#nonce
    this.#asked.set(nonce, { at: this.#options.clock.now(), settle })
    this.#options.sendPing(nonce)
    return nonce
  }
}
