/**
 * One WebSocket from dialling to its end: handshake, frames both ways, heartbeat. What is said within one macrotask goes as
 * one message. It is never used again; `connection.ts` makes another. Knows nothing of links.
 */
import {
  type ClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  type FrontFrame,
  type Hello,
  type Welcome,
} from '../protocol/client-frames.js'
import { packFrames, unpackFrames } from '../protocol/frame-pack.js'
import { closeCodeOf, type Reason, reasonOfCloseCode } from '../protocol/reasons.js'
import type { Runtime, Timer } from '../runtime/runtime.js'
import { DecodeError } from '../value/decode-error.js'
import type { LinkAnswer } from '../session/link-holder.js'
import { socketUrl } from './connect-options.js'
import type { ServerClock } from './server-clock.js'
import type { WebSocketConstructor, WebSocketLike } from './web-socket.js'

/** The longest frame that is taken from a front: keyframes are the longest. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** The longest message that is built of several frames, where the front takes longer ones. */
const MESSAGE_BYTES_MAX = 256 * 1024
/** After how many heartbeats without a sound the connection counts as lost. */
const SILENT_BEATS_MAX = 2

export interface WirePort {
  /** The front let the client in. Comes once, and `frame` only after it. */
  welcome(wire: Wire, welcome: Welcome): void
  frame(frame: LinkAnswer | GoAway): void
  /** Something is about to be written: what was put off can go along. */
  flushing(): void
  /** It is over, and was not ended by `close`. Comes at most once, and nothing after it. */
  lost(wire: Wire, reason: Reason, message: string): void
}

export interface WireOptions {
  readonly url: string
  readonly WebSocket: WebSocketConstructor
  readonly runtime: Runtime
  readonly handshakeMs: number
  readonly serverClock: ServerClock
  /** Asked when the socket is open. It may take until the handshake's limit, or reject. */
  hello(): Promise<Hello>
}

export type GoAway = Extract<FrontFrame, { readonly type: 'goaway' }>

/** greeting: until the front's WELCOME. */
type WireState = 'greeting' | 'open' | 'closed'

export class Wire {
  readonly #options: WireOptions
  readonly #port: WirePort
  readonly #socket: WebSocketLike | null = null
  #state: WireState = 'greeting'
  /** The longest frame that the front takes; 0 before it said so. */
  frameBytesMax = 0
  /** The handshake's limit, then the heartbeat. */
  #timer: Timer
  #flush: Timer | null = null
  #out: Uint8Array[] = []
  #helloAt = 0
  #heardAt = 0
  /** What a REFUSED said, which the close that follows it stands for. */
  #refused: { readonly reason: Reason; readonly message: string } | null = null

  constructor(options: WireOptions, port: WirePort) {
    const { url, WebSocket, runtime, handshakeMs } = options
    const { clock } = runtime
    this.#options = options
    this.#port = port
    this.#timer = clock.after(handshakeMs, () => {
      this.#lose('handshake-timeout', `no welcome within ${handshakeMs} ms (handshakeMs)`)
    })
    try {
      const socket = new WebSocket(socketUrl(url))
      this.#socket = socket
      socket.binaryType = 'arraybuffer'
      socket.onopen = () => void this.#greet()
      socket.onmessage = ({ data }) => this.#received(data)
      // What went wrong is told by the close that follows.
      socket.onerror = () => {}
      socket.onclose = ({ code, reason }) => this.#closed(code, reason)
    } catch (error) {
      // Browsers refuse some URLs, such as ws: on a page of https:.
      clock.soon(() => this.#lose('unreachable', String(error)))
    }
  }

  /** Bytes that the network has not taken yet. */
  get backlogBytes(): number {
    return this.#socket?.bufferedAmount ?? 0
  }

  /** Sends with all else of this macrotask. */
  send(frame: ClientFrame): void {
    if (this.#state !== 'open') return
    this.#out.push(encodeClientFrame(frame))
    this.#flush ??= this.#options.runtime.clock.soon(() => this.flush())
  }

  /** Writes what waits, at once. */
  flush(): void {
    this.#flush?.cancel()
    // Not null yet: what `flushing` sends goes along and needs no other flush.
    if (this.#state === 'open') this.#port.flushing()
    this.#flush = null
    const bytesMax = Math.min(this.frameBytesMax, MESSAGE_BYTES_MAX)
    let message: Uint8Array[] = []
    let bytes = 0
    for (const frame of this.#out.splice(0)) {
      bytes += frame.length + 4
      if (bytes > bytesMax && message.length > 0) {
        this.#write(message)
        message = []
        bytes = frame.length
      }
      message.push(frame)
    }
    if (message.length > 0) this.#write(message)
  }

  /** Ends it without a word to the port. What waits is written first. */
  close(code = 1000): void {
    if (this.#state === 'closed') return
    this.flush()
    this.#state = 'closed'
    this.#timer.cancel()
    const socket = this.#socket
    if (socket === null) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close(code)
  }

  #write(frames: readonly Uint8Array[]): void {
    this.#socket?.send(packFrames(frames) as Uint8Array<ArrayBuffer>)
  }

  async #greet(): Promise<void> {
    try {
      const hello = await this.#options.hello()
      this.#helloAt = this.#options.runtime.clock.now()
      if (this.#state === 'greeting') this.#write([encodeClientFrame(hello)])
    } catch (error) {
      this.#lose('authentication-failed', `the token could not be had: ${String(error)}`)
    }
  }

  #received(data: unknown): void {
    this.#heardAt = this.#options.runtime.clock.now()
    try {
      if (!(data instanceof ArrayBuffer)) throw new DecodeError('a message that is not binary')
      for (const bytes of unpackFrames(new Uint8Array(data), FRAME_BYTES_MAX)) {
        this.#heed(decodeFrontFrame(bytes))
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#lose('protocol-error', error.message)
    }
  }

  #heed(frame: FrontFrame): void {
    if (frame.type === 'refused') {
      this.#refused = frame
    } else if (frame.type === 'welcome') {
      if (this.#state === 'greeting') this.#welcomed(frame)
    } else if (this.#state !== 'open') {
      throw new DecodeError(`${frame.type} before the welcome`)
    } else if (frame.type === 'pong') {
      this.#options.serverClock.measure(frame.sent, frame.now)
    } else {
      this.#port.frame(frame)
    }
  }

  #welcomed(welcome: Welcome): void {
    this.#state = 'open'
    this.frameBytesMax = welcome.frameBytesMax
    this.#timer.cancel()
    this.#options.serverClock.begin(this.#helloAt, welcome.now)
    if (welcome.heartbeatMs > 0) this.#beat(welcome.heartbeatMs)
    this.#port.welcome(this, welcome)
  }

  #beat(heartbeatMs: number): void {
    const { clock } = this.#options.runtime
    const sent = clock.now()
    this.send({ type: 'ping', sent })
    this.#timer = clock.after(heartbeatMs, () => {
      const now = clock.now()
      // A page that was frozen, or a computer that slept, has heard nothing since: the front is given one more beat to answer.
      if (now - sent > heartbeatMs * 2) this.#heardAt = now - heartbeatMs
      const silentMs = now - this.#heardAt
      if (silentMs < SILENT_BEATS_MAX * heartbeatMs) this.#beat(heartbeatMs)
      else this.#lose('heartbeat-lost', `nothing was heard for ${silentMs} ms`)
    })
  }

  #closed(code: number, text: string): void {
    if (this.#refused !== null) {
      this.#lose(this.#refused.reason, this.#refused.message)
      return
    }
    const reason = reasonOfCloseCode(code) ?? (this.#state === 'open' ? 'connection-lost' : 'unreachable')
    this.#lose(reason, text || `the socket closed with ${code}`)
  }

  #lose(reason: Reason, message: string): void {
    if (this.#state === 'closed') return
    this.#out = []
    this.close(closeCodeOf(reason))
    this.#port.lost(this, reason, `${this.#options.url}: ${message}`)
  }
}
