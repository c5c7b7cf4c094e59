/** One address for a server that changes: connections lead to where the door points when they begin. Knows nothing of what passes. */
import { connect, createServer, type Server, type Socket } from 'node:net'

export class TcpDoor {
  readonly port: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #target: number

  /** `target`: a port of this machine. */
  constructor(port: number, target: number) {
    this.port = port
    this.#target = target
    this.#server = createServer((socket) => this.#pass(socket)).listen(port, '127.0.0.1')
  }

  /** New connections lead there; those that are open break. */
  leadTo(target: number): void {
    this.#target = target
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass(socket: Socket): void {
    const other = connect(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }
}
