/**
 * One WebSocket from dialling to its end: handshake, frames both ways, and whether the front still answers. What is sent within one
 * macrotask goes as one message. A wire is never used again; `reconnector.ts` makes another. Knows nothing of links.
 */
import {
  type ClientFrame,
  type ClientHello,
  type ClientWelcome,
  decodeFrontFrame,
  encodeClientFrame,
  type FrontFrame,
} from '../protocol/client-frames.js'
import { packFrames, unpackFrames } from '../protocol/pack-frames.js'
import { closeCodeOf, type Reason, reasonOfCloseCode } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import type { LinkAnswer } from '../session/link-holder.js'
import { DecodeError } from '../value/decode-error.js'
import { type ClientSettings, socketUrl } from './connect-options.js'
import type { DialRace } from './dial-race.js'
import { Pulse } from './pulse.js'
import type { ServerClock } from './server-clock.js'
import type { UrlDraw } from './url-draw.js'
import type { WebSocketLike } from './web-socket-like.js'

/** The longest frame that is accepted from a front; keyframes are the longest. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** The longest message that is built of several frames, even if the front accepts longer ones. */
const MESSAGE_BYTES_MAX = 256 * 1024
/** Their messages are the application's own words, for its users. */
const OF_THE_APP: readonly Reason[] = ['authentication-refused', 'kicked']
/** What browsers keep to themselves. */
const UNKNOWN_CAUSE =
  'the socket closed; browsers hide the cause. Is the server running, with TLS for wss:, and this page among its origins?'

export interface WirePort {
  /** The front let the client in; `frame` comes only after it. Comes again to renew the resume token. */
  welcome(wire: Wire, welcome: ClientWelcome): void
  frame(frame: LinkAnswer | GoAway): void
  /** What is missing until then. */
  waits(message: string): void
  /** Something is about to be written: what was put off can go along. */
  flushing(): void
  /** The front is late with an answer; or, after that, something came. */
  silent(isSilent: boolean): void
  /** It is over, and was not ended by `close`. Comes at most once, and nothing after it. */
  lost(wire: Wire, reason: Reason, message: string): void
}

export type GoAway = Extract<FrontFrame, { readonly type: 'goaway' }>

/**
 * What dials it. `hello` is asked when the socket is open, and `token` where the front asks for a fresh one. They may
 * take until the handshake's limit, or reject.
 */
export interface WireDialler {
  readonly settings: ClientSettings
  readonly serverClock: ServerClock
  readonly urls: UrlDraw
  hello(): Promise<ClientHello>
  token(): Promise<string>
}

export class Wire {
  /** The longest frame that the front takes; 0 before its WELCOME. */
  frameBytesMax = 0
  readonly url: string
  readonly #dialler: WireDialler
  readonly #port: WirePort
  readonly #race: DialRace<Wire>
  #socket: WebSocketLike | null = null
  /** greeting: until the front's WELCOME. */
  #state: 'greeting' | 'open' | 'closed' = 'greeting'
  #flushing: Timer | null = null
  #out: Uint8Array[] = []
  #helloAt = 0
  /** The handshake's limit. */
  readonly #limit: Timer
  #pulse: Pulse | null = null
  /** What is missing until the front's WELCOME. */
  #waits = ''
  /** Why it closes, where that is known before: by a REFUSED, or by the platform. */
  #cause: { readonly reason?: Reason; readonly message: string } | null = null

  constructor(url: string, dialler: WireDialler, port: WirePort, race: DialRace<Wire>) {
    const { handshakeMs, WebSocket, runtime } = dialler.settings
    this.url = url
    this.#dialler = dialler
    this.#port = port
    this.#race = race
    this.#limit = runtime.clock.after(handshakeMs, () =>
      this.#lose('handshake-timeout', `${this.#waits} after ${handshakeMs} ms (handshakeMs)`),
    )
    this.#waitsFor('the socket is not open')
    try {
      this.#socket = new WebSocket(socketUrl(url), 'centrum')
      this.#listen(this.#socket)
    } catch (error) {
      // Browsers refuse some URLs, such as ws: on a page of https:.
      runtime.clock.soon(() => this.#lose('unreachable', String(error)))
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
    this.#flushing ??= this.#dialler.settings.runtime.clock.soon(() => this.flush())
    if (frame.type === 'entry' || frame.type === 'link') this.#pulse?.expect()
  }

  /** Writes what waits, at once. */
  flush(): void {
    this.#flushing?.cancel()
    // Not null yet: what `flushing` sends goes along and needs no other flush.
    if (this.#state === 'open') this.#port.flushing()
    this.#flushing = null
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

  /** Asks the front for an answer, as the network may be gone: without one soon the connection is lost. */
  probe(): void {
    this.#pulse?.ask()
  }

  /** Ends it without a word to the port. What waits is written first. */
  close(code = 1000): void {
    if (this.#state === 'closed') return
    this.flush()
    this.#state = 'closed'
    this.#limit.cancel()
    this.#pulse?.stop()
    const socket = this.#socket
    if (socket === null) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close(code)
  }

  #write(frames: readonly Uint8Array[]): void {
    this.#socket?.send(packFrames(frames) as Uint8Array<ArrayBuffer>)
  }

  #lose(reason: Reason, message: string): void {
    if (this.#state === 'closed') return
    this.#out = []
    this.close(closeCodeOf(reason))
    const told = OF_THE_APP.includes(reason) ? message : `${this.url}: ${message}`
    if (this.#race.lost(this)) this.#port.lost(this, reason, told)
  }

  #listen(socket: WebSocketLike): void {
    socket.binaryType = 'arraybuffer'
    socket.onopen = () => void this.#greet()
    socket.onmessage = ({ data }) => {
      this.#pulse?.heard()
      try {
        if (!(data instanceof ArrayBuffer)) throw new DecodeError('a text message')
        for (const bytes of unpackFrames(new Uint8Array(data), FRAME_BYTES_MAX)) this.#handle(decodeFrontFrame(bytes))
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        this.#lose('protocol-error', error.message)
      }
    }
    // Node knows why, browsers do not say. A close follows.
    socket.onerror = (event) => {
      const { message } = event as { readonly message?: string }
      if (message) this.#cause ??= { message }
    }
    socket.onclose = ({ code, reason }) => {
      const isOpen = this.#state === 'open'
      const { reason: refused, message } = this.#cause ?? {}
      const by = refused ?? reasonOfCloseCode(code) ?? (isOpen ? 'connection-lost' : 'unreachable')
      this.#lose(by, message || reason || (isOpen ? `the socket closed with ${code}` : UNKNOWN_CAUSE))
    }
  }

  #waitsFor(waits: string): void {
    this.#waits = waits
    this.#port.waits(`${this.url}: ${waits}`)
  }

  async #greet(): Promise<void> {
    this.#race.opened(this)
    this.#waitsFor('the socket is open, but token() has not settled')
    try {
      const hello = await this.#dialler.hello()
      this.#helloAt = this.#dialler.settings.runtime.clock.now()
      this.#waitsFor('the socket is open, but no front answers there')
      if (this.#state === 'greeting') this.#write([encodeClientFrame(hello)])
    } catch (error) {
      this.#lose('authentication-failed', `token() failed: ${String(error)}`)
    }
  }

  #handle(frame: FrontFrame): void {
    const port = this.#port
    if (frame.type === 'refused') {
      this.#cause = frame
      this.#dialler.urls.named(frame.url)
    } else if (frame.type === 'welcome') {
      if (this.#state === 'greeting') this.#open(frame)
      port.welcome(this, frame)
    } else if (this.#state !== 'open') {
      throw new DecodeError(`${frame.type} before the welcome`)
    } else if (frame.type === 'authenticate') {
      // Where no token can be had the front closes the socket.
      const answered = (token: string): void => this.send({ type: 'token', token })
      void this.#dialler.token().then(answered, () => {})
    } else if (frame.type === 'pong') {
      this.#dialler.serverClock.measure(frame.sent, frame.now)
    } else {
      this.#pulse?.expect()
      port.frame(frame)
    }
  }

  #open({ frameBytesMax, heartbeatMs, now }: ClientWelcome): void {
    const { settings, serverClock } = this.#dialler
    const { clock } = settings.runtime
    this.#state = 'open'
    this.frameBytesMax = frameBytesMax
    this.#limit.cancel()
    serverClock.measure(this.#helloAt, now, true)
    const host = {
      ping: () => this.send({ type: 'ping', sent: clock.now() }),
      silent: (isSilent: boolean) => this.#port.silent(isSilent),
      lost: (silentMs: number) => this.#lose('heartbeat-lost', `nothing was received for ${silentMs} ms`),
    }
    this.#pulse = new Pulse(host, clock, settings, heartbeatMs)
  }
}
