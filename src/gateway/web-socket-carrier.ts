/**
 * A client's socket of `ws` as a carrier. `ws` reads, closes and knows what is a message; what goes out is written to the socket
 * beneath it, past `ws`, so that a turn is framed once for all clients. Knows nothing of frames' meanings.
 */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'
import type { Flushable, FlushQueue } from './flush-queue.js'

/** Messages of a tick up to this many bytes are copied into one piece: that is cheaper than handing over each. */
const COPIED_BYTES_MAX = 16_384

export class WebSocketCarrier implements ClientCarrier, Flushable {
  readonly #webSocket: WebSocket
  readonly #socket: Duplex
  readonly #corks: FlushQueue
  #events: CarrierEvents | null = null
  /** What was written in this macrotask. */
  #held: Uint8Array[] = []
  #heldBytes = 0

  constructor(webSocket: WebSocket, socket: Duplex, corks: FlushQueue) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.#corks = corks
  }

  listen(events: CarrierEvents): void {
    this.#events = events
    this.#webSocket.on('message', (data, isBinary) => events.message(data as Buffer, isBinary))
    this.#webSocket.on('ping', (data) => {
      if (events.pinged()) this.#webSocket.pong(data)
    })
    this.#webSocket.on('close', () => events.closed())
    this.#webSocket.on('error', (error) => events.failed(error.message))
    this.#socket.on('drain', () => events.drained())
  }

  get buffered(): number {
    return this.#socket.writableLength + this.#heldBytes
  }

  write(bytes: Uint8Array): void {
    if (this.#held.length === 0) this.#corks.add(this)
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
  }

  uncork(): void {
    const held = this.#held
    const bytes = this.#heldBytes
    this.#held = []
    this.#heldBytes = 0
    // Behind a close frame, whichever side asked for it, nothing may follow.
    if (held.length === 0 || this.#webSocket.readyState !== WebSocket.OPEN) return
    if (held.length === 1) {
      this.#socket.write(held[0])
    } else if (bytes <= COPIED_BYTES_MAX) {
      this.#socket.write(Buffer.concat(held, bytes))
    } else {
      this.#socket.cork()
      for (const each of held) this.#socket.write(each)
      this.#socket.uncork()
    }
    // The socket tells of it only where it was full.
    if (!this.#socket.writableNeedDrain) this.#events?.drained()
  }

  close(code: number, text: string): void {
    this.uncork()
    this.#webSocket.close(code, text)
  }

  terminate(): void {
    this.#webSocket.terminate()
  }
}
