/**
 * What the clients of the benches are: bare sockets, all of the same `ws`, that speak a server's protocol and do the least that
 * it asks of them. They don't decode state, so that the process which plays them keeps up; its CPU time is not counted.
 */
import { WebSocket } from 'ws'

export interface Sink {
  /** A WebSocket message came. */
  came(bytes: number): void
}

export interface BareClient {
  /** Sends one push of an entity. */
  push(): void
  /** Says the sign of life that the protocol asks for; called every few seconds. */
  beat(): void
  /** Breaks the socket off. */
  drop(): void
  /** Dials again, and resolves when it is up to date. */
  comeBack(): Promise<void>
}

export interface Dialect {
  /** Resolves when the client has joined and has the state. */
  join(url: string, room: number, sink: Sink): Promise<BareClient>
}

/** A socket that reports each message, and fails loudly if it ends by itself. */
export function open(url: string, sink: Sink, onMessage: (data: Buffer, isBinary: boolean) => void): WebSocket {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('message', (data: Buffer, isBinary) => {
    sink.came(data.length)
    onMessage(data, isBinary)
  })
  socket.on('error', (error) => fail(url, error.message))
  socket.on('close', (code, reason) => {
    if (!dropped.has(socket)) fail(url, `closed with ${code} ${reason.toString()}`)
  })
  return socket
}

const dropped = new WeakSet<WebSocket>()

export function breakOff(socket: WebSocket): void {
  dropped.add(socket)
  socket.terminate()
}

function fail(url: string, what: string): void {
  process.stderr.write(`${url}: ${what}\n`)
  process.exitCode = 1
  process.exit()
}
