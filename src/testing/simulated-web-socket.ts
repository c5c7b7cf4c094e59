/**
 * WebSockets over the simulated network: the class that the client's library takes, and what carries them into a gateway. What a
 * gateway writes are bytes as they stand on the wire, which are taken apart here. Knows nothing of what messages mean.
 */
import type { WebSocketConstructor, WebSocketLike } from '../client/web-socket-like.js'
import type { CarrierEvents, ClientCarrier } from '../gateway/client-carrier.js'
import { ServerMessages } from './server-messages.js'
import type { ConnectionEnd, EndEvents } from './connection-end.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'

/** What goes either way on a WebSocket's connection. */
export type SocketChunk =
  /** The gateway has taken the socket in. */
  | { readonly kind: 'upgraded' }
  /** A message of the client. */
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  /** Bytes of the gateway's messages. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly text: string }

/** Told the messages of each socket, as they are given to it and as they arrive. */
export interface SocketTap {
  /** `socket`: how many of the client there were before. */
  sent(client: SimulatedProcess, socket: number, message: Uint8Array): void
  /** A message of the client, in the front. */
  reached(client: SimulatedProcess, socket: number, front: SimulatedProcess, message: Uint8Array): void
  received(client: SimulatedProcess, socket: number, message: Uint8Array): void
}

const CONNECTING = 0
const OPEN = 1
const CLOSING = 2
const CLOSED = 3

/** What a close that came without a word is told as. */
const ABNORMAL = 1006
/** How long a close may take that the other side does not answer. */
const CLOSE_MS = 30_000

/** The `WebSocket` of one client: it dials from that client's process. */
export function simulatedWebSocket(
  process: SimulatedProcess,
  network: SimulatedNetwork,
  tap: SocketTap | null,
): WebSocketConstructor {
  let sockets = 0
  return class extends SimulatedWebSocket {
    constructor(url: string) {
      super(url, process, network, tap, sockets++)
    }
  }
}

class SimulatedWebSocket implements WebSocketLike {
  binaryType = 'blob'
  readyState = CONNECTING
  onopen: WebSocketLike['onopen'] = null
  onmessage: WebSocketLike['onmessage'] = null
  onerror: WebSocketLike['onerror'] = null
  onclose: WebSocketLike['onclose'] = null
  readonly number: number
  readonly #process: SimulatedProcess
  readonly #network: SimulatedNetwork
  readonly #tap: SocketTap | null
  readonly #giveUp: () => void
  readonly #messages = new ServerMessages()
  #end: ConnectionEnd<SocketChunk> | null = null
  #code = ABNORMAL
  #text = ''

  constructor(
    url: string,
    process: SimulatedProcess,
    network: SimulatedNetwork,
    tap: SocketTap | null,
    number: number,
  ) {
    this.number = number
    this.#process = process
    this.#network = network
    this.#tap = tap
    this.#giveUp = network.dial<SocketChunk>(
      process,
      url,
      (end) => {
        this.#end = end
        socketNumbers.set(end, number)
        return this.#events()
      },
      () => this.#closed(),
    )
  }

  get bufferedAmount(): number {
    return this.#end?.buffered ?? 0
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    if (this.readyState === CONNECTING) throw new Error('the socket is not open yet')
    if (this.readyState !== OPEN) return
    const bytes = new Uint8Array(data)
    this.#tap?.sent(this.#process, this.number, bytes)
    this.#end?.send({ kind: 'message', bytes }, bytes.length)
  }

  close(code = 1005, reason = ''): void {
    if (this.readyState >= CLOSING) return
    this.readyState = CLOSING
    this.#giveUp()
    if (this.#end === null) {
      this.#process.enterSoon(() => this.#closed())
      return
    }
    this.#end.send({ kind: 'close', code, text: reason }, 4 + reason.length)
    this.#network.time.at(this.#network.time.now + CLOSE_MS, () => this.#end?.destroy())
  }

  #events(): EndEvents<SocketChunk> {
    return {
      onChunk: (chunk) => this.#take(chunk),
      onDrained: () => {},
      onEnd: () => this.#closed(),
    }
  }

  #take(chunk: SocketChunk): void {
    switch (chunk.kind) {
      case 'upgraded':
        if (this.readyState !== CONNECTING) return
        this.readyState = OPEN
        this.onopen?.({})
        return
      case 'bytes':
        for (const message of this.#messages.take(chunk.bytes)) {
          if (this.readyState !== OPEN) return
          this.#tap?.received(this.#process, this.number, message)
          this.onmessage?.({ data: new Uint8Array(message).buffer })
        }
        return
      case 'close':
        this.#code = chunk.code
        this.#text = chunk.text
        // Answered in kind, as the protocol of WebSockets wants it; then the connection ends.
        if (this.readyState === OPEN) this.#end?.send({ kind: 'close', code: chunk.code, text: '' }, 4)
        this.readyState = CLOSING
        this.#end?.end()
        return
      case 'message':
        return
    }
  }

  #closed(): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    this.#end = null
    this.onerror?.({})
    this.onclose?.({ code: this.#code, reason: this.#text })
  }
}

/** Which of its client's sockets an end belongs to. */
const socketNumbers = new WeakMap<ConnectionEnd<SocketChunk>, number>()

/** Takes clients in for a front: `accept` is the gateway's. Returns what ends it. */
export function listenForSockets(
  front: SimulatedProcess,
  url: string,
  network: SimulatedNetwork,
  tap: SocketTap | null,
  accept: (carrier: ClientCarrier, clientId: string) => CarrierEvents,
): () => void {
  return network.listen<SocketChunk>(front, url, (end) => {
    const carrier = new SimulatedCarrier(end)
    const events = accept(carrier, end.peer?.id ?? '')
    end.send({ kind: 'upgraded' }, 0)
    return {
      onChunk(chunk) {
        if (chunk.kind === 'message') {
          if (end.peer !== null) tap?.reached(end.peer, numberOf(end), front, chunk.bytes)
          events.message(chunk.bytes, true)
        } else if (chunk.kind === 'close') {
          carrier.answerClose(chunk.code)
        }
      },
      onDrained: () => events.drained(),
      onEnd: () => events.closed(),
    }
  })
}

function numberOf(end: ConnectionEnd<SocketChunk>): number {
  return (end.far === null ? undefined : socketNumbers.get(end.far)) ?? -1
}

class SimulatedCarrier implements ClientCarrier {
  readonly #end: ConnectionEnd<SocketChunk>
  /** A close was sent or answered: what still comes in is not read. */
  closing = false

  constructor(end: ConnectionEnd<SocketChunk>) {
    this.#end = end
  }

  get buffered(): number {
    return this.#end.buffered
  }

  write(pieces: readonly Uint8Array[]): boolean {
    if (this.closing) return true
    for (const bytes of pieces) this.#end.send({ kind: 'bytes', bytes }, bytes.length)
    return this.#end.buffered === 0
  }

  close(code: number, text: string): void {
    if (this.closing) return
    this.closing = true
    this.#end.send({ kind: 'close', code, text }, 4 + text.length)
  }

  /** The client closes: it is told the same, and that is the end. */
  answerClose(code: number): void {
    if (!this.closing) this.#end.send({ kind: 'close', code, text: '' }, 4)
    this.closing = true
    this.#end.end()
  }

  terminate(): void {
    this.closing = true
    this.#end.destroy()
  }

  /** Nothing of a WebSocket's own is simulated: what is left are no-ops. */
  welcomed(): void {}
  ping(): void {}
  pong(): void {}
  pause(): void {}
  resume(): void {}
}
