/**
 * One WebSocket from dialling to its end: handshake, frames both ways, heartbeat. What is sent within one macrotask goes as
 * one message. It is never used again; `connection.ts` makes another. Knows nothing of links.
 */
import {
  type ClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  type FrontFrame,
  type ClientHello,
  type ClientWelcome,
} from '../protocol/client-frames.js'
import { packFrames, unpackFrames } from '../protocol/frame-pack.js'
import { closeCodeOf, type Reason, reasonOfCloseCode } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import { DecodeError } from '../value/decode-error.js'
import type { LinkAnswer } from '../session/link-holder.js'
import { type ClientSettings, socketUrl } from './connect-options.js'
import type { ServerClock } from './server-clock.js'
import type { WebSocketLike } from './web-socket.js'

/** The longest frame that is taken from a front: keyframes are the longest. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024
/** The longest message that is built of several frames, where the front takes longer ones. */
const MESSAGE_BYTES_MAX = 256 * 1024
/** After how many heartbeats without a sound the connection counts as lost. */
const SILENT_BEATS_MAX = 2
/** How long `probe` waits for a sound, in milliseconds. */
const PROBE_MS = 3_000

export interface WirePort {
  /** The front let the client in; `frame` comes only after it. Comes again to renew the resume token. */
  welcome(wire: Wire, welcome: ClientWelcome): void
  frame(frame: LinkAnswer | GoAway): void
  /** Something is about to be written: what was put off can go along. */
  flushing(): void
  /** It is over, and was not ended by `close`. Comes at most once, and nothing after it. */
  lost(wire: Wire, reason: Reason, message: string): void
}

export type GoAway = Extract<FrontFrame, { readonly type: 'goaway' }>

/** greeting: until the front's WELCOME. */
type WireState = 'greeting' | 'open' | 'closed'

export interface Wire {
  /** The longest frame that the front takes; 0 before its WELCOME. */
  frameBytesMax: number
  /** Bytes that the network has not taken yet. */
  readonly backlogBytes: number
  /** Sends with all else of this macrotask. */
  send(frame: ClientFrame): void
  /** Writes what waits, at once. */
  flush(): void
  /** Asks the front for an answer, as the network may be gone: without one soon the connection is lost. */
  probe(): void
  /** Ends it without a word to the port. What waits is written first. */
  close(code?: number): void
}

/** `hello` is asked when the socket is open, and again where the front asks for a token. It may take until the handshake's limit, or reject. */
export function openWire(
  { WebSocket, runtime: { clock }, handshakeMs }: ClientSettings,
  url: string,
  serverClock: ServerClock,
  hello: (isAsked?: boolean) => Promise<ClientHello>,
  port: WirePort,
): Wire {
  let socket: WebSocketLike | null = null
  let state: WireState = 'greeting'
  let flushing: Timer | null = null
  let out: Uint8Array[] = []
  let helloAt = 0
  let receivedAt = 0
  let heartbeatMs = 0
  /** The reason of a REFUSED: that of the close that follows it. */
  let refused: { readonly reason: Reason; readonly message: string } | null = null

  const wire: Wire = {
    frameBytesMax: 0,
    get backlogBytes() {
      return socket?.bufferedAmount ?? 0
    },
    send(frame) {
      if (state !== 'open') return
      out.push(encodeClientFrame(frame))
      flushing ??= clock.soon(wire.flush)
    },
    flush() {
      flushing?.cancel()
      // Not null yet: what `flushing` sends goes along and needs no other flush.
      if (state === 'open') port.flushing()
      flushing = null
      const bytesMax = Math.min(wire.frameBytesMax, MESSAGE_BYTES_MAX)
      let message: Uint8Array[] = []
      let bytes = 0
      for (const frame of out.splice(0)) {
        bytes += frame.length + 4
        if (bytes > bytesMax && message.length > 0) {
          write(message)
          message = []
          bytes = frame.length
        }
        message.push(frame)
      }
      if (message.length > 0) write(message)
    },
    probe() {
      if (state !== 'open') return
      timer.cancel()
      receivedAt = clock.now() - PROBE_MS
      beat(PROBE_MS)
    },
    close(code = 1000) {
      if (state === 'closed') return
      wire.flush()
      state = 'closed'
      timer.cancel()
      if (socket === null) return
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close(code)
    },
  }

  const write = (frames: readonly Uint8Array[]): void => socket?.send(packFrames(frames) as Uint8Array<ArrayBuffer>)

  const lose = (reason: Reason, message: string): void => {
    if (state === 'closed') return
    out = []
    wire.close(closeCodeOf(reason))
    port.lost(wire, reason, `${url}: ${message}`)
  }

  const handle = (frame: FrontFrame): void => {
    if (frame.type === 'refused') {
      refused = frame
    } else if (frame.type === 'welcome') {
      if (state === 'greeting') {
        state = 'open'
        wire.frameBytesMax = frame.frameBytesMax
        heartbeatMs = frame.heartbeatMs
        timer.cancel()
        serverClock.measure(helloAt, frame.now, true)
        beat(heartbeatMs)
      }
      port.welcome(wire, frame)
    } else if (state !== 'open') {
      throw new DecodeError(`${frame.type} before the welcome`)
    } else if (frame.type === 'authenticate') {
      // Where no token can be had the front closes the socket.
      void hello(true).then(
        ({ token }) => wire.send({ type: 'token', token }),
        () => {},
      )
    } else if (frame.type === 'pong') {
      serverClock.measure(frame.sent, frame.now)
    } else {
      port.frame(frame)
    }
  }

  const beat = (withinMs: number): void => {
    if (withinMs === 0) return
    const sent = clock.now()
    wire.send({ type: 'ping', sent })
    timer = clock.after(withinMs, () => {
      const now = clock.now()
      // A page that was frozen, or a computer that slept, has received nothing since: the front is given one more beat to answer.
      if (now - sent > withinMs * 2) receivedAt = now - withinMs
      const silentMs = now - receivedAt
      if (silentMs < SILENT_BEATS_MAX * withinMs) beat(heartbeatMs)
      else lose('heartbeat-lost', `nothing was received for ${silentMs} ms`)
    })
  }

  /** The handshake's limit, then the heartbeat. */
  let timer = clock.after(handshakeMs, () =>
    lose('handshake-timeout', `no welcome within ${handshakeMs} ms (handshakeMs)`),
  )
  try {
    socket = new WebSocket(socketUrl(url), 'centrum')
    socket.binaryType = 'arraybuffer'
    const greet = async (): Promise<void> => {
      try {
        const frame = await hello()
        helloAt = clock.now()
        if (state === 'greeting') write([encodeClientFrame(frame)])
      } catch (error) {
        lose('authentication-failed', `the token could not be had: ${String(error)}`)
      }
    }
    socket.onopen = () => void greet()
    socket.onmessage = ({ data }) => {
      receivedAt = clock.now()
      try {
        if (!(data instanceof ArrayBuffer)) throw new DecodeError('a message that is not binary')
        for (const bytes of unpackFrames(new Uint8Array(data), FRAME_BYTES_MAX)) handle(decodeFrontFrame(bytes))
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        lose('protocol-error', error.message)
      }
    }
    // The close that follows has the reason.
    socket.onerror = () => {}
    socket.onclose = ({ code, reason }) => {
      if (refused !== null) lose(refused.reason, refused.message)
      else {
        const by = reasonOfCloseCode(code) ?? (state === 'open' ? 'connection-lost' : 'unreachable')
        lose(by, reason || `the socket closed with ${code}`)
      }
    }
  } catch (error) {
    // Browsers refuse some URLs, such as ws: on a page of https:.
    clock.soon(() => lose('unreachable', String(error)))
  }
  return wire
}
