/**
 * A client's socket of `ws` as a carrier. `ws` reads, closes and knows what is a message; what goes out is written to the socket
 * beneath it, past `ws`, so that a turn is framed once for all clients. Knows nothing of frames' meanings.
 */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'
import type { Corks } from './corks.js'

export class WebSocketCarrier implements ClientCarrier {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  readonly #corks: Corks

  constructor(webSocket: WebSocket, socket: Duplex, corks: Corks) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#corks = corks
  }

  listen(events: CarrierEvents): void {
    this.#webSocket.on('message', (data, isBinary) => events.message(data as Buffer, isBinary))
    this.#webSocket.on('ping', (data) => {
      if (events.pinged()) this.#webSocket.pong(data)
    })
    this.#webSocket.on('close', () => events.closed())
    this.#webSocket.on('error', (error) => events.failed(error.message))
    this.#socket.on('drain', () => events.drained())
  }

  get buffered(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array): void {
    // Behind a close frame, whichever side asked for it, nothing may follow.
    if (this.#webSocket.readyState !== WebSocket.OPEN) return
    this.#corks.cork(this.#socket)
    this.#socket.write(bytes)
  }

  close(code: number, text: string): void {
    this.#webSocket.close(code, text)
  }

  terminate(): void {
    this.#webSocket.terminate()
  }
}
