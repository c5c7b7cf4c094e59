/**
 * What comes in from one client: cut into frames, checked and counted before anyone acts on it, read no faster than its rate, and no
 * further while what it feeds is full. Knows nothing of handshakes and sessions.
 */
import { type ClientFrame, decodeClientFrame } from '../protocol/client-frames.js'
import { CentrumError } from '../protocol/errors.js'
import { FrameReader } from '../protocol/pack-frames.js'
import { nameOf } from '../protocol/link-frames.js'
import type { Timer } from '../runtime/runtime.js'
import { checkFrame } from './check-frame.js'
import type { ClientCarrier } from './client-carrier.js'
import type { GatewayCore } from './gateway-core.js'
import type { GatewayLimits } from './gateway-limits.js'
import { expectBytes, ratedAs, type RatedFrame, tooFast } from './rated-frame.js'
import type { RateAccount } from './rate-book.js'

export interface IntakeHost {
  /** False once nothing is read any more. */
  readonly isReading: boolean
  receive(frame: ClientFrame, now: number): void
}

export class SocketIntake {
  /** When the client last gave a sign of life. */
  receivedAt: number
  readonly #core: GatewayCore
  readonly #carrier: ClientCarrier
  readonly #host: IntakeHost
  /** Where bytes are counted before the client is let in. */
  readonly #address: string
  #framesFullAt = 0
  #handshakeBytes = 0
  /** Null until the client is let in. */
  #account: RateAccount | null = null
  /** Runs while the client has sent more than its rate. */
  #waiting: Timer | null = null
  /** What the client feeds is full. */
  #isHeld = false

  constructor(core: GatewayCore, carrier: ClientCarrier, host: IntakeHost, address: string) {
    this.#core = core
    this.#carrier = carrier
    this.#host = host
    this.#address = address
    this.receivedAt = core.clock.now()
  }

  get isPaused(): boolean {
    return this.#isHeld || this.#waiting !== null
  }

  /** Raw bytes of a client that is not let in yet. Throws a `CentrumError`. */
  counted(bytes: number): void {
    if (this.#account !== null) return
    const limit = this.#core.handshakes.add(this.#address, this.#handshakeBytes, bytes)
    this.#handshakeBytes += bytes
    if (limit === null) return
    const message = `More bytes came before WELCOME than are taken (${limit}).`
    throw new CentrumError(limit === 'handshakeBytesMax' ? 'too-large' : 'too-many', message)
  }

  /** The client is let in. */
  open(account: RateAccount): void {
    this.#account = account
    this.#core.handshakes.release(this.#address, this.#handshakeBytes)
    this.#handshakeBytes = 0
    this.#carrier.welcomed()
  }

  /** Throws what the socket is to be closed with. */
  message(data: Uint8Array, isBinary: boolean): void {
    const { clock, limits } = this.#core
    const now = clock.now()
    this.receivedAt = now
    if (!isBinary) throw new CentrumError('protocol-error', 'A text message came; all messages are binary.')
    if (this.#account === null) expectBytes(data.length, limits, 'handshakeBytesMax')
    else this.#pace(this.#account.received(data.length, now))
    const frames = new FrameReader(data, limits.messageBytesMax)
    for (let bytes = frames.next(); bytes !== null; bytes = frames.next()) {
      if (!this.#host.isReading) return
      expectBytes(bytes.length, limits, 'frameBytesMax')
      this.#countFrame(now)
      const frame = decodeClientFrame(bytes)
      checkFrame(frame, limits.nameBytesMax)
      this.#host.receive(frame, now)
    }
  }

  /** A ping of WebSocket's own counts as a frame. Throws where there are too many. */
  pinged(): void {
    const now = this.#core.clock.now()
    this.#countFrame(now)
    this.receivedAt = now
  }

  /** The limit for which a frame does not go on; null where it does. A broadcast that no channel takes counts as too many. */
  holdsBack(frame: RatedFrame, now: number): keyof GatewayLimits | null {
    const { counts, front, limits } = this.#core
    const rated = ratedAs(frame, (channelId) => front.opens(channelId))
    const over = rated === null ? null : (this.#account?.take(rated, now) ?? null)
    if (over !== null) {
      counts.rateLimited++
      return over
    }
    if (frame.type !== 'broadcast' || front.broadcastable.has(nameOf(frame.body, limits.nameBytesMax))) return null
    counts.undeclared++
    return 'broadcastsPerSecondMax'
  }

  /** What the client feeds is full, or has room again. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return
    const wasPaused = this.isPaused
    this.#isHeld = isHeld
    this.#turn(wasPaused)
  }

  /** The socket closes: the close of the other side is read. */
  stop(): void {
    this.#waiting?.cancel()
    const wasPaused = this.isPaused
    this.#waiting = null
    this.#isHeld = false
    this.#turn(wasPaused)
    this.#core.handshakes.release(this.#address, this.#handshakeBytes)
    this.#handshakeBytes = 0
    this.#account?.close()
    this.#account = null
  }

  #countFrame(now: number): void {
    const fullAt = this.#core.frameRate.take(this.#framesFullAt, now)
    if (fullAt === null) throw tooFast(this.#core.limits)
    this.#framesFullAt = fullAt
  }

  #pace(owedMs: number): void {
    if (owedMs <= 0 || this.#waiting !== null) return
    const wasPaused = this.isPaused
    this.#waiting = this.#core.clock.after(owedMs, () => {
      this.#waiting = null
      this.#turn(true)
    })
    this.#turn(wasPaused)
  }

  /** Silence while nothing was read is not the client's. */
  #turn(wasPaused: boolean): void {
    if (wasPaused === this.isPaused) return
    if (!wasPaused) return this.#carrier.pause()
    this.receivedAt = this.#core.clock.now()
    this.#carrier.resume()
  }
}
