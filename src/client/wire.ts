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
import type { ServerClock } from './server-clock.js'
import type { WebSocketConstructor, WebSocketLike } from './web-socket.js'

/** The longest frame that is taken from a front: keyframes are the longest. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** The longest message that is built of several frames, where the front takes more. */
const MESSAGE_BYTES_MAX = 256 * 1024
/** After how many heartbeats without a sound the connection counts as lost. */
const SILENT_BEATS_MAX = 2

export interface WirePort {
  /** The front let the client in. Comes once, and `frame` only after it. */
  welcome(wire: Wire, welcome: Welcome): void
  frame(wire: Wire, frame: FrontFrame): void
  /** Something is about to be written: what was put off can go along. */
  flushing(wire: Wire): void
  /** It is over, and was not ended by `close`. Comes at most once, and nothing after it. */
  lost(wire: Wire, reason: Reason, message: string): void
}

export interface WireOptions {
  readonly url: string
  readonly WebSocket: WebSocketConstructor
  readonly runtime: Runtime
  readonly handshakeMs: number
  readonly serverClock: ServerClock
  readonly hello: Hello
}

type WireState = 'dialling' | 'handshaking' | 'open' | 'closed'

export class Wire {
  readonly url: string
  readonly #socket: WebSocketLike
  readonly #runtime: Runtime
  readonly #serverClock: ServerClock
  readonly #hello: Hello
  readonly #port: WirePort
  #state: WireState = 'dialling'
  #frameBytesMax = 0
  /** The handshake's limit, then the heartbeat. */
  #timer: Timer
  #flush: Timer | null = null
  #out: Uint8Array[] = []
  #helloSent = 0
  #heardAt = 0
  /** What a REFUSED said, which the close that follows it stands for. */
  #refused: { readonly reason: Reason; readonly message: string } | null = null

  /** Throws where the URL is none that a socket can be made for. */
  constructor(options: WireOptions, port: WirePort) {
    const { url, WebSocket, runtime, handshakeMs } = options
    this.url = url
    this.#runtime = runtime
    this.#serverClock = options.serverClock
    this.#hello = options.hello
    this.#port = port
    this.#socket = new WebSocket(url)
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.onopen = () => this.#opened()
    this.#socket.onmessage = ({ data }: { readonly data: unknown }) => this.#received(data)
    // What went wrong is told by the close that follows.
    this.#socket.onerror = () => {}
    this.#socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      this.#closed(code, reason)
    this.#timer = runtime.clock.after(handshakeMs, () => {
      this.#lose('handshake-timeout', `${url} did not welcome the client within ${handshakeMs} ms (handshakeMs)`)
    })
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  /** The longest frame that the front takes; 0 before it said so. */
  get frameBytesMax(): number {
    return this.#frameBytesMax
  }

  /** Bytes that the network has not taken yet. */
  get backlogBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Sends with all else of this macrotask. */
  send(frame: ClientFrame): void {
    if (this.#state !== 'open') return
    this.#out.push(encodeClientFrame(frame))
    this.wantFlush()
  }

  /** Has `flushing` called, and writes, at the end of this macrotask. */
  wantFlush(): void {
    this.#flush ??= this.#runtime.clock.soon(() => this.flush())
  }

  /** Writes what waits, at once. */
  flush(): void {
    this.#flush?.cancel()
    // Not null yet: what `flushing` sends goes along and needs no other flush.
    if (this.#state === 'open') this.#port.flushing(this)
    this.#flush = null
    const messageBytesMax = Math.min(this.#frameBytesMax, MESSAGE_BYTES_MAX)
    let message: Uint8Array[] = []
    let bytes = 0
    for (const frame of this.#out.splice(0)) {
      if (message.length > 0 && bytes + frame.length > messageBytesMax) {
        this.#write(message)
        message = []
        bytes = 0
      }
      message.push(frame)
      bytes += frame.length + 4
    }
    if (message.length > 0) this.#write(message)
  }

  /** Ends it without a word to the port. What waits is written first. */
  close(code = 1000, reason = ''): void {
    if (this.#state === 'closed') return
    this.flush()
    this.#end()
    this.#socket.close(code, reason)
  }

  #write(frames: readonly Uint8Array[]): void {
    if (this.#state !== 'closed') this.#socket.send(packFrames(frames) as Uint8Array<ArrayBuffer>)
  }

  #opened(): void {
    if (this.#state !== 'dialling') return
    this.#state = 'handshaking'
    this.#helloSent = this.#runtime.clock.now()
    this.#write([encodeClientFrame(this.#hello)])
  }

  #received(data: unknown): void {
    if (this.#state === 'closed') return
    this.#heardAt = this.#runtime.clock.now()
    try {
      if (!(data instanceof ArrayBuffer)) throw new DecodeError('a message that is not binary')
      for (const bytes of unpackFrames(new Uint8Array(data), FRAME_BYTES_MAX)) {
        this.#heed(decodeFrontFrame(bytes))
        if ((this.#state as WireState) === 'closed') return
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.#lose('protocol-error', `${this.url} sent what cannot be read: ${error.message}`, 'protocol-error')
    }
  }

  #heed(frame: FrontFrame): void {
    switch (frame.type) {
      case 'refused':
        this.#refused = frame
        return
      case 'welcome':
        if (this.#state !== 'handshaking') throw new DecodeError('a second welcome')
        this.#welcomed(frame)
        return
      case 'pong':
        this.#serverClock.measure(frame.sent, frame.now)
        return
      default:
        if (this.#state !== 'open') throw new DecodeError(`${frame.type} before the welcome`)
        this.#port.frame(this, frame)
    }
  }

  #welcomed(welcome: Welcome): void {
    const { versionMin, versionMax } = this.#hello
    if (welcome.version < versionMin || welcome.version > versionMax) {
      const side = welcome.version > versionMax ? 'client' : 'front'
      const why = `${this.url} speaks version ${welcome.version}, this client ${versionMin} to ${versionMax}: the ${side} is too old`
      this.#lose('versions', why, 'versions')
      return
    }
    this.#state = 'open'
    this.#frameBytesMax = welcome.frameBytesMax
    this.#timer.cancel()
    this.#serverClock.forget()
    this.#serverClock.measure(this.#helloSent, welcome.now)
    if (welcome.heartbeatMs > 0) this.#beat(welcome.heartbeatMs)
    this.#port.welcome(this, welcome)
  }

  #beat(heartbeatMs: number): void {
    const { clock } = this.#runtime
    const now = clock.now()
    this.send({ type: 'ping', sent: now })
    this.#timer = clock.after(heartbeatMs, () => {
      const late = clock.now() - now - heartbeatMs
      // A page that was frozen, or a computer that slept, has heard nothing since: the front is given one more beat to answer.
      if (late > heartbeatMs) this.#heardAt = clock.now() - heartbeatMs
      if (clock.now() - this.#heardAt >= SILENT_BEATS_MAX * heartbeatMs) {
        this.#lose(
          'heartbeat-lost',
          `nothing was heard of ${this.url} for ${clock.now() - this.#heardAt} ms`,
          'heartbeat-lost',
        )
      } else {
        this.#beat(heartbeatMs)
      }
    })
  }

  #closed(code: number, text: string): void {
    if (this.#state === 'closed') return
    if (this.#refused !== null) {
      this.#lose(this.#refused.reason, this.#refused.message)
      return
    }
    const reason = reasonOfCloseCode(code)
    if (reason !== undefined) this.#lose(reason, text || `${this.url} closed the connection: ${reason}`)
    else if (this.#state === 'open') this.#lose('connection-lost', `the connection to ${this.url} was lost (${code})`)
    else this.#lose('unreachable', `${this.url} could not be reached (${code})`)
  }

  #lose(reason: Reason, message: string, tell?: Reason): void {
    if (this.#state === 'closed') return
    this.#end()
    this.#socket.close(...(tell === undefined ? [] : [closeCodeOf(tell)]))
    this.#port.lost(this, reason, message)
  }

  #end(): void {
    this.#state = 'closed'
    this.#timer.cancel()
    this.#flush?.cancel()
    this.#flush = null
    this.#out = []
    const socket = this.#socket
    socket.onopen = null
    socket.onmessage = null
    socket.onclose = null
  }
}
