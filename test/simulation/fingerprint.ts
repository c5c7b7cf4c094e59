/** A sum over all that was said on all wires, with the times: two runs that have the same are the same run. */
import type { SimulatedProcess } from '../../src/testing/simulated-process.js'
import type { SimulatedStream, StreamTap } from '../../src/testing/simulated-transport.js'
import type { SocketTap } from '../../src/testing/simulated-web-socket.js'

export class Fingerprint implements StreamTap, SocketTap {
  readonly #streams: StreamTap
  readonly #sockets: SocketTap
  readonly #now: () => number
  #sum = 0x811c9dc5
  #parts = 0

  constructor(streams: StreamTap, sockets: SocketTap, now: () => number) {
    this.#streams = streams
    this.#sockets = sockets
    this.#now = now
  }

  get text(): string {
    return `${this.#parts} parts ${(this.#sum >>> 0).toString(16)}`
  }

  written(stream: SimulatedStream, bytes: Uint8Array): void {
    this.#add(stream.owner, bytes)
    this.#streams.written(stream, bytes)
  }

  arrived(stream: SimulatedStream, bytes: Uint8Array): void {
    this.#add(stream.owner, bytes)
    this.#streams.arrived(stream, bytes)
  }

  sent(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    this.#add(client, message)
    this.#sockets.sent(client, socket, message)
  }

  reached(client: SimulatedProcess, socket: number, front: SimulatedProcess, message: Uint8Array): void {
    this.#add(front, message)
    this.#sockets.reached(client, socket, front, message)
  }

  received(client: SimulatedProcess, socket: number, message: Uint8Array): void {
    this.#add(client, message)
    this.#sockets.received(client, socket, message)
  }

  #add({ id }: SimulatedProcess, bytes: Uint8Array): void {
    this.#parts++
    // Times are multiples of 1/1024 ms.
    this.#mix(this.#now() * 1_024)
    for (let i = 0; i < id.length; i++) this.#mix(id.charCodeAt(i))
    for (const byte of bytes) this.#mix(byte)
  }

  #mix(value: number): void {
    this.#sum = Math.imul(this.#sum ^ value, 0x01000193)
  }
}
