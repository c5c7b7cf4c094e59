/**
 * One socket as a stream. What is written goes to the socket in steps, so that a large frame on a slow line is seen to move.
 * Knows nothing of packets, and not how the socket was made.
 */
import type { Socket } from 'node:net'
import type { Stream, StreamEvents } from './transport.js'

/** A socket is given no more while it holds this many bytes, because it does not report progress within one piece. */
const STEP_BYTES = 256 * 1024

export function carrySocket(socket: Socket, peer: string, accept: (stream: Stream) => StreamEvents): void {
  socket.setNoDelay(true)
  let failure: Error | null = null
  socket.on('error', (error) => {
    failure ??= error
  })
  const stream = new SocketStream(socket, peer)
  const events = accept(stream)
  socket.on('data', (chunk: Buffer) => {
    // As a plain array of bytes: a Buffer's `slice` is a view where everybody else's is a copy.
    events.onBytes(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
  })
  socket.on('drain', () => {
    if (stream.writeOn()) events.onDrained()
  })
  socket.on('close', () => events.onEnd(failure))
}

class SocketStream implements Stream {
  readonly peer: string
  readonly #socket: Socket
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #isEnding = false

  constructor(socket: Socket, peer: string) {
    this.#socket = socket
    this.peer = peer
  }

  get buffered(): number {
    return this.#waitingBytes + this.#socket.writableLength
  }

  write(bytes: Uint8Array): void {
    const socket = this.#socket
    if (!socket.writable || this.#isEnding) return
    if (this.#waitingBytes === 0 && bytes.length <= STEP_BYTES && socket.writableLength < STEP_BYTES) {
      socket.write(bytes)
      return
    }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.writeOn()
  }

  /** Gives the socket what it has room for. True once nothing waits. */
  writeOn(): boolean {
    const socket = this.#socket
    while (this.#waitingBytes > 0 && socket.writable && socket.writableLength < STEP_BYTES) socket.write(this.#next())
    if (this.#waitingBytes > 0) return false
    if (this.#isEnding) socket.end()
    return socket.writableLength === 0
  }

  #next(): Uint8Array {
    const first = this.#waiting[0] as Uint8Array
    const piece = first.subarray(0, STEP_BYTES)
    if (piece.length === first.length) this.#waiting.shift()
    else this.#waiting[0] = first.subarray(STEP_BYTES)
    this.#waitingBytes -= piece.length
    return piece
  }

  end(): void {
    this.#isEnding = true
    if (this.#waitingBytes === 0) this.#socket.end()
  }

  destroy(): void {
    this.#waiting = []
    this.#waitingBytes = 0
    this.#socket.destroy()
  }
}
