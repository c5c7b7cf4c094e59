/**
 * A client's `ws` socket as a carrier. `ws` does the handshake, reads and closes. Output is written directly to the socket beneath it, so
 * that a channel's turn is framed once for all clients. Knows nothing of the contents of messages.
 */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import { closeCodeOf, type Reason } from '../protocol/reasons.js'
import type { CarrierEvents, ClientCarrier } from './client-carrier.js'

/**
 * Where `ws` itself finds something wrong it closes with the project's codes: from the code a client reads whether dialling again makes
 * sense, as it does everywhere else.
 */
const REASON_OF_CODE: ReadonlyMap<number, Reason> = new Map([
  [1002, 'protocol-error'],
  [1003, 'protocol-error'],
  [1007, 'protocol-error'],
  [1008, 'protocol-error'],
  [1009, 'too-large'],
])

/** Made by the `WebSocketServer`. It does nothing before `begin`. */
export class CarrierWebSocket extends WebSocket implements ClientCarrier {
  #socket: Duplex | null = null
  #events: CarrierEvents | null = null
  /** The socket was full, and `drained` is still to come. */
  #full = false
  readonly #count = (chunk: Buffer): void => this.#events?.received(chunk.length)

  /** `socket`: the one that was upgraded. */
  begin(socket: Duplex): void {
    this.#socket = socket
  }

  listen(events: CarrierEvents): void {
    this.#events = events
    this.#socket?.on('data', this.#count)
  }

  welcomed(): void {
    this.#socket?.off('data', this.#count)
  }

  /** What `ws` reports comes here: a listener for each event would be kept for each socket. */
  override emit(event: string | symbol, ...details: unknown[]): boolean {
    const events = this.#events
    if (events === null) return super.emit(event, ...details)
    switch (event) {
      case 'message':
        events.message(asBytes(details[0] as Buffer), details[1] as boolean)
        return true
      case 'ping':
        if (events.pinged(asBytes(details[0] as Buffer))) this.pong(details[0])
        return true
      case 'pong':
        events.ponged()
        return true
      case 'error':
        events.failed((details[0] as Error).message)
        return true
      case 'close':
        events.closed()
        return true
      default:
        return super.emit(event, ...details)
    }
  }

  get buffered(): number {
    return this.#socket?.writableLength ?? 0
  }

  write(pieces: readonly Uint8Array[]): boolean {
    const socket = this.#socket
    // Behind a close frame, whichever side sent it, nothing may follow.
    if (socket === null || this.readyState !== WebSocket.OPEN) return true
    if (pieces.length === 1) {
      socket.write(pieces[0])
    } else {
      socket.cork()
      for (const piece of pieces) socket.write(piece)
      socket.uncork()
    }
    if (!socket.writableNeedDrain) return true
    if (!this.#full) {
      this.#full = true
      socket.once('drain', () => {
        this.#full = false
        this.#events?.drained()
      })
    }
    return false
  }

  override close(code?: number, text?: string | Buffer): void {
    const reason = code === undefined ? undefined : REASON_OF_CODE.get(code)
    super.close(reason === undefined ? code : closeCodeOf(reason), text)
  }
}

/** As a plain array of bytes: a Buffer's `slice` is a view where that of all others is a copy. */
function asBytes(data: Buffer): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length)
}
