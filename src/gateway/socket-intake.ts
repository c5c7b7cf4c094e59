/**
 * The input of one client: split into frames, checked and counted before anything acts on it, read no faster than its rate, and paused
 * while what it feeds is full. Knows nothing of handshakes and sessions.
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
  /** All that came before the connection ended is taken. */
  finished(): void
  /** Runs what may throw what the socket is to be closed with. */
  guard(run: () => void): void
}

/** How many frames of one client are handled in a row before other clients get their turn. */
const FRAMES_AT_ONCE_MAX = 128
/** How many bytes of one client are handled in a row before other clients get their turn; a single frame may be longer. */
const BYTES_AT_ONCE_MAX = 64 * 1024
/** Frames that came within so long count as in a row, in milliseconds. */
const SLICE_MS = 5

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
  /** Runs while the client has sent more than its rate: it is read no further. */
  #waiting: Timer | null = null
  /** So much was refused that also what has come already waits for that. */
  #isRefusing = false
  /** What the client feeds is full. */
  #isHeld = false
  /** Messages of which frames are left for the next turns of the event loop, and what takes them up. */
  readonly #later: FrameReader[] = []
  /** Of the first of those the frame that is next. */
  #first: Uint8Array | null = null
  #next: Timer | null = null
  /** The connection has ended: what came before is taken, and nothing is waited for but the others' turns. */
  #isEnding = false
  /** How many frames were taken in this turn of the event loop, or about: it is told by the time. */
  #sliceFrames = 0
  #sliceBytes = 0
  #sliceEndMs = 0

  constructor(core: GatewayCore, carrier: ClientCarrier, host: IntakeHost, address: string) {
    this.#core = core
    this.#carrier = carrier
    this.#host = host
    this.#address = address
    this.receivedAt = core.clock.now()
  }

  get isPaused(): boolean {
    return this.#isHeld || this.#waiting !== null || this.#later.length > 0
  }

  /** Raw bytes of a client that is not let in yet. Throws a `CentrumError`. */
  counted(bytes: number): void {
    if (this.#account !== null) return
    const limit = this.#core.handshakes.add(this.#address, this.#handshakeBytes, bytes)
    this.#handshakeBytes += bytes
    if (limit === null) return
    const message = `More bytes arrived before WELCOME than are allowed (${limit}).`
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
    if (!isBinary) throw new CentrumError('protocol-error', 'A text message arrived, but all messages must be binary.')
    if (data.length === 0)
      throw new CentrumError('protocol-error', 'An empty message arrived, but a message must contain frames.')
    if (this.#account === null) expectBytes(data.length, limits, 'handshakeBytesMax')
    else this.#pace(this.#account.received(data.length, now))
    const frames = new FrameReader(data, limits.messageBytesMax)
    if (this.#later.length > 0 || !this.#take(frames, now)) this.#postpone(frames)
  }

  /** The connection has ended: what was postponed is the last that came. False where there is nothing, and `finished` does not follow. */
  finish(): boolean {
    if (this.#later.length === 0) return false
    this.#isEnding = true
    this.#schedule()
    return true
  }

  /** Frames of one message, as many as may be in this turn of the event loop. False: there are more. */
  #take(frames: FrameReader, now: number): boolean {
    if (now >= this.#sliceEndMs) {
      this.#sliceEndMs = now + SLICE_MS
      this.#sliceFrames = this.#sliceBytes = 0
    }
    const { limits } = this.#core
    for (let bytes = this.#first ?? frames.next(); bytes !== null && this.#host.isReading; bytes = frames.next()) {
      this.#first = null
      if (this.#sliceFrames >= FRAMES_AT_ONCE_MAX || this.#sliceBytes >= BYTES_AT_ONCE_MAX || !this.#mayGoOn) {
        this.#first = bytes
        return false
      }
      this.#sliceFrames++
      this.#sliceBytes += bytes.length
      expectBytes(bytes.length, limits, 'frameBytesMax')
      this.#countFrame(now)
      const frame = decodeClientFrame(bytes)
      checkFrame(frame, limits.nameBytesMax)
      this.#host.receive(frame, now)
    }
    return true
  }

  /** Others have their turn before the rest of what this client sent. */
  #postpone(frames: FrameReader): void {
    const wasPaused = this.isPaused
    this.#later.push(frames)
    this.#schedule()
    this.#turn(wasPaused)
  }

  get #mayGoOn(): boolean {
    return this.#isEnding || !(this.#isHeld || (this.#isRefusing && this.#waiting !== null))
  }

  #schedule(): void {
    if (this.#later.length === 0 || this.#next !== null || !this.#mayGoOn) return
    this.#next = this.#core.clock.soon(() => this.#host.guard(() => this.#goOn()))
  }

  #goOn(): void {
    const now = this.#core.clock.now()
    this.#next = null
    this.#sliceEndMs = 0
    for (let frames = this.#later[0]; frames !== undefined; frames = this.#later[0]) {
      if (!this.#take(frames, now)) return this.#schedule()
      this.#later.shift()
    }
    if (this.#isEnding) this.#host.finished()
    else this.#turn(true)
  }

  /** A ping of WebSocket's own counts as a frame. Throws where there are too many. */
  pinged(): void {
    const now = this.#core.clock.now()
    this.#countFrame(now)
    this.receivedAt = now
  }

  /** So does a pong, asked for or not. Throws where there are too many. */
  ponged(isSignOfLife: boolean): void {
    const now = this.#core.clock.now()
    this.#countFrame(now)
    if (isSignOfLife) this.receivedAt = now
  }

  /** The limit for which a frame does not go on; null where it does. A broadcast that no channel takes counts as too many. */
  holdsBack(frame: RatedFrame, now: number): keyof GatewayLimits | null {
    const { counts, front, limits } = this.#core
    const rated = ratedAs(frame, front)
    const over = rated === null ? null : (this.#account?.take(rated, now) ?? null)
    if (over !== null) counts.rateLimited++
    else if (frame.type !== 'broadcast' || front.broadcastable.has(nameOf(frame.body, limits.nameBytesMax))) return null
    else counts.undeclared++
    // To refuse costs as well: who goes on beyond it is read from as slowly as is refused.
    const owedMs = this.#account?.refused(now) ?? 0
    this.#isRefusing = owedMs > 0
    this.#pace(owedMs)
    return over ?? 'broadcastsPerSecondMax'
  }

  /** What the client feeds is full, or has room again. */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return
    const wasPaused = this.isPaused
    this.#isHeld = isHeld
    this.#schedule()
    this.#turn(wasPaused)
  }

  /** The socket closes: the close of the other side is read. */
  stop(): void {
    this.#waiting?.cancel()
    this.#next?.cancel()
    const wasPaused = this.isPaused
    this.#later.length = 0
    this.#first = null
    this.#waiting = null
    this.#next = null
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
      this.#schedule()
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
